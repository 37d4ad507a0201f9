-- Deletions by an operator: what kind of reason it was, and by what the next import recognises the account.

ALTER TABLE tombstones
    ADD COLUMN category text CHECK (category IN ('erasure_request', 'not_official', 'mistake', 'order', 'other')),
    ADD COLUMN erased_in bigint,
    ADD CONSTRAINT tombstones_category CHECK (category IS NULL OR heir_id IS NULL);
COMMENT ON COLUMN tombstones.category IS 'What kind of reason a record was deleted for; NULL where none was stated.';
COMMENT ON COLUMN tombstones.erased_in IS 'Revision since which nothing tells whose account it was; NULL: versions do.';

-- Of a person's account nothing may be kept that tells whose it was: so digests, which only who has a row can compare.
CREATE TABLE suppressions (
    digest bytea NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    -- Whether the digest is of a handle of an account whose user id was not known: then any row with the handle is it.
    is_all_known boolean NOT NULL,
    PRIMARY KEY (digest, account_id)
);
CREATE INDEX suppressions_account ON suppressions (account_id);
COMMENT ON TABLE suppressions IS 'Digests of what deleted accounts are known by, so that no import brings them back.';

-- `kind` is `user_id` or `handle`, `key` the platform's user id or the key of the handle.
CREATE FUNCTION identity_digest(kind text, platform text, key text) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT sha256(convert_to(kind || chr(10) || platform || chr(10) || key, 'UTF8')) $$;

CREATE FUNCTION activity_status(last_post_at timestamptz, day date, dormant_days integer) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN day - (last_post_at AT TIME ZONE 'UTC')::date > dormant_days THEN 'dormant'
                WHEN day IS NOT NULL AND last_post_at IS NOT NULL THEN 'active' END
$$;
COMMENT ON FUNCTION activity_status(timestamptz, date, integer) IS
    'Whether an account is `dormant` on a day, in whole days of UTC: its last post is more than so many days old; else `active`. NULL: no post is known.';

CREATE TABLE account_activity (
    account_id text COLLATE "C" PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    seen_at timestamptz,
    status text COLLATE "C" CHECK (status IN ('active', 'dormant'))
);
COMMENT ON TABLE account_activity IS 'What activity_status() last said of accounts of which a post is known, by `directory dormancy` or a probe; imports keep to it.';
COMMENT ON COLUMN account_activity.seen_at IS 'When somebody last saw which post is the last one, as of the last `directory dormancy` or probe; NULL: not known.';
COMMENT ON COLUMN account_activity.status IS 'NULL: the last post is too old for `active`, and nobody has looked since.';

INSERT INTO account_activity (account_id, seen_at, status)
SELECT account_id, CASE status WHEN 'dormant' THEN answered_at END, status
  FROM account_probes WHERE status IN ('active', 'dormant');
UPDATE account_probes SET status = NULL WHERE status IN ('active', 'dormant');
ALTER TABLE account_probes DROP CONSTRAINT account_probes_status_check,
    ADD CONSTRAINT account_probes_status_check CHECK (status IN ('suspended', 'closed'));
COMMENT ON COLUMN account_probes.status IS 'The end that follows from the answers; NULL: none does.';

CREATE FUNCTION stated_status(account_id text, own_status text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce((SELECT s.statement ->> 'status' FROM statements AS s
                      WHERE s.account_id = $1 AND s.statement ? 'status'
                      ORDER BY s.listed_until IS NULL DESC,
                               coalesce((s.key_revisions -> 'status' ->> 0)::bigint, s.revision) DESC,
                               coalesce((s.key_revisions -> 'status' ->> 1)::bigint, s.position) DESC
                      LIMIT 1),
                    CASE WHEN NOT EXISTS (SELECT FROM statements AS s WHERE s.account_id = $1) THEN own_status END)
$$;
COMMENT ON FUNCTION stated_status(text, text) IS
    'The status of an account that sources state: that of the latest statement with one; its own where nothing is stated of it.';

CREATE INDEX accounts_unproven ON accounts (id) WHERE verification = 'none' OR verification_expires_at IS NOT NULL;

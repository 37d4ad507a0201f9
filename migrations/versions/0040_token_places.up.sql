ALTER TABLE tokens
    DROP CONSTRAINT tokens_scopes_check,
    ADD CONSTRAINT tokens_scopes_check
        CHECK (scopes <> '{}' AND scopes <@ ARRAY['observe', 'propose', 'edit', 'moderate', 'admin']),
    ADD COLUMN regions text[] COLLATE "C" NOT NULL DEFAULT '{}',
    ADD COLUMN departments text[] COLLATE "C" NOT NULL DEFAULT '{}',
    ADD COLUMN tokens_key bigint;
UPDATE tokens SET tokens_key = to_regclass('tokens_pkey')::oid::bigint;
ALTER TABLE tokens ALTER COLUMN tokens_key SET NOT NULL;
COMMENT ON COLUMN tokens.regions IS 'Codes of the regions that it is narrowed to, with all below; empty: every region.';
COMMENT ON COLUMN tokens.departments IS 'Ids of the departments that it is narrowed to, with all below; empty: every department.';
COMMENT ON COLUMN tokens.tokens_key IS 'OID of the primary key of this table when the token was created or confirmed. A restore makes another key, and tokens of the backup are suspended until they are confirmed: they may have been revoked since.';

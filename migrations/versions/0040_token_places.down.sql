-- A narrowed token would be valid everywhere, and the old program does not know the other scopes.
DELETE FROM tokens
 WHERE NOT scopes <@ ARRAY['observe'] OR regions <> '{}' OR departments <> '{}'
    OR tokens_key IS DISTINCT FROM to_regclass('tokens_pkey')::oid::bigint;
ALTER TABLE tokens
    DROP COLUMN tokens_key,
    DROP COLUMN departments,
    DROP COLUMN regions,
    DROP CONSTRAINT tokens_scopes_check,
    ADD CONSTRAINT tokens_scopes_check CHECK (scopes <> '{}' AND scopes <@ ARRAY['observe']);

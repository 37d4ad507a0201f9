CREATE TABLE tokens (
    id text COLLATE "C" NOT NULL DEFAULT new_id(),
    digest bytea NOT NULL,
    name text NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    used_on date,
    CONSTRAINT tokens_pkey PRIMARY KEY (id),
    CONSTRAINT tokens_digest UNIQUE (digest),
    CONSTRAINT tokens_digest_check CHECK (length(digest) = 32),
    CONSTRAINT tokens_scopes_check CHECK (scopes <> '{}' AND scopes <@ ARRAY['observe']),
    CONSTRAINT tokens_name_check CHECK (length(name) BETWEEN 1 AND 200)
);
COMMENT ON TABLE tokens IS 'Who may write by HTTP. They are no part of the public data, and no revision has them.';
COMMENT ON COLUMN tokens.digest IS 'SHA-256 of the token, which is stored nowhere.';
COMMENT ON COLUMN tokens.name IS 'Who has it: the actor of what is written with it.';
COMMENT ON COLUMN tokens.expires_at IS 'NULL: never.';
COMMENT ON COLUMN tokens.revoked_at IS 'NULL: it was not revoked.';
COMMENT ON COLUMN tokens.used_on IS 'The last day (UTC) on which it was used; NULL: never.';

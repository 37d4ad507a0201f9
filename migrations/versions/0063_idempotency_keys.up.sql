CREATE TABLE idempotency_keys (
    token_id text COLLATE "C" NOT NULL,
    key_digest bytea NOT NULL,
    request_digest bytea NOT NULL,
    answer text NOT NULL,
    location text NOT NULL,
    etag text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (token_id, key_digest),
    CONSTRAINT idempotency_keys_digests CHECK (length(key_digest) = 32 AND length(request_digest) = 32)
);
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);
COMMENT ON TABLE idempotency_keys IS 'Answers to creations with an Idempotency-Key, for 24 hours. They are no part of the records. Without a foreign key, since they soon go.';
COMMENT ON COLUMN idempotency_keys.key_digest IS 'SHA-256 of the key.';
COMMENT ON COLUMN idempotency_keys.request_digest IS 'SHA-256 of the query and the body: another request with the key is refused.';
COMMENT ON COLUMN idempotency_keys.etag IS 'The tag of the record that was created.';

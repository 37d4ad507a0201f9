CREATE TABLE secret_key_fingerprint (
    is_only boolean NOT NULL DEFAULT true,
    fingerprint bytea NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT secret_key_fingerprint_pkey PRIMARY KEY (is_only),
    CONSTRAINT secret_key_fingerprint_is_only_check CHECK (is_only),
    CONSTRAINT secret_key_fingerprint_fingerprint_check CHECK (length(fingerprint) = 32)
);
COMMENT ON TABLE secret_key_fingerprint IS 'Which secret key the hosts of this registry have, in its one row: another one is refused.';
COMMENT ON COLUMN secret_key_fingerprint.fingerprint IS 'A key that is derived from the secret key for this alone.';

CREATE TABLE account_probes (
    account_id text COLLATE "C" PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    handle_key text COLLATE "C",
    asked_at timestamptz NOT NULL,
    method text COLLATE "C" NOT NULL,
    outcome text COLLATE "C" NOT NULL CHECK (
        outcome IN ('present', 'renamed', 'reassigned', 'moved', 'suspended', 'gone', 'unclear', 'refused', 'unreachable')),
    evidence jsonb NOT NULL,
    answered_at timestamptz,
    gone_since timestamptz,
    status text COLLATE "C" CHECK (status IN ('active', 'dormant', 'suspended', 'closed')),
    CONSTRAINT account_probes_gone CHECK (gone_since IS NULL OR answered_at IS NOT NULL)
);
COMMENT ON TABLE account_probes IS 'What the last probe of an account found; earlier responses are in the data folder.';
COMMENT ON COLUMN account_probes.handle_key IS 'The key of the handle that the account had: what was found of a former handle says nothing of the next.';
COMMENT ON COLUMN account_probes.asked_at IS 'When it was asked for last, with or without an answer.';
COMMENT ON COLUMN account_probes.method IS 'How: mastodon-lookup, bluesky-profiles, youtube-feed, profile-page, or none if nothing can be asked by.';
COMMENT ON COLUMN account_probes.outcome IS 'What was found; `unclear`, `refused` and `unreachable` are no answer.';
COMMENT ON COLUMN account_probes.evidence IS 'What the platform said last: the URL, the status of HTTP, the digest of the response, what follows from it; `failure`: why no later answer came.';
COMMENT ON COLUMN account_probes.answered_at IS 'When the platform answered last.';
COMMENT ON COLUMN account_probes.gone_since IS 'When it was first not found, or another account had its handle, if it has not been found since.';
COMMENT ON COLUMN account_probes.status IS 'The status that follows from the answers; NULL: none does.';
CREATE INDEX account_probes_asked_at ON account_probes (asked_at);

CREATE FUNCTION probed_status(stated text, probed text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN probed IN ('suspended', 'closed') THEN probed
                WHEN probed IS NULL OR stated IN ('suspended', 'closed') THEN coalesce(stated, 'unknown')
                ELSE probed END
$$;
COMMENT ON FUNCTION probed_status(text, text) IS
    'The status of an account from what sources state and what follows from its probe: an end that either states holds.';

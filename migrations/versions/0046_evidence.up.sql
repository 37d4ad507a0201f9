CREATE TABLE account_evidence (
    id bigint GENERATED ALWAYS AS IDENTITY,
    account_id text COLLATE "C" NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    revision bigint NOT NULL DEFAULT current_revision(),
    method text COLLATE "C" NOT NULL,
    result text COLLATE "C" NOT NULL,
    reason text COLLATE "C" NOT NULL,
    verifier text COLLATE "C",
    handle_key text COLLATE "C",
    department_id text COLLATE "C",
    documents jsonb NOT NULL,
    excerpt text,
    checked_at timestamptz NOT NULL,
    expires_at timestamptz,
    ended_at timestamptz,
    end_reason text COLLATE "C",
    CONSTRAINT account_evidence_pkey PRIMARY KEY (id),
    CONSTRAINT account_evidence_method_check
         CHECK (method IN ('rel-me', 'well-known', 'dns', 'link', 'bluesky', 'mastodon')),
    CONSTRAINT account_evidence_result_check CHECK (result IN ('proved', 'failed', 'unanswered')),
    CONSTRAINT account_evidence_expires_check CHECK ((result = 'proved') = (expires_at IS NOT NULL)),
    CONSTRAINT account_evidence_verifier_check CHECK (result <> 'proved' OR verifier IS NOT NULL),
    CONSTRAINT account_evidence_ended_check CHECK ((ended_at IS NULL) = (end_reason IS NULL)),
    CONSTRAINT account_evidence_end_reason_check
         CHECK (end_reason IN ('too_old', 'checked_again', 'failed_since', 'account_changed')),
    CONSTRAINT account_evidence_proved_check CHECK (result = 'proved' OR ended_at IS NULL),
    CONSTRAINT account_evidence_excerpt_check CHECK (length(excerpt) <= 1000)
);
COMMENT ON TABLE account_evidence IS 'What checks of ownership found, the latest ten of each account and method; a few rows per account.';
COMMENT ON COLUMN account_evidence.revision IS 'The revision that wrote it.';
COMMENT ON COLUMN account_evidence.result IS '`unanswered` says nothing of the account; what was proved holds until it has ended.';
COMMENT ON COLUMN account_evidence.reason IS 'A code that says why.';
COMMENT ON COLUMN account_evidence.verifier IS 'Who vouches for the account: the host of the website, or the server; NULL where nobody does.';
COMMENT ON COLUMN account_evidence.handle_key IS 'The key of the handle that the account had: a proof holds for that one alone.';
COMMENT ON COLUMN account_evidence.department_id IS 'The department that the account had: a proof holds for that one alone.';
COMMENT ON COLUMN account_evidence.documents IS 'What was read: a list of `url` and `sha256`, which is null where nothing came.';
COMMENT ON COLUMN account_evidence.excerpt IS 'The link, the record or the entry that names the account.';
COMMENT ON COLUMN account_evidence.expires_at IS 'Until when what was proved holds unless it is checked again.';
COMMENT ON COLUMN account_evidence.ended_at IS 'When what was proved ceased to hold; NULL: it holds.';
CREATE INDEX account_evidence_account ON account_evidence (account_id, id);
CREATE INDEX account_evidence_holding ON account_evidence (expires_at) WHERE result = 'proved' AND ended_at IS NULL;

CREATE TABLE proof_checks (
    account_id text COLLATE "C" NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    methods text[] NOT NULL,
    due_at timestamptz NOT NULL,
    failures integer NOT NULL DEFAULT 0,
    requested_by text,
    CONSTRAINT proof_checks_pkey PRIMARY KEY (account_id),
    CONSTRAINT proof_checks_methods_check
         CHECK (methods <@ ARRAY['rel-me', 'well-known', 'dns', 'link', 'bluesky', 'mastodon'])
);
COMMENT ON TABLE proof_checks IS 'When the ownership of accounts is checked again. It is no part of the public data, and no revision has it.';
COMMENT ON COLUMN proof_checks.methods IS 'By which methods; empty: by all that the account admits.';
COMMENT ON COLUMN proof_checks.failures IS 'How often in a row nothing was proved: waits double with each.';
COMMENT ON COLUMN proof_checks.requested_by IS 'The token whose holder asked for it; NULL: it is due by schedule.';
CREATE INDEX proof_checks_due ON proof_checks (due_at);

CREATE FUNCTION end_proofs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE account_evidence SET (ended_at, end_reason) = (now(), 'account_changed')
     WHERE account_id = NEW.id AND result = 'proved' AND ended_at IS NULL;
    UPDATE proof_checks SET due_at = now() WHERE account_id = NEW.id;
    NEW.verification := CASE WHEN NEW.sources = '{}' THEN 'none' ELSE 'source' END;
    NEW.verification_method := NULL;
    NEW.verification_checked_at := NULL;
    NEW.verification_expires_at := NULL;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION end_proofs() IS
    'End what was proved of an account that gets another handle or department: it was proved of the former ones, as account_evidence and proof_checks say then. Sets: verification, verification_method, verification_checked_at, verification_expires_at.';

-- Its name comes before that of the trigger that builds the document.
CREATE TRIGGER before_document_end_proofs BEFORE UPDATE ON accounts FOR EACH ROW
  WHEN (OLD.verification = 'registry' AND NEW.verification = 'registry'
        AND (OLD.handle_key, OLD.department_id) IS DISTINCT FROM (NEW.handle_key, NEW.department_id))
  EXECUTE FUNCTION end_proofs();

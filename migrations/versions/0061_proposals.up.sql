CREATE TABLE proposals (
    id text COLLATE "C" NOT NULL DEFAULT new_id(),
    account_id text COLLATE "C" NOT NULL,
    operation text COLLATE "C" NOT NULL,
    body jsonb NOT NULL,
    digest bytea NOT NULL,
    reason text NOT NULL,
    token_id text COLLATE "C" NOT NULL,
    proposer text NOT NULL,
    region_code text COLLATE "C",
    department_id text COLLATE "C",
    read_at bigint NOT NULL,
    before jsonb,
    after jsonb,
    filed_at timestamptz NOT NULL DEFAULT now(),
    state text COLLATE "C" NOT NULL DEFAULT 'open',
    decided_at timestamptz,
    decider text,
    decision text,
    revision bigint,
    mark text COLLATE "C",
    CONSTRAINT proposals_pkey PRIMARY KEY (id),
    CONSTRAINT proposals_state_check CHECK (state IN ('open', 'accepted', 'rejected', 'withdrawn', 'stale')),
    CONSTRAINT proposals_decided_check CHECK ((state = 'open') = (decided_at IS NULL)),
    CONSTRAINT proposals_decision_check CHECK (
        CASE state WHEN 'open' THEN decider IS NULL AND decision IS NULL
                   WHEN 'withdrawn' THEN decider IS NULL AND decision IS NULL
                   WHEN 'stale' THEN decision IS NOT NULL
                   ELSE decider IS NOT NULL AND decision IS NOT NULL END),
    CONSTRAINT proposals_revision_check CHECK ((revision IS NULL) = (mark IS NULL) AND (revision IS NULL OR state = 'accepted')),
    CONSTRAINT proposals_digest_check CHECK (length(digest) = 32),
    CONSTRAINT proposals_text_check CHECK (length(reason) <= 1000 AND length(decision) <= 2000 AND length(body::text) <= 10000)
);
CREATE INDEX proposals_filed ON proposals (filed_at, id);
CREATE INDEX proposals_account ON proposals (account_id);
CREATE INDEX proposals_token ON proposals (token_id, filed_at);
CREATE UNIQUE INDEX proposals_open ON proposals (digest) WHERE state = 'open';
COMMENT ON TABLE proposals IS 'Operations on accounts that somebody proposed, and what a moderator decided. They are no part of the records, and no revision has them.';
COMMENT ON COLUMN proposals.body IS 'The arguments of the operation, as its own URL takes them, without the reason.';
COMMENT ON COLUMN proposals.digest IS 'SHA-256 of account, operation and arguments: of equal proposals one is open.';
COMMENT ON COLUMN proposals.token_id IS 'The token that filed it, and may withdraw it.';
COMMENT ON COLUMN proposals.proposer IS 'The name of that token, which is public.';
COMMENT ON COLUMN proposals.region_code IS 'The region of the account when it was proposed; that of today comes first.';
COMMENT ON COLUMN proposals.read_at IS 'The revision that had last changed the account when it was proposed.';
COMMENT ON COLUMN proposals.before IS 'What the operation would have replaced then; NULL: there was no account.';
COMMENT ON COLUMN proposals.after IS 'What it would have made then; NULL: no account.';
COMMENT ON COLUMN proposals.decider IS 'The name of the token that decided; NULL: nobody did, or nobody needed to.';
COMMENT ON COLUMN proposals.decision IS 'Why it was decided so, in public.';
COMMENT ON COLUMN proposals.revision IS 'The revision that an accepted one led to; NULL: nothing had to change.';
COMMENT ON COLUMN proposals.mark IS 'Its mark: a restore assigns numbers again.';

CREATE VIEW proposal_records AS
SELECT p.id, p.account_id, p.operation, p.body, p.reason, p.token_id, p.proposer, p.read_at, p.before, p.after, p.filed_at,
       p.state, p.decided_at, p.decider, p.decision, p.revision, p.mark,
       CASE WHEN a.id IS NULL THEN p.department_id ELSE a.department_id END AS department_id,
       r.code AS region_code, r.path AS region_path
  FROM proposals AS p
  LEFT JOIN tombstones AS t ON t.kind = 'account' AND t.id = p.account_id
  LEFT JOIN accounts AS a ON a.id = coalesce(t.successor_id, p.account_id)
  LEFT JOIN regions AS r ON r.code = CASE WHEN a.id IS NULL THEN p.region_code ELSE a.region_code END;
COMMENT ON VIEW proposal_records IS 'Proposals with the place of their account today, or where it was.';

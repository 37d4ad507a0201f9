CREATE TABLE feedback (
    id text COLLATE "C" NOT NULL DEFAULT new_id(),
    kind text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL DEFAULT 'received',
    account_id text COLLATE "C",
    region_code text COLLATE "C",
    url text,
    text text,
    email bytea,
    key_digest bytea NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    decided_at timestamptz,
    erased_at timestamptz,
    summary text,
    reason text,
    duplicate_of text COLLATE "C",
    revision bigint,
    mark text COLLATE "C",
    CONSTRAINT feedback_pkey PRIMARY KEY (id),
    CONSTRAINT feedback_kind_check CHECK (kind IN ('wrong_entry', 'missing_account', 'fake', 'closed', 'other')),
    CONSTRAINT feedback_state_check CHECK (state IN ('received', 'under_review', 'accepted', 'rejected', 'duplicate')),
    CONSTRAINT feedback_decided_check CHECK ((state IN ('accepted', 'rejected', 'duplicate')) = (decided_at IS NOT NULL)),
    CONSTRAINT feedback_reason_check CHECK (decided_at IS NULL OR reason IS NOT NULL),
    CONSTRAINT feedback_duplicate_check CHECK ((state = 'duplicate') = (duplicate_of IS NOT NULL) AND duplicate_of <> id),
    CONSTRAINT feedback_revision_check CHECK ((revision IS NULL) = (mark IS NULL) AND (revision IS NULL OR state = 'accepted')),
    CONSTRAINT feedback_erased_check CHECK (erased_at IS NULL OR (url IS NULL AND text IS NULL AND email IS NULL)),
    CONSTRAINT feedback_key_digest_check CHECK (length(key_digest) = 32),
    CONSTRAINT feedback_text_check CHECK (length(text) <= 4000 AND length(url) <= 2000 AND length(email) <= 1100),
    CONSTRAINT feedback_public_check CHECK (length(summary) <= 2000 AND length(reason) <= 2000),
    CONSTRAINT feedback_duplicate_of_fkey FOREIGN KEY (duplicate_of) REFERENCES feedback (id)
);
CREATE INDEX feedback_received ON feedback (received_at, id);
CREATE INDEX feedback_account ON feedback (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX feedback_unerased ON feedback (changed_at) WHERE erased_at IS NULL;
COMMENT ON TABLE feedback IS 'What anybody reported, and what became of it. It is no part of the records, and no revision has it.';
COMMENT ON COLUMN feedback.account_id IS 'The account that it is about, as the reporter named it; NULL: none. It may have been merged or deleted since.';
COMMENT ON COLUMN feedback.region_code IS 'The region that the reporter stated; that of the account comes first.';
COMMENT ON COLUMN feedback.url IS 'What the reporter gave, never public; NULL: nothing, or erased.';
COMMENT ON COLUMN feedback.text IS 'What the reporter wrote, never public; NULL: nothing, or erased.';
COMMENT ON COLUMN feedback.email IS 'The encrypted e-mail address of the reporter (AES-GCM); NULL: none, or erased.';
COMMENT ON COLUMN feedback.key_digest IS 'SHA-256 of the key in the secret link, which is stored nowhere.';
COMMENT ON COLUMN feedback.erased_at IS 'When the personal data was erased; NULL: it was not.';
COMMENT ON COLUMN feedback.summary IS 'What it is about, in public words of the moderator.';
COMMENT ON COLUMN feedback.reason IS 'Why it was decided so, in public.';
COMMENT ON COLUMN feedback.revision IS 'The revision that an accepted report led to; NULL: none is stated.';
COMMENT ON COLUMN feedback.mark IS 'Its mark: a restore assigns numbers again.';

CREATE TABLE feedback_events (
    feedback_id text COLLATE "C" NOT NULL,
    number integer NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    before text COLLATE "C" NOT NULL,
    after text COLLATE "C" NOT NULL,
    actor text NOT NULL,
    reason text,
    CONSTRAINT feedback_events_pkey PRIMARY KEY (feedback_id, number),
    CONSTRAINT feedback_events_feedback_fkey FOREIGN KEY (feedback_id) REFERENCES feedback (id) ON DELETE CASCADE,
    CONSTRAINT feedback_events_number_check CHECK (number BETWEEN 1 AND 100),
    CONSTRAINT feedback_events_step_check CHECK (
        (before = 'received' AND after = 'under_review')
        OR (before = 'under_review' AND after IN ('accepted', 'rejected', 'duplicate'))
        OR (before IN ('accepted', 'rejected', 'duplicate') AND after = 'under_review'))
);
COMMENT ON TABLE feedback_events IS 'Each step of a report from one state to the next, numbered from 1.';
COMMENT ON COLUMN feedback_events.actor IS 'Who decided: the name of a token, or the command.';

CREATE TABLE feedback_limits (
    key bytea NOT NULL,
    hour timestamptz NOT NULL,
    reports integer NOT NULL,
    CONSTRAINT feedback_limits_pkey PRIMARY KEY (key, hour)
);
CREATE INDEX feedback_limits_hour ON feedback_limits (hour);
COMMENT ON TABLE feedback_limits IS 'How many reports came from whom in an hour; rows of past hours are deleted.';
COMMENT ON COLUMN feedback_limits.key IS 'A keyed digest of the address of the client, or of all clients together.';

CREATE TABLE feedback_used_challenges (
    digest bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT feedback_used_challenges_pkey PRIMARY KEY (digest)
);
CREATE INDEX feedback_used_challenges_expiry ON feedback_used_challenges (expires_at);
COMMENT ON TABLE feedback_used_challenges IS 'Challenges and tickets with which a report was sent: each counts once.';
COMMENT ON COLUMN feedback_used_challenges.expires_at IS 'From when on it is refused for its age, and the row is deleted.';

CREATE VIEW feedback_records AS
SELECT f.id, f.kind, f.state, f.url, f.text, f.email, f.key_digest, f.received_at, f.changed_at, f.decided_at, f.erased_at,
       f.summary, f.reason, f.duplicate_of, f.revision, f.mark, coalesce(t.successor_id, f.account_id) AS account_id,
       a.name AS account_name, a.department_id, coalesce(r.code, s.code) AS region_code,
       coalesce(r.path, s.path) AS region_path
  FROM feedback AS f
  LEFT JOIN tombstones AS t ON t.kind = 'account' AND t.id = f.account_id
  LEFT JOIN accounts AS a ON a.id = coalesce(t.successor_id, f.account_id)
  LEFT JOIN regions AS r ON r.code = a.region_code
  LEFT JOIN regions AS s ON s.code = f.region_code AND a.id IS NULL;
COMMENT ON VIEW feedback_records IS 'Reports with the account that they are about today, and its place today.';

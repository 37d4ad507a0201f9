CREATE TABLE webhooks (
    id text COLLATE "C" NOT NULL DEFAULT new_id(),
    url text NOT NULL,
    events text[] COLLATE "C" NOT NULL,
    filter text NOT NULL,
    facets tsquery,
    description text,
    secret bytea NOT NULL,
    old_secret bytea,
    old_secret_until timestamptz,
    token_id text COLLATE "C",
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    revision bigint NOT NULL,
    sequence integer NOT NULL,
    failing_since timestamptz,
    disabled_at timestamptz,
    disabled_reason text COLLATE "C",
    CONSTRAINT webhooks_pkey PRIMARY KEY (id),
    CONSTRAINT webhooks_url_check CHECK (length(url) <= 2048),
    CONSTRAINT webhooks_events_check CHECK (cardinality(events) BETWEEN 1 AND 10),
    CONSTRAINT webhooks_text_check CHECK (length(filter) <= 2000 AND length(description) <= 500),
    CONSTRAINT webhooks_secret_check CHECK (length(secret) <= 200 AND length(old_secret) <= 200),
    CONSTRAINT webhooks_old_secret_check CHECK ((old_secret IS NULL) = (old_secret_until IS NULL)),
    CONSTRAINT webhooks_disabled_check CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL)),
    CONSTRAINT webhooks_disabled_reason_check CHECK (disabled_reason IN ('failing', 'gone', 'secret_unreadable', 'too_many_waiting'))
);
COMMENT ON TABLE webhooks IS 'Who is told of changes by HTTP. It is no part of the records, and no revision has it.';
COMMENT ON COLUMN webhooks.events IS 'The types of messages that it gets.';
COMMENT ON COLUMN webhooks.filter IS 'Which changes it gets, as the query string of the change feed; empty: all.';
COMMENT ON COLUMN webhooks.facets IS 'The same as a query of `versions.facets`; NULL: all.';
COMMENT ON COLUMN webhooks.secret IS 'The encrypted secret that signs messages (AES-GCM).';
COMMENT ON COLUMN webhooks.old_secret IS 'The secret before it, which signs as well until `old_secret_until`.';
COMMENT ON COLUMN webhooks.token_id IS 'The token that made it, which may manage it even where it is narrowed; NULL: a command did.';
COMMENT ON COLUMN webhooks.revision IS 'With `sequence` the last change that was read for it.';
COMMENT ON COLUMN webhooks.failing_since IS 'Since when every delivery failed; NULL: the last one succeeded, or there was none.';
COMMENT ON COLUMN webhooks.disabled_reason IS 'Why nothing is sent any more; NULL: it is.';

CREATE TABLE webhook_messages (
    id text COLLATE "C" NOT NULL DEFAULT 'msg_' || replace(gen_random_uuid()::text, '-', ''),
    webhook_id text COLLATE "C" NOT NULL,
    event text COLLATE "C" NOT NULL,
    payload text,
    state text COLLATE "C" NOT NULL DEFAULT 'waiting',
    created_at timestamptz NOT NULL DEFAULT now(),
    due_at timestamptz DEFAULT now(),
    failing_since timestamptz,
    failures integer NOT NULL DEFAULT 0,
    CONSTRAINT webhook_messages_pkey PRIMARY KEY (id),
    CONSTRAINT webhook_messages_webhook_fkey FOREIGN KEY (webhook_id) REFERENCES webhooks (id) ON DELETE CASCADE,
    CONSTRAINT webhook_messages_state_check CHECK (state IN ('waiting', 'delivered', 'failed')),
    CONSTRAINT webhook_messages_due_check CHECK ((state = 'waiting') = (due_at IS NOT NULL)),
    CONSTRAINT webhook_messages_payload_check CHECK (octet_length(payload) <= 262144 AND (state = 'waiting' OR payload IS NULL))
);
CREATE INDEX webhook_messages_waiting ON webhook_messages (webhook_id, due_at) WHERE state = 'waiting';
CREATE INDEX webhook_messages_created ON webhook_messages (webhook_id, created_at, id);
COMMENT ON TABLE webhook_messages IS 'What is sent to webhooks: some waiting messages, and the last 1,000 of each webhook as its log.';
COMMENT ON COLUMN webhook_messages.id IS 'The `webhook-id` of every attempt.';
COMMENT ON COLUMN webhook_messages.payload IS 'The body, the same in every attempt; NULL once it was delivered or given up.';
COMMENT ON COLUMN webhook_messages.due_at IS 'When it is sent next.';
COMMENT ON COLUMN webhook_messages.failing_since IS 'When the first attempt failed: it is given up three days later.';

CREATE TABLE webhook_attempts (
    id bigint GENERATED ALWAYS AS IDENTITY,
    message_id text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    status smallint,
    error text COLLATE "C",
    milliseconds integer NOT NULL,
    CONSTRAINT webhook_attempts_pkey PRIMARY KEY (id),
    CONSTRAINT webhook_attempts_message_fkey FOREIGN KEY (message_id) REFERENCES webhook_messages (id) ON DELETE CASCADE,
    CONSTRAINT webhook_attempts_result_check CHECK ((status IS NULL) <> (error IS NULL))
);
CREATE INDEX webhook_attempts_message ON webhook_attempts (message_id);
COMMENT ON TABLE webhook_attempts IS 'Each attempt to deliver a message, about 20 of one that is given up.';
COMMENT ON COLUMN webhook_attempts.status IS 'The status of the answer; NULL: none came.';
COMMENT ON COLUMN webhook_attempts.error IS 'A code that says why none came.';

CREATE TABLE imports (
    id text COLLATE "C" NOT NULL DEFAULT new_id(),
    token text COLLATE "C" NOT NULL,
    actor text NOT NULL,
    source text COLLATE "C" NOT NULL,
    name text NOT NULL,
    bytes bigint NOT NULL,
    options jsonb NOT NULL,
    regions text[] COLLATE "C" NOT NULL DEFAULT '{}',
    departments text[] COLLATE "C" NOT NULL DEFAULT '{}',
    status text NOT NULL DEFAULT 'queued',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    job bigint,
    phase text,
    done bigint NOT NULL DEFAULT 0,
    total bigint NOT NULL DEFAULT 0,
    applied_by text,
    revision bigint,
    error text,
    report jsonb,
    CONSTRAINT imports_pkey PRIMARY KEY (id),
    CONSTRAINT imports_name_check CHECK (length(name) BETWEEN 1 AND 200),
    CONSTRAINT imports_bytes_check CHECK (bytes >= 0),
    CONSTRAINT imports_status_check
        CHECK (status IN ('queued', 'checking', 'checked', 'refused', 'applying', 'applied', 'failed'))
);
CREATE INDEX imports_token ON imports (token);
COMMENT ON TABLE imports IS 'Files that were sent by HTTP, each with what became of it. They are no part of the public data.';
COMMENT ON COLUMN imports.token IS 'With which token it was sent.';
COMMENT ON COLUMN imports.actor IS 'The name of that token.';
COMMENT ON COLUMN imports.source IS 'Of rows that name none; imports of one source run one after the other.';
COMMENT ON COLUMN imports.name IS 'The name of the file.';
COMMENT ON COLUMN imports.bytes IS 'Its size, as it was sent.';
COMMENT ON COLUMN imports.options IS 'How it is to be read and merged.';
COMMENT ON COLUMN imports.regions IS 'Regions that it may write to, with all below; empty: all.';
COMMENT ON COLUMN imports.departments IS 'Departments that it may write to, with all below; empty: all.';
COMMENT ON COLUMN imports.status IS 'queued, checking, then checked or refused; applying, then applied; or failed.';
COMMENT ON COLUMN imports.job IS 'The job that works on it, or did last.';
COMMENT ON COLUMN imports.phase IS 'What the job does now.';
COMMENT ON COLUMN imports.done IS 'How much of the phase is done.';
COMMENT ON COLUMN imports.total IS 'How much of the phase there is.';
COMMENT ON COLUMN imports.applied_by IS 'The name of the token with which it was applied.';
COMMENT ON COLUMN imports.revision IS 'What it wrote; NULL: nothing.';
COMMENT ON COLUMN imports.error IS 'Why it was refused or failed.';
COMMENT ON COLUMN imports.report IS 'What it would change or has changed, as `directory import --report` writes it.';
CREATE TABLE import_chunks (
    import_id text COLLATE "C" NOT NULL,
    number integer NOT NULL,
    content bytea NOT NULL,
    CONSTRAINT import_chunks_pkey PRIMARY KEY (import_id, number),
    CONSTRAINT import_chunks_import_id_fkey FOREIGN KEY (import_id) REFERENCES imports (id) ON DELETE CASCADE
);
-- Most are compressed already, and all are read once.
ALTER TABLE import_chunks ALTER COLUMN content SET STORAGE EXTERNAL;
COMMENT ON TABLE import_chunks IS 'The files of imports, piece by piece, so that any host can read them.';
COMMENT ON COLUMN import_chunks.number IS 'Counted from 0.';
CREATE TABLE import_verdicts (
    import_id text COLLATE "C" NOT NULL,
    line bigint NOT NULL,
    number bigint NOT NULL,
    verdict text NOT NULL,
    account text COLLATE "C",
    errors jsonb NOT NULL,
    CONSTRAINT import_verdicts_pkey PRIMARY KEY (import_id, line, number),
    CONSTRAINT import_verdicts_import_id_fkey FOREIGN KEY (import_id) REFERENCES imports (id) ON DELETE CASCADE
);
COMMENT ON TABLE import_verdicts IS 'What becomes of each row of an import.';
COMMENT ON COLUMN import_verdicts.line IS 'Where the row begins in its file.';
COMMENT ON COLUMN import_verdicts.number IS 'Tells accounts of one row from each other.';
COMMENT ON COLUMN import_verdicts.verdict IS 'created, changed, merged, unchanged, accepted or rejected.';
COMMENT ON COLUMN import_verdicts.account IS 'NULL: one that is not yet there, or none.';
COMMENT ON COLUMN import_verdicts.errors IS 'Why it is rejected: field, value, code, message and remedy of each error.';

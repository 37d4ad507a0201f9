-- Snapshots: the registry at one revision as files, which lie in the storage. What has no row here is not there for
-- readers, so a snapshot appears whole, with its last row.

CREATE TABLE snapshots (
    revision bigint PRIMARY KEY REFERENCES revisions,
    built_at timestamptz NOT NULL,
    manifest text NOT NULL
);
COMMENT ON TABLE snapshots IS 'One row a snapshot that can be read, with the text of its manifest.json.';

CREATE TABLE snapshot_files (
    revision bigint REFERENCES snapshots ON DELETE CASCADE,
    name text COLLATE "C",
    media_type text NOT NULL,
    encoding text CHECK (encoding IN ('gzip', 'zstd')),
    bytes bigint NOT NULL CHECK (bytes >= 0),
    rows bigint CHECK (rows >= 0),
    sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    PRIMARY KEY (revision, name)
);
COMMENT ON TABLE snapshot_files IS 'The files of each snapshot: how they are sent, and what their bytes are.';
COMMENT ON COLUMN snapshot_files.media_type IS 'What the file is before it is compressed.';
COMMENT ON COLUMN snapshot_files.encoding IS 'What it is compressed with: gzip or zstd; null where it is plain.';

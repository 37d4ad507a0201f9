CREATE TABLE restored_tombstones (
    kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    successor_id text COLLATE "C",
    revision bigint NOT NULL REFERENCES revisions,
    category text,
    restored_in bigint NOT NULL DEFAULT current_revision() REFERENCES revisions,
    PRIMARY KEY (kind, id, revision)
);
COMMENT ON TABLE restored_tombstones IS 'Tombstones of records that came back, for point-in-time reads.';
COMMENT ON COLUMN restored_tombstones.revision IS 'Revision of the merge or deletion.';
COMMENT ON COLUMN restored_tombstones.restored_in IS 'Revision in which the record came back.';

-- Decisions stay when the account is deleted, as its handles do, so that a restored one has them again.
ALTER TABLE account_decisions DROP CONSTRAINT account_decisions_account_id_fkey;

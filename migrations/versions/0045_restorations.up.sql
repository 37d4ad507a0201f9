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

CREATE TABLE account_merges (
    duplicate_id text COLLATE "C" NOT NULL,
    survivor_id text COLLATE "C" NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    revision bigint NOT NULL DEFAULT current_revision() REFERENCES revisions,
    statements jsonb NOT NULL,
    moved jsonb NOT NULL,
    undone_in bigint REFERENCES revisions,
    PRIMARY KEY (duplicate_id, revision)
);
COMMENT ON TABLE account_merges IS 'Merges of accounts by an operator, with what takes each apart again.';
COMMENT ON COLUMN account_merges.statements IS 'The statements about both accounts as they were.';
COMMENT ON COLUMN account_merges.moved IS 'What moved to the survivor: ids of handles, keys of exemptions and observations, former ids, predecessors.';
COMMENT ON COLUMN account_merges.undone_in IS 'Revision in which the merge was taken back; NULL: it was not.';
CREATE INDEX account_merges_survivor ON account_merges (survivor_id);

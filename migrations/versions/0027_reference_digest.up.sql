CREATE TABLE reference_digest (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    program text COLLATE "C" NOT NULL,
    content bigint NOT NULL
);
COMMENT ON TABLE reference_digest IS 'The reference data that was last brought up to a program: starts compare it, and not all regions.';
COMMENT ON COLUMN reference_digest.program IS 'Digest of the files of the program that reference data are read from.';
COMMENT ON COLUMN reference_digest.content IS 'Digest of the rows of regions, platforms, department_types and sources.';

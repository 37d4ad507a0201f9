ALTER TABLE statements
    ADD COLUMN row_digest uuid,
    ADD COLUMN row_cleared integer,
    ADD COLUMN row_department_key text COLLATE "C";
COMMENT ON COLUMN statements.row_digest IS 'Digest of the import row that says exactly this, and of what it was validated with; NULL if none does.';
COMMENT ON COLUMN statements.row_cleared IS 'Fields that the row of `row_digest` clears: one bit each, all (-1).';
COMMENT ON COLUMN statements.row_department_key IS 'Key of the department in the row of `row_digest`; NULL: its name in lower case.';

ALTER TABLE statements
    DROP COLUMN row_digest,
    DROP COLUMN row_cleared,
    DROP COLUMN row_department_key;

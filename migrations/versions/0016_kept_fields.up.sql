-- A file with fewer columns leaves the other fields of its source as they were. They were stated earlier than the rest, so what
-- another source stated in between is the later word.
ALTER TABLE statements ADD COLUMN kept jsonb;
COMMENT ON COLUMN statements.kept IS
    'Keys of the statement that were stated earlier than in its revision: for each the revision and the position.';

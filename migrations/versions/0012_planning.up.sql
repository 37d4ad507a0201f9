-- The 10,000 most frequent terms in place of 3,000: so a term that is not among them is rare among 1,000,000 accounts too.
-- See directory/search/expressions.py.
ALTER TABLE account_search ALTER COLUMN terms SET STATISTICS 1000;
ANALYZE account_search;
-- Snapshots list what went, which is little among all versions.
CREATE INDEX versions_gone ON versions (kind, id, revision) WHERE record IS NULL;
-- Handles are looked up in `handles`, and here with their platform alone.
DROP INDEX accounts_handle_key;

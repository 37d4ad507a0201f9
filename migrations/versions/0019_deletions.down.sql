DROP FUNCTION identity_digest(text, text, text);
DROP TABLE suppressions;
ALTER TABLE tombstones DROP CONSTRAINT tombstones_category, DROP COLUMN category, DROP COLUMN erased_in;

COMMENT ON COLUMN reference_digest.content IS 'Digest of the rows of regions, platforms, department_types and sources.';
DELETE FROM reference_digest;
DROP VIEW current_expected_counts;
DROP TABLE expected_counts;

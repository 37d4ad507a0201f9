CREATE INDEX accounts_handle_key ON accounts (handle_key);
DROP INDEX versions_gone;
ALTER TABLE account_search ALTER COLUMN terms SET STATISTICS 300;
ANALYZE account_search;

DROP TRIGGER accounts_follow ON regions;
DROP TRIGGER accounts_follow ON departments;
DROP FUNCTION follow_reference();
DROP TRIGGER counts_delete ON accounts;
DROP TRIGGER counts_update ON accounts;
DROP TRIGGER counts_insert ON accounts;
DROP FUNCTION count_accounts();
DROP TABLE account_tallies, account_counts;

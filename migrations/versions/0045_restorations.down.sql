DELETE FROM account_decisions AS d WHERE NOT EXISTS (SELECT FROM accounts AS a WHERE a.id = d.account_id);
ALTER TABLE account_decisions
    ADD CONSTRAINT account_decisions_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE;
DROP TABLE account_merges;
DROP TABLE restored_tombstones;

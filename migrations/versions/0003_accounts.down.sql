DROP VIEW released_handles;
DROP TABLE observations, statements, handles, account_names, accounts;
DROP FUNCTION keep_names_and_handles();
DROP FUNCTION document_account();

-- GET /v1/accounts

SELECT accounts.document, (accounts.id)::text
  FROM account_records AS accounts
 ORDER BY accounts.id
 LIMIT 26;

-- GET /v1/accounts?count=exact&tag=covid&limit=1

SELECT accounts.document, (accounts.id)::text
  FROM account_records AS accounts
 WHERE "accounts"."tags" && '{"covid"}'::text[]
 ORDER BY accounts.id
 LIMIT 2;

SELECT sum(accounts)
  FROM account_tallies
 WHERE (dimension, value) = ('tag', 'covid');

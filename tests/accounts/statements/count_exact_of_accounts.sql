-- GET /v1/accounts?count=exact&followers_min=7&limit=1

SELECT accounts.document, (accounts.id)::text
  FROM account_records AS accounts
 WHERE "accounts"."followers" >= 7
 ORDER BY accounts.id
 LIMIT 2;

SELECT count(*)
  FROM account_records AS accounts
 WHERE "accounts"."followers" >= 7;

-- GET /v1/accounts?tag=covid&source=s1,s2

SELECT accounts.document, (accounts.id)::text
  FROM account_records AS accounts
 WHERE "accounts"."tags" && '{"covid"}'::text[]
   AND "accounts"."sources" && '{"s1","s2"}'::text[]
 ORDER BY accounts.id
 LIMIT 26;

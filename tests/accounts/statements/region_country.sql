-- GET /v1/accounts?region=FR

SELECT accounts.document, (accounts.id)::text
  FROM account_records AS accounts
 WHERE (("accounts"."region_path" >= 'FR/' AND "accounts"."region_path" < 'FR0'))
 ORDER BY accounts.id
 LIMIT 26;

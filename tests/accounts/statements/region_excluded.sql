-- GET /v1/accounts?region=CN,-CN-510000

SELECT accounts.document, (accounts.id)::text
  FROM account_records AS accounts
 WHERE (("accounts"."region_path" >= 'CN/' AND "accounts"."region_path" < 'CN0'))
   AND (("accounts"."division" = 'CN-510000')) IS NOT TRUE
 ORDER BY accounts.id
 LIMIT 26;

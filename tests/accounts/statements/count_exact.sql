-- GET /v1/accounts?count=exact&platform=weibo&region=CN-510000&limit=1

SELECT accounts.document, (accounts.id)::text
  FROM account_records AS accounts
 WHERE ("accounts"."division" = 'CN-510000')
   AND "accounts"."platform" = 'weibo'
 ORDER BY accounts.id
 LIMIT 2;

SELECT sum(accounts)
  FROM "account_counts"
 WHERE (("account_counts"."country" = 'CN' AND "account_counts"."division" = 'CN-510000'))
   AND "account_counts"."platform" = 'weibo';

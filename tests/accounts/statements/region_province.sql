-- GET /v1/accounts?region=CN-510000&platform=weibo&sort=-followers

SELECT accounts.document, (coalesce(accounts.followers, -1))::text, (accounts.id)::text
  FROM "accounts"
 WHERE ("accounts"."division" = 'CN-510000')
   AND "accounts"."platform" = 'weibo'
 ORDER BY coalesce(accounts.followers, -1) DESC, accounts.id DESC
 LIMIT 26;

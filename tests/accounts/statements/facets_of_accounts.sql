-- GET /v1/accounts?facets=platform,tag&followers_min=7&limit=1

SELECT accounts.document, (accounts.id)::text
  FROM account_records AS accounts
 WHERE "accounts"."followers" >= 7
 ORDER BY accounts.id
 LIMIT 2;

SELECT item.value, count(*)
  FROM account_records AS accounts, unnest("tags") AS item (value)
 WHERE "accounts"."followers" >= 7
 GROUP BY 1;

SELECT ARRAY[grouping("platform")], "platform", count(*)::bigint
  FROM account_records AS accounts
 WHERE "accounts"."followers" >= 7
 GROUP BY GROUPING SETS (("platform"));

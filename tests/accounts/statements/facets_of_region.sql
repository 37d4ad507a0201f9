-- GET /v1/accounts?facets=region&region=CN-510000&limit=1

SELECT accounts.document, (accounts.id)::text
  FROM account_records AS accounts
 WHERE ("accounts"."division" = 'CN-510000')
 ORDER BY accounts.id
 LIMIT 2;

SELECT ARRAY[grouping(coalesce(nullif(split_part(region_path, '/', 3), ''), split_part(region_path, '/', 2)))], coalesce(nullif(split_part(region_path, '/', 3), ''), split_part(region_path, '/', 2)), count(*)::bigint
  FROM account_records AS accounts
 WHERE (("accounts"."region_path" >= 'CN/CN-510000/' AND "accounts"."region_path" < 'CN/CN-5100000'))
 GROUP BY GROUPING SETS ((coalesce(nullif(split_part(region_path, '/', 3), ''), split_part(region_path, '/', 2))));

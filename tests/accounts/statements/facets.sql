-- GET /v1/accounts?facets=platform,region,status&limit=1

SELECT accounts.document, (accounts.id)::text
  FROM account_records AS accounts
 ORDER BY accounts.id
 LIMIT 2;

SELECT ARRAY[grouping("platform"), grouping(country), grouping("status")], "platform", country, "status", sum(accounts)::bigint
  FROM "account_counts"
 GROUP BY GROUPING SETS (("platform"), (country), ("status"));

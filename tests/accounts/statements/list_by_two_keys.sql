-- GET /v1/accounts?sort=-followers,name

SELECT accounts.document, (coalesce(accounts.followers, -1))::text, (coalesce(accounts.name_key, ''))::text, (accounts.id)::text
  FROM "accounts"
 ORDER BY coalesce(accounts.followers, -1) DESC, coalesce(accounts.name_key, ''), accounts.id
 LIMIT 26;

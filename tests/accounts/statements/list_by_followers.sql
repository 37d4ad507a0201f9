-- GET /v1/accounts?sort=-followers

SELECT accounts.document, (coalesce(accounts.followers, -1))::text, (accounts.id)::text
  FROM "accounts"
 ORDER BY coalesce(accounts.followers, -1) DESC, accounts.id DESC
 LIMIT 26;

-- GET /v1/accounts

SELECT accounts.document, (accounts.id)::text
  FROM "accounts"
 ORDER BY accounts.id
 LIMIT 26;

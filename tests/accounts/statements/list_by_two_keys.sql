-- GET /v1/accounts?sort=-followers,name

SELECT accounts.joined_document, (coalesce(accounts.followers, -1))::text, (coalesce(accounts.name_key, ''))::text, (accounts.id)::text
  FROM account_records AS accounts
 WHERE accounts.counted_id IS NOT NULL
 ORDER BY coalesce(accounts.followers, -1) DESC, coalesce(accounts.name_key, ''), accounts.id
 LIMIT 26;

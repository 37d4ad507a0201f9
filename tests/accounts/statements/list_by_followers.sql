-- GET /v1/accounts?sort=-followers

SELECT accounts.joined_document, (coalesce(accounts.followers, -1))::text, (accounts.counted_id)::text
  FROM account_records AS accounts
 WHERE accounts.counted_id IS NOT NULL
 ORDER BY coalesce(accounts.followers, -1) DESC, accounts.counted_id DESC
 LIMIT 26;

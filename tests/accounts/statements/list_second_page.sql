-- GET /v1/accounts?limit=10&cursor=NEXT

SELECT accounts.document, (accounts.id)::text
  FROM account_records AS accounts
 WHERE (accounts.id) > (:'after_0'::text)
 ORDER BY accounts.id
 LIMIT 11;

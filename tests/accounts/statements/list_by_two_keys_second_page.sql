-- GET /v1/accounts?sort=-followers,name&limit=10&cursor=NEXT

SELECT accounts.joined_document, (coalesce(accounts.followers, -1))::text, (coalesce(accounts.name_key, ''))::text, (accounts.id)::text
  FROM account_records AS accounts
 WHERE coalesce(accounts.followers, -1) <= :'after_0'::bigint
   AND (coalesce(accounts.followers, -1) < :'after_0'::bigint OR (coalesce(accounts.followers, -1) = :'after_0'::bigint AND (coalesce(accounts.name_key, '') > :'after_1'::text OR (coalesce(accounts.name_key, '') = :'after_1'::text AND accounts.id > :'after_2'::text))))
   AND accounts.counted_id IS NOT NULL
 ORDER BY coalesce(accounts.followers, -1) DESC, coalesce(accounts.name_key, ''), accounts.id
 LIMIT 11;

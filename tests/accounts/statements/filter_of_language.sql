-- GET /v1/accounts?language=en,-en-GB

SELECT accounts.document, (accounts.id)::text
  FROM account_records AS accounts
 WHERE (("accounts"."language" = 'en' OR ("accounts"."language" >= 'en-' AND "accounts"."language" < 'en.')))
   AND ((("accounts"."language" = 'en-GB' OR ("accounts"."language" >= 'en-GB-' AND "accounts"."language" < 'en-GB.')))) IS NOT TRUE
 ORDER BY accounts.id
 LIMIT 26;

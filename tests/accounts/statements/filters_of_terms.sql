-- GET /v1/accounts?department_type=police,health&status=-closed&verification=source&subject=body

SELECT accounts.document, (accounts.id)::text
  FROM account_records AS accounts
 WHERE "accounts"."department_type" = ANY('{"police","health"}')
   AND ("accounts"."status" = 'closed') IS NOT TRUE
   AND "accounts"."verification" = 'source'
   AND "accounts"."subject" = 'body'
 ORDER BY accounts.id
 LIMIT 26;

-- GET /v1/accounts?followers_min=7&followers_max=1000000&opened_after=2012-01-01&opened_before=2019-12-31&updated_after=2020-01-01

SELECT accounts.document, (accounts.id)::text
  FROM account_records AS accounts
 WHERE "accounts"."followers" >= 7
   AND "accounts"."followers" <= 1000000
   AND "accounts"."opened_on" >= '2012-01-01'::date
   AND "accounts"."opened_on" <= '2019-12-31'::date
   AND "accounts"."updated_at" >= '2020-01-01T00:00:00+00:00'::timestamptz
 ORDER BY accounts.id
 LIMIT 26;

-- GET /v1/accounts?q=nasa&language=zh&limit=5

SELECT CASE WHEN (("accounts"."language" = 'zh' OR ("accounts"."language" >= 'zh-' AND "accounts"."language" < 'zh.'))) THEN (SELECT row_to_json(r)::text FROM json_to_record(accounts.document::json) AS r ("id" json)) END, p.tier::text, p.reach::text, p.standing::text, p.brevity::text, p.account_id
  FROM search_page(:'terms'::tsquery[], :'narrow'::tsquery[], :'checks'::text[], :'never'::text, NULL::tsquery,
                   :'firsts'::integer[], :'walked'::boolean[], :'chunks'::tsquery[], :'floors'::integer[],
                   :'tier'::integer, :'reach'::bigint, :'standing'::integer, :'brevity'::integer, :'id'::text,
                   200::integer) AS p
  JOIN accounts ON accounts.id = p.account_id
 ORDER BY p.tier, p.reach DESC, p.standing, p.brevity, p.account_id;

SELECT CASE WHEN (("accounts"."language" = 'zh' OR ("accounts"."language" >= 'zh-' AND "accounts"."language" < 'zh.'))) THEN accounts.document END, p.tier::text, p.reach::text, p.standing::text, p.brevity::text, p.account_id
  FROM search_page(:'terms'::tsquery[], :'narrow'::tsquery[], :'checks'::text[], :'never'::text, NULL::tsquery,
                   :'firsts'::integer[], :'walked'::boolean[], :'chunks'::tsquery[], :'floors'::integer[],
                   :'tier'::integer, :'reach'::bigint, :'standing'::integer, :'brevity'::integer, :'id'::text,
                   200::integer) AS p
  JOIN accounts ON accounts.id = p.account_id
 ORDER BY p.tier, p.reach DESC, p.standing, p.brevity, p.account_id;

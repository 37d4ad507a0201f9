-- GET /v1/accounts?q=nasa&language=zh&limit=5

SELECT CASE WHEN (("accounts"."language" = 'zh' OR ("accounts"."language" >= 'zh-' AND "accounts"."language" < 'zh.'))) THEN (SELECT row_to_json(r)::text FROM json_to_record(accounts.document::json) AS r ("id" json)) END, p.tier::text, p.followers::text, p.status_rank::text, p.name_length::text, p.account_id
  FROM search_page(:'tiers'::tsquery[], :'index_queries'::tsquery[], :'text_patterns'::text[],
                   :'excluded_pattern'::text, NULL::tsquery, :'group_starts'::integer[],
                   :'by_band'::boolean[], :'band_facets'::tsquery[], :'band_floors'::integer[],
                   :'tier'::integer, :'followers'::bigint, :'status_rank'::integer, :'name_length'::integer,
                   :'id'::text, 200::integer) AS p
  JOIN account_records AS accounts ON accounts.id = p.account_id
 ORDER BY p.tier, p.followers DESC, p.status_rank, p.name_length, p.account_id;

SELECT CASE WHEN (("accounts"."language" = 'zh' OR ("accounts"."language" >= 'zh-' AND "accounts"."language" < 'zh.'))) THEN accounts.document END, p.tier::text, p.followers::text, p.status_rank::text, p.name_length::text, p.account_id
  FROM search_page(:'tiers'::tsquery[], :'index_queries'::tsquery[], :'text_patterns'::text[],
                   :'excluded_pattern'::text, NULL::tsquery, :'group_starts'::integer[],
                   :'by_band'::boolean[], :'band_facets'::tsquery[], :'band_floors'::integer[],
                   :'tier'::integer, :'followers'::bigint, :'status_rank'::integer, :'name_length'::integer,
                   :'id'::text, 200::integer) AS p
  JOIN account_records AS accounts ON accounts.id = p.account_id
 ORDER BY p.tier, p.followers DESC, p.status_rank, p.name_length, p.account_id;

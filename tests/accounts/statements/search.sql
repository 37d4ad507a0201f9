-- GET /v1/accounts?q=nasa

SELECT accounts.document, p.tier::text, p.followers::text, p.status_rank::text, p.name_length::text, p.account_id
  FROM search_page(:'tiers'::tsquery[], :'index_queries'::tsquery[], :'text_patterns'::text[],
                   :'excluded_pattern'::text, NULL::tsquery, :'group_starts'::integer[],
                   :'by_band'::boolean[], :'band_facets'::tsquery[], :'band_floors'::integer[],
                   :'tier'::integer, :'followers'::bigint, :'status_rank'::integer, :'name_length'::integer,
                   :'id'::text, 26::integer) AS p
  JOIN account_records AS accounts ON accounts.id = p.account_id
 ORDER BY p.tier, p.followers DESC, p.status_rank, p.name_length, p.account_id;

-- GET /v1/accounts?q=nasa&count=exact&limit=20

SELECT accounts.document, p.tier::text, p.followers::text, p.status_rank::text, p.name_length::text, p.account_id
  FROM search_page(:'tiers'::tsquery[], :'index_queries'::tsquery[], :'text_patterns'::text[],
                   :'excluded_pattern'::text, NULL::tsquery, :'group_starts'::integer[],
                   :'by_band'::boolean[], :'band_facets'::tsquery[], :'band_floors'::integer[],
                   :'tier'::integer, :'followers'::bigint, :'status_rank'::integer, :'name_length'::integer,
                   :'id'::text, 21::integer) AS p
  JOIN account_records AS accounts ON accounts.id = p.account_id
 ORDER BY p.tier, p.followers DESC, p.status_rank, p.name_length, p.account_id;

WITH hits AS (
    SELECT s.account_id
      FROM account_search AS s
     WHERE s.terms @@ search_any_tier(:'q'::tsquery[]) AND s.terms @@ search_any_tier(:'q_terms'::tsquery[])
       AND true
       AND (:'q_never'::text IS NULL OR s.texts !~ :'q_never'))
SELECT count(*)
  FROM hits;

-- GET /v1/accounts?q=nasa&sort=-followers&limit=5

SELECT (SELECT row_to_json(r)::text FROM json_to_record(accounts.document::json) AS r ("id" json)), p.tier::text, p.followers::text, p.status_rank::text, p.name_length::text, p.account_id
  FROM search_page(:'tiers'::tsquery[], :'index_queries'::tsquery[], :'text_patterns'::text[],
                   :'excluded_pattern'::text, NULL::tsquery, :'group_starts'::integer[],
                   :'by_band'::boolean[], :'band_facets'::tsquery[], :'band_floors'::integer[],
                   :'tier'::integer, :'followers'::bigint, :'status_rank'::integer, :'name_length'::integer,
                   :'id'::text, 10::integer) AS p
  JOIN account_records AS accounts ON accounts.id = p.account_id
 ORDER BY p.tier, p.followers DESC, p.status_rank, p.name_length, p.account_id;

WITH hits AS (
    SELECT *
      FROM (SELECT s.account_id, s.name_length,
                   search_tier(s.terms, s.texts, :'q_terms'::tsquery[], :'q_checks'::text[]) AS tier
              FROM account_search AS s
             WHERE s.terms @@ search_any_tier(:'q'::tsquery[])
               AND true
               AND (:'q_never'::text IS NULL OR s.texts !~ :'q_never')
            -- Without OFFSET 0 the planner merges the queries and computes the tier twice, and before the filter.
            OFFSET 0) AS found
     WHERE tier IS NOT NULL)
SELECT accounts.joined_document, (coalesce(accounts.followers, -1))::text, (accounts.counted_id)::text
  FROM hits JOIN account_records AS accounts ON accounts.id = hits.account_id
 WHERE accounts.counted_id IS NOT NULL
 ORDER BY coalesce(accounts.followers, -1) DESC, accounts.counted_id DESC
 LIMIT 6;

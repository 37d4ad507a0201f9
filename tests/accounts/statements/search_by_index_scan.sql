-- GET /v1/accounts?q=handle&sort=-followers&limit=5

SELECT (SELECT row_to_json(r)::text FROM json_to_record(accounts.document::json) AS r ("id" json)), p.tier::text, p.followers::text, p.status_rank::text, p.name_length::text, p.account_id
  FROM search_page(:'tiers'::tsquery[], :'index_queries'::tsquery[], :'text_patterns'::text[],
                   :'excluded_pattern'::text, NULL::tsquery, :'group_starts'::integer[],
                   :'by_band'::boolean[], :'band_facets'::tsquery[], :'band_floors'::integer[],
                   :'tier'::integer, :'followers'::bigint, :'status_rank'::integer, :'name_length'::integer,
                   :'id'::text, 10::integer) AS p
  JOIN account_records AS accounts ON accounts.id = p.account_id
 ORDER BY p.tier, p.followers DESC, p.status_rank, p.name_length, p.account_id;

SELECT accounts.document, (coalesce(accounts.followers, -1))::text, (accounts.counted_id)::text
  FROM (SELECT scanned.*, tested.tier, tested.name_length
          FROM (SELECT accounts.id, coalesce(accounts.followers, -1) AS key_0, accounts.counted_id AS key_1
                  FROM account_records AS accounts
 WHERE accounts.counted_id IS NOT NULL
                 ORDER BY key_0 DESC, key_1 DESC
                 FETCH FIRST (:'most'::bigint) ROWS WITH TIES) AS scanned
         CROSS JOIN LATERAL (
               SELECT s.name_length, search_tier(s.terms, s.texts, :'q_terms'::tsquery[], :'q_checks'::text[]) AS tier
                 FROM account_search AS s
                WHERE s.account_id = scanned.id
                  AND s.terms @@ search_any_tier(:'q'::tsquery[])
                  AND (:'q_never'::text IS NULL OR s.texts !~ :'q_never')
               -- Without OFFSET 0 the planner computes the tier twice, or joins all accounts at once.
               OFFSET 0) AS tested
         WHERE tested.tier IS NOT NULL
           AND true
         ORDER BY key_0 DESC, key_1 DESC
         LIMIT 6) AS hits
  JOIN account_records AS accounts ON accounts.id = hits.id
 ORDER BY coalesce(accounts.followers, -1) DESC, accounts.counted_id DESC;

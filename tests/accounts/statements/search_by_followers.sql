-- GET /v1/accounts?q=nasa&sort=-followers&limit=5

SELECT (SELECT row_to_json(r)::text FROM json_to_record(accounts.document::json) AS r ("id" json)), p.tier::text, p.reach::text, p.standing::text, p.brevity::text, p.account_id
  FROM search_page(:'terms'::tsquery[], :'narrow'::tsquery[], :'checks'::text[], :'never'::text, NULL::tsquery,
                   :'firsts'::integer[], :'walked'::boolean[], :'chunks'::tsquery[], :'floors'::integer[],
                   :'tier'::integer, :'reach'::bigint, :'standing'::integer, :'brevity'::integer, :'id'::text,
                   10::integer) AS p
  JOIN accounts ON accounts.id = p.account_id
 ORDER BY p.tier, p.reach DESC, p.standing, p.brevity, p.account_id;

WITH hits AS (
    SELECT *
      FROM (SELECT s.account_id, s.brevity,
                   search_tier(s.terms, s.texts, :'q_terms'::tsquery[], :'q_checks'::text[]) AS tier
              FROM account_search AS s
             WHERE s.terms @@ search_anything(:'q'::tsquery[])
               AND true
               AND (:'q_never'::text IS NULL OR s.texts !~ :'q_never')
            -- Without OFFSET 0 the planner merges the queries and computes the tier twice, and before the filter.
            OFFSET 0) AS found
     WHERE tier IS NOT NULL)
SELECT accounts.document, (coalesce(accounts.followers, -1))::text, (accounts.id)::text
  FROM hits JOIN accounts ON accounts.id = hits.account_id
 ORDER BY coalesce(accounts.followers, -1) DESC, accounts.id DESC
 LIMIT 6;

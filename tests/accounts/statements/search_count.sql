-- GET /v1/accounts?q=nasa&count=exact&limit=20

SELECT accounts.document, p.tier::text, p.reach::text, p.standing::text, p.brevity::text, p.account_id
  FROM search_page(:'terms'::tsquery[], :'narrow'::tsquery[], :'checks'::text[], :'never'::text, NULL::tsquery,
                   :'firsts'::integer[], :'walked'::boolean[], :'chunks'::tsquery[], :'floors'::integer[],
                   :'tier'::integer, :'reach'::bigint, :'standing'::integer, :'brevity'::integer, :'id'::text,
                   21::integer) AS p
  JOIN accounts ON accounts.id = p.account_id
 ORDER BY p.tier, p.reach DESC, p.standing, p.brevity, p.account_id;

WITH hits AS (
    SELECT s.account_id
      FROM account_search AS s
     WHERE s.terms @@ search_anything(:'q'::tsquery[]) AND s.terms @@ search_anything(:'q_terms'::tsquery[])
       AND true
       AND (:'q_never'::text IS NULL OR s.texts !~ :'q_never'))
SELECT count(*)
  FROM hits;

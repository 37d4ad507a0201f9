-- GET /v1/accounts?q=nasa

SELECT accounts.document, p.tier::text, p.reach::text, p.standing::text, p.brevity::text, p.account_id
  FROM search_page(:'terms'::tsquery[], :'narrow'::tsquery[], :'checks'::text[], :'never'::text, NULL::tsquery,
                   :'firsts'::integer[], :'walked'::boolean[], :'chunks'::tsquery[], :'floors'::integer[],
                   :'tier'::integer, :'reach'::bigint, :'standing'::integer, :'brevity'::integer, :'id'::text,
                   26::integer) AS p
  JOIN accounts ON accounts.id = p.account_id
 ORDER BY p.tier, p.reach DESC, p.standing, p.brevity, p.account_id;

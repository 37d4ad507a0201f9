-- GET /v1/accounts?as_of=3&q=nasa&limit=20

SELECT r.revision, r.mark, r.at, e.era, c.checkpoint,
       EXISTS (SELECT FROM revisions AS n WHERE n.revision = r.revision + 1 AND n.at = r.at) AS shares_time
  FROM revisions AS r
 CROSS JOIN LATERAL (SELECT era FROM account_eras WHERE first_revision <= r.revision
                      ORDER BY era DESC LIMIT 1) AS e
 CROSS JOIN LATERAL (SELECT checkpoint FROM account_count_checkpoints WHERE checkpoint <= r.revision
                      ORDER BY checkpoint DESC LIMIT 1) AS c
 WHERE r.revision = 3::bigint;

WITH
            accounts AS NOT MATERIALIZED (
                SELECT s.*, s.id AS counted_id,
    (SELECT CASE WHEN f.revision <= :'as_of' THEN f.followers ELSE (
            SELECT CASE WHEN c.from_revision <= :'as_of' THEN c.followers END FROM account_follower_states AS c
             WHERE c.account_id = s.id AND c.to_revision > :'as_of' ORDER BY c.to_revision LIMIT 1) END
       FROM (SELECT) AS once LEFT JOIN account_followers AS f ON f.account_id = s.id) AS followers,
    (SELECT CASE WHEN f.revision <= :'as_of' THEN f.followers_at ELSE (
            SELECT CASE WHEN c.from_revision <= :'as_of' THEN c.followers_at END FROM account_follower_states AS c
             WHERE c.account_id = s.id AND c.to_revision > :'as_of' ORDER BY c.to_revision LIMIT 1) END
       FROM (SELECT) AS once LEFT JOIN account_followers AS f ON f.account_id = s.id) AS followers_at,
    (SELECT CASE WHEN f.revision <= :'as_of' THEN f.last_post_at ELSE (
            SELECT CASE WHEN c.from_revision <= :'as_of' THEN c.last_post_at END FROM account_follower_states AS c
             WHERE c.account_id = s.id AND c.to_revision > :'as_of' ORDER BY c.to_revision LIMIT 1) END
       FROM (SELECT) AS once LEFT JOIN account_followers AS f ON f.account_id = s.id) AS last_post_at, (SELECT compose_account(
                           v.record, k.followers, k.followers_at, k.last_post_at)
                           FROM (
    SELECT v.record FROM versions AS v WHERE v.revision = s.revision AND v.sequence = s.sequence) AS v, LATERAL (SELECT
    (SELECT CASE WHEN f.revision <= :'as_of' THEN f.followers ELSE (
            SELECT CASE WHEN c.from_revision <= :'as_of' THEN c.followers END FROM account_follower_states AS c
             WHERE c.account_id = s.id AND c.to_revision > :'as_of' ORDER BY c.to_revision LIMIT 1) END
       FROM (SELECT) AS once LEFT JOIN account_followers AS f ON f.account_id = s.id) AS followers,
    (SELECT CASE WHEN f.revision <= :'as_of' THEN f.followers_at ELSE (
            SELECT CASE WHEN c.from_revision <= :'as_of' THEN c.followers_at END FROM account_follower_states AS c
             WHERE c.account_id = s.id AND c.to_revision > :'as_of' ORDER BY c.to_revision LIMIT 1) END
       FROM (SELECT) AS once LEFT JOIN account_followers AS f ON f.account_id = s.id) AS followers_at,
    (SELECT CASE WHEN f.revision <= :'as_of' THEN f.last_post_at ELSE (
            SELECT CASE WHEN c.from_revision <= :'as_of' THEN c.last_post_at END FROM account_follower_states AS c
             WHERE c.account_id = s.id AND c.to_revision > :'as_of' ORDER BY c.to_revision LIMIT 1) END
       FROM (SELECT) AS once LEFT JOIN account_followers AS f ON f.account_id = s.id) AS last_post_at) AS k) AS document
                  FROM "account_states_1" AS s WHERE s.from_revision <= :'as_of' AND s.to_revision > :'as_of'),
            account_search AS NOT MATERIALIZED (
                SELECT n.account_id, n.terms, n.look_alikes, n.texts, n.name_length
                  FROM account_search AS n
                 WHERE NOT EXISTS (SELECT FROM search_states AS later
                                    WHERE later.account_id = n.account_id AND later.to_revision > :'as_of')
                 UNION ALL
                SELECT s.account_id, s.terms, s.look_alikes, s.texts, s.name_length FROM search_states AS s
                 WHERE s.from_revision <= :'as_of' AND s.to_revision > :'as_of'), hits AS (
    SELECT *
      FROM (SELECT s.account_id, s.name_length,
                   search_tier(s.terms, s.texts, :'q_terms'::tsquery[], :'q_checks'::text[]) AS tier
              FROM account_search AS s
             WHERE s.terms @@ (SELECT search_any_tier(:'q'::tsquery[]))
               AND true
               AND (:'q_never'::text IS NULL OR s.texts !~ :'q_never')
            -- Without OFFSET 0 the planner merges the queries and computes the tier twice, and before the filter.
            OFFSET 0) AS found
     WHERE tier IS NOT NULL)
SELECT accounts.document, (hits.tier)::text, (search_followers(accounts.followers))::text, (search_status_rank(accounts.status))::text, (hits.name_length)::text, (accounts.id)::text
  FROM hits JOIN "accounts" ON accounts.id = hits.account_id
 WHERE hits.tier BETWEEN 0::integer AND 4::integer
 ORDER BY hits.tier, search_followers(accounts.followers) DESC, search_status_rank(accounts.status), hits.name_length, accounts.id
 LIMIT 21::integer;

WITH
            accounts AS NOT MATERIALIZED (
                SELECT s.*, s.id AS counted_id,
    (SELECT CASE WHEN f.revision <= :'as_of' THEN f.followers ELSE (
            SELECT CASE WHEN c.from_revision <= :'as_of' THEN c.followers END FROM account_follower_states AS c
             WHERE c.account_id = s.id AND c.to_revision > :'as_of' ORDER BY c.to_revision LIMIT 1) END
       FROM (SELECT) AS once LEFT JOIN account_followers AS f ON f.account_id = s.id) AS followers,
    (SELECT CASE WHEN f.revision <= :'as_of' THEN f.followers_at ELSE (
            SELECT CASE WHEN c.from_revision <= :'as_of' THEN c.followers_at END FROM account_follower_states AS c
             WHERE c.account_id = s.id AND c.to_revision > :'as_of' ORDER BY c.to_revision LIMIT 1) END
       FROM (SELECT) AS once LEFT JOIN account_followers AS f ON f.account_id = s.id) AS followers_at,
    (SELECT CASE WHEN f.revision <= :'as_of' THEN f.last_post_at ELSE (
            SELECT CASE WHEN c.from_revision <= :'as_of' THEN c.last_post_at END FROM account_follower_states AS c
             WHERE c.account_id = s.id AND c.to_revision > :'as_of' ORDER BY c.to_revision LIMIT 1) END
       FROM (SELECT) AS once LEFT JOIN account_followers AS f ON f.account_id = s.id) AS last_post_at, (SELECT compose_account(
                           v.record, k.followers, k.followers_at, k.last_post_at)
                           FROM (
    SELECT v.record FROM versions AS v WHERE v.revision = s.revision AND v.sequence = s.sequence) AS v, LATERAL (SELECT
    (SELECT CASE WHEN f.revision <= :'as_of' THEN f.followers ELSE (
            SELECT CASE WHEN c.from_revision <= :'as_of' THEN c.followers END FROM account_follower_states AS c
             WHERE c.account_id = s.id AND c.to_revision > :'as_of' ORDER BY c.to_revision LIMIT 1) END
       FROM (SELECT) AS once LEFT JOIN account_followers AS f ON f.account_id = s.id) AS followers,
    (SELECT CASE WHEN f.revision <= :'as_of' THEN f.followers_at ELSE (
            SELECT CASE WHEN c.from_revision <= :'as_of' THEN c.followers_at END FROM account_follower_states AS c
             WHERE c.account_id = s.id AND c.to_revision > :'as_of' ORDER BY c.to_revision LIMIT 1) END
       FROM (SELECT) AS once LEFT JOIN account_followers AS f ON f.account_id = s.id) AS followers_at,
    (SELECT CASE WHEN f.revision <= :'as_of' THEN f.last_post_at ELSE (
            SELECT CASE WHEN c.from_revision <= :'as_of' THEN c.last_post_at END FROM account_follower_states AS c
             WHERE c.account_id = s.id AND c.to_revision > :'as_of' ORDER BY c.to_revision LIMIT 1) END
       FROM (SELECT) AS once LEFT JOIN account_followers AS f ON f.account_id = s.id) AS last_post_at) AS k) AS document
                  FROM "account_states_1" AS s WHERE s.from_revision <= :'as_of' AND s.to_revision > :'as_of'),
            account_search AS NOT MATERIALIZED (
                SELECT n.account_id, n.terms, n.look_alikes, n.texts, n.name_length
                  FROM account_search AS n
                 WHERE NOT EXISTS (SELECT FROM search_states AS later
                                    WHERE later.account_id = n.account_id AND later.to_revision > :'as_of')
                 UNION ALL
                SELECT s.account_id, s.terms, s.look_alikes, s.texts, s.name_length FROM search_states AS s
                 WHERE s.from_revision <= :'as_of' AND s.to_revision > :'as_of'), hits AS (
    SELECT *
      FROM (SELECT s.account_id, s.name_length,
                   search_tier(s.terms, s.texts, :'q_terms'::tsquery[], :'q_checks'::text[]) AS tier
              FROM account_search AS s
             WHERE s.terms @@ (SELECT search_any_tier(:'q'::tsquery[]))
               AND true
               AND (:'q_never'::text IS NULL OR s.texts !~ :'q_never')
            -- Without OFFSET 0 the planner merges the queries and computes the tier twice, and before the filter.
            OFFSET 0) AS found
     WHERE tier IS NOT NULL)
SELECT accounts.document, (hits.tier)::text, (search_followers(accounts.followers))::text, (search_status_rank(accounts.status))::text, (hits.name_length)::text, (accounts.id)::text
  FROM hits JOIN "accounts" ON accounts.id = hits.account_id
 WHERE hits.tier BETWEEN 5::integer AND 7::integer
 ORDER BY hits.tier, search_followers(accounts.followers) DESC, search_status_rank(accounts.status), hits.name_length, accounts.id
 LIMIT 14::integer;

-- GET /v1/accounts/ID?as_of=3

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
        handles AS NOT MATERIALIZED (
            SELECT s.id, s.account_id, s.platform, s.handle, s.handle_key, s.valid_from, s.valid_to, s.released_in,
                   s.withdrawn_by, s.listed_from
              FROM handle_states AS s WHERE s.from_revision <= :'as_of' AND s.to_revision > :'as_of') SELECT left(document, -1) || ',"handles":' || coalesce((
               SELECT array_to_json(array_agg(row_to_json(h)))::text
                 FROM (SELECT handle, valid_from, valid_to
                         FROM handles
                        WHERE account_id = accounts.id
                        ORDER BY valid_to NULLS LAST, valid_from NULLS FIRST, id) AS h), '[]') || '}'
          FROM accounts
         WHERE id = :'id';

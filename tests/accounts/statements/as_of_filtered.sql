-- GET /v1/accounts?as_of=3&platform=weibo&sort=-updated_at

SELECT r.revision, r.mark, r.at, e.era, c.checkpoint,
       EXISTS (SELECT FROM revisions AS n WHERE n.revision = r.revision + 1 AND n.at = r.at) AS shares_time
  FROM revisions AS r
 CROSS JOIN LATERAL (SELECT era FROM account_eras WHERE first_revision <= r.revision
                      ORDER BY era DESC LIMIT 1) AS e
 CROSS JOIN LATERAL (SELECT checkpoint FROM account_count_checkpoints WHERE checkpoint <= r.revision
                      ORDER BY checkpoint DESC LIMIT 1) AS c
 WHERE r.revision = 3::bigint;

WITH accounts AS NOT MATERIALIZED (SELECT s.*, (
    SELECT v.record FROM versions AS v WHERE v.revision = s.revision AND v.sequence = s.sequence) AS document FROM "account_states_1" AS s WHERE s.from_revision <= :'as_of' AND s.to_revision > :'as_of')
SELECT accounts.document, (accounts.updated_at)::text, (accounts.id)::text
  FROM "accounts"
 WHERE "accounts"."platform" = 'weibo'
   AND accounts.updated_at <= :'as_of_at'
 ORDER BY accounts.updated_at DESC, accounts.id DESC
 LIMIT 26;

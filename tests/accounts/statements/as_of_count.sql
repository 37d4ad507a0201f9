-- GET /v1/accounts?as_of=3&count=exact&facets=platform,tag&limit=1

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
SELECT accounts.document, (accounts.id)::text
  FROM "accounts"
 ORDER BY accounts.id
 LIMIT 2;

WITH
            account_tallies AS NOT MATERIALIZED (
                SELECT dimension, value, sum(delta)::bigint AS accounts
                  FROM account_tally_deltas WHERE checkpoint = :'as_of_checkpoint' AND revision <= :'as_of'
                 GROUP BY dimension, value HAVING sum(delta) <> 0) SELECT value, accounts
  FROM account_tallies
 WHERE dimension = 'tag'
 ORDER BY accounts DESC, value
 LIMIT 1000;

WITH
            account_counts AS NOT MATERIALIZED (
                SELECT country, division, platform, department_type, status, subject, verification, language,
                       delta AS accounts
                  FROM account_count_deltas WHERE checkpoint = :'as_of_checkpoint' AND revision <= :'as_of')
SELECT ARRAY[grouping("platform")], "platform", sum(accounts)::bigint
  FROM "account_counts"
 GROUP BY GROUPING SETS ((), ("platform"));

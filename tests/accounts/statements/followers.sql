-- GET /v1/accounts/ID/followers

WITH seen AS (
    SELECT observed_at, source, followers, following, posts, last_post_at, verified, stated,
           -- Of those before that counted followers, the last.
           lag(followers) OVER (PARTITION BY source, followers IS NULL ORDER BY observed_at) AS earlier,
           max(followers) OVER same_day AS highest, min(followers) OVER same_day AS lowest,
           min(source) FILTER (WHERE followers IS NOT NULL) OVER same_day
           <> max(source) FILTER (WHERE followers IS NOT NULL) OVER same_day AS is_of_two_sources
      FROM observation_series
     WHERE account_id = :'id'
       AND (NULL::date IS NULL OR observed_at < (NULL::date + 1)::timestamp AT TIME ZONE 'UTC')
    WINDOW same_day AS (PARTITION BY date_trunc('day', observed_at, 'UTC'))
), flagged AS (
    SELECT observed_at, source, followers, following, posts, last_post_at, verified,
           array_remove(ARRAY[
               CASE WHEN greatest(followers, earlier) >= 1000::integer * greatest(least(followers, earlier), 1)
                         AND followers IS NOT NULL AND earlier IS NOT NULL THEN 'jump' END,
               CASE WHEN followers IS NOT NULL AND is_of_two_sources AND highest >= 2 * greatest(lowest, 1)
                    THEN 'contradicted' END,
               CASE WHEN stated ? 'replaced' THEN 'replaced' END,
               CASE WHEN stated ?| ARRAY['followers', 'following', 'posts'] THEN 'no_count' END], NULL) AS flags,
           stated
      FROM seen
     WHERE NULL::date IS NULL OR observed_at >= NULL::date::timestamp AT TIME ZONE 'UTC'
)

SELECT row_to_json(f)::text, f.observed_at::text, f.source
  FROM flagged AS f
 WHERE NULL::timestamptz IS NULL
    OR (f.observed_at, f.source) < (NULL::timestamptz, NULL)
 ORDER BY f.observed_at DESC, f.source DESC
 LIMIT 101;

SELECT left(document, -1) || ',"handles":' || coalesce((
       SELECT array_to_json(array_agg(row_to_json(h)))::text
         FROM (SELECT handle, valid_from, valid_to
                 FROM handles
                WHERE account_id = accounts.id
                ORDER BY valid_to NULLS LAST, valid_from NULLS FIRST, id) AS h), '[]') || '}'
  FROM account_records AS accounts
 WHERE id = :'id';

"""SQL of the observations of duplicate accounts, which become those of the accounts that survive them."""

from psycopg import Connection


def move_observations(conn: Connection) -> None:
    """Write the observations of duplicates for the surviving accounts, and note them in `import_moved_observations`.

    Of one time and source the survivor's value counts, otherwise that of the duplicate with the lowest id; another
    value is in `stated.replaced`.
    """
    conn.execute(
        """
        SELECT unpack_observations(array_agg(account_id))
          FROM (SELECT survivor_id AS account_id FROM import_duplicates
                 UNION SELECT duplicate_id FROM import_duplicates) AS merged
        """
    )
    conn.execute(
        """
        CREATE TEMP TABLE IF NOT EXISTS import_moved_observations (
            account_id text COLLATE "C", observed_at timestamptz, source text COLLATE "C"
        ) ON COMMIT DROP
        """
    )
    conn.execute(
        """
        WITH seen AS (
            SELECT m.survivor_id, m.duplicate_id, o.*
              FROM import_duplicates AS m JOIN observations AS o ON o.account_id = m.duplicate_id
             UNION ALL
            SELECT m.survivor_id, '', o.*
              FROM (SELECT DISTINCT survivor_id FROM import_duplicates) AS m
              JOIN observations AS o ON o.account_id = m.survivor_id
        ), listed AS (
            SELECT survivor_id, observed_at, source,
                   array_agg(followers ORDER BY duplicate_id) FILTER (WHERE followers IS NOT NULL) AS followers,
                   array_agg(following ORDER BY duplicate_id) FILTER (WHERE following IS NOT NULL) AS following,
                   array_agg(posts ORDER BY duplicate_id) FILTER (WHERE posts IS NOT NULL) AS posts,
                   array_agg(last_post_at ORDER BY duplicate_id) FILTER (WHERE last_post_at IS NOT NULL)
                       AS last_post_at,
                   array_agg(verified ORDER BY duplicate_id) FILTER (WHERE verified IS NOT NULL) AS verified,
                   array_agg(stated ORDER BY duplicate_id) FILTER (WHERE stated IS NOT NULL) AS stated
              FROM seen
             GROUP BY survivor_id, observed_at, source
            HAVING bool_or(duplicate_id <> '')
        ), judged AS (
            SELECT l.*, s.stated AS said,
                   jsonb_strip_nulls(jsonb_build_object(
                       'followers', (SELECT v FROM unnest(l.followers) WITH ORDINALITY AS u (v, place)
                                      WHERE v <> l.followers[1] ORDER BY place LIMIT 1),
                       'following', (SELECT v FROM unnest(l.following) WITH ORDINALITY AS u (v, place)
                                      WHERE v <> l.following[1] ORDER BY place LIMIT 1),
                       'posts', (SELECT v FROM unnest(l.posts) WITH ORDINALITY AS u (v, place)
                                  WHERE v <> l.posts[1] ORDER BY place LIMIT 1),
                       'last_post_at', (SELECT v FROM unnest(l.last_post_at) WITH ORDINALITY AS u (v, place)
                                         WHERE v <> l.last_post_at[1] ORDER BY place LIMIT 1),
                       'verified', (SELECT v FROM unnest(l.verified) WITH ORDINALITY AS u (v, place)
                                     WHERE v <> l.verified[1] ORDER BY place LIMIT 1))) AS replaced
              FROM listed AS l
             CROSS JOIN LATERAL (
                   -- Of two values of a key jsonb_object_agg retains the last.
                   SELECT coalesce(jsonb_object_agg(e.key, e.value ORDER BY u.place DESC), '{}') AS stated
                     FROM unnest(l.stated) WITH ORDINALITY AS u (stated, place), jsonb_each(u.stated) AS e) AS s
        ), written AS (
            INSERT INTO observations AS o (account_id, observed_at, source, followers, following, posts, last_post_at,
                                           verified, stated)
            SELECT survivor_id, observed_at, source, followers[1], following[1], posts[1], last_post_at[1], verified[1],
                   nullif(said || CASE WHEN replaced = '{}' THEN '{}'
                                       ELSE jsonb_build_object('replaced',
                                                               coalesce(said -> 'replaced', '{}') || replaced) END,
                          '{}')
              FROM judged
             ORDER BY survivor_id, observed_at, source
                ON CONFLICT (account_id, observed_at, source) DO UPDATE
               SET (revision, followers, following, posts, last_post_at, verified, stated)
                 = (excluded.revision, excluded.followers, excluded.following, excluded.posts, excluded.last_post_at,
                    excluded.verified, excluded.stated)
             WHERE (o.followers, o.following, o.posts, o.last_post_at, o.verified, o.stated)
                   IS DISTINCT FROM (excluded.followers, excluded.following, excluded.posts, excluded.last_post_at,
                                     excluded.verified, excluded.stated)
            RETURNING o.account_id, o.observed_at, o.source
        )
        INSERT INTO import_moved_observations (account_id, observed_at, source)
        SELECT account_id, observed_at, source FROM written
        """
    )

-- What else is observed of an account. Columns without a default: no row is rewritten.
ALTER TABLE observations ADD COLUMN following bigint,
                         ADD COLUMN verified boolean,
                         ADD COLUMN stated jsonb,
                         ADD CONSTRAINT observations_following_check CHECK (following >= 0) NOT VALID;
ALTER TABLE observations VALIDATE CONSTRAINT observations_following_check;
COMMENT ON COLUMN observations.following IS 'How many accounts it follows.';
COMMENT ON COLUMN observations.verified IS 'Whether the platform showed its own mark of a verified account.';
COMMENT ON COLUMN observations.stated IS 'What was stated and is no count, such as `{"followers": -1}`; what it replaced, under `replaced`.';

-- A revision writes its rows one behind the other, so ranges of pages tell where they are, at no cost.
CREATE INDEX observations_revision ON observations USING brin (revision) WITH (pages_per_range = 32, autosummarize = on);

-- A month of a daily series takes 130 bytes a row with its index, and 30 packed.
CREATE TABLE observation_blocks (
    account_id text COLLATE "C" NOT NULL,
    month date NOT NULL,
    source text COLLATE "C" NOT NULL,
    revision bigint NOT NULL,
    is_thinned boolean NOT NULL DEFAULT false,
    observed_at timestamptz[] NOT NULL,
    revisions bigint[],
    followers bigint[],
    following bigint[],
    posts bigint[],
    last_post_at timestamptz[],
    verified boolean[],
    stated jsonb[],
    CONSTRAINT observation_blocks_pkey PRIMARY KEY (account_id, month, source)
);
COMMENT ON TABLE observation_blocks IS
    'Observations of closed months, packed: in the order of time, an array that would have nothing but NULL is NULL.';
COMMENT ON COLUMN observation_blocks.month IS 'First day of the month (UTC).';
COMMENT ON COLUMN observation_blocks.revision IS 'The latest revision that wrote one of them.';
COMMENT ON COLUMN observation_blocks.revisions IS 'The revision of each; NULL: all are of `revision`.';
COMMENT ON COLUMN observation_blocks.is_thinned IS 'Whether days were thinned to weeks since the last one came.';
CREATE INDEX observation_blocks_month ON observation_blocks (month);
CREATE INDEX observation_blocks_revision ON observation_blocks (revision);

CREATE VIEW observation_series AS
SELECT account_id, date_trunc('month', observed_at AT TIME ZONE 'UTC')::date AS month, observed_at, source, revision,
       followers, following, posts, last_post_at, verified, stated
  FROM observations
 UNION ALL
SELECT b.account_id, b.month, o.observed_at, b.source, coalesce(o.revision, b.revision), o.followers, o.following,
       o.posts, o.last_post_at, o.verified, o.stated
  FROM observation_blocks AS b
 CROSS JOIN LATERAL unnest(b.observed_at, b.revisions, b.followers, b.following, b.posts, b.last_post_at, b.verified,
                           b.stated)
         AS o (observed_at, revision, followers, following, posts, last_post_at, verified, stated);
COMMENT ON VIEW observation_series IS 'All observations, packed or not.';
COMMENT ON COLUMN observation_series.month IS 'First day of the month (UTC): a condition on it spares the packed months that are not needed.';

CREATE FUNCTION unpack_observations(accounts text[], months date[] DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- A backlog is packed at once: there may be no partition of its months.
    PERFORM create_observation_partition(p.month::timestamp AT TIME ZONE 'UTC')
       FROM (SELECT DISTINCT b.month FROM observation_blocks AS b
              WHERE b.account_id = ANY (accounts) AND (months IS NULL OR b.month = ANY (months))) AS p;
    WITH unpacked AS (
        DELETE FROM observation_blocks
         WHERE account_id = ANY (accounts) AND (months IS NULL OR month = ANY (months))
        RETURNING *
    )
    INSERT INTO observations (account_id, observed_at, source, revision, followers, following, posts, last_post_at,
                              verified, stated)
    SELECT b.account_id, o.observed_at, b.source, coalesce(o.revision, b.revision), o.followers, o.following, o.posts,
           o.last_post_at, o.verified, o.stated
      FROM unpacked AS b
     CROSS JOIN LATERAL unnest(b.observed_at, b.revisions, b.followers, b.following, b.posts, b.last_post_at,
                               b.verified, b.stated)
             AS o (observed_at, revision, followers, following, posts, last_post_at, verified, stated);
END $$;
COMMENT ON FUNCTION unpack_observations IS
    'Move packed observations of accounts back to rows, where they can be written. Writes: observation_blocks, observations.';

CREATE OR REPLACE FUNCTION update_account_followers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO account_followers (account_id, platform, division) SELECT id, platform, division FROM new_rows;
    ELSIF TG_OP = 'UPDATE' THEN
        UPDATE account_followers AS f SET (platform, division) = (n.platform, n.division)
          FROM new_rows AS n JOIN old_rows AS o USING (id)
         WHERE f.account_id = n.id AND (n.platform, n.division) IS DISTINCT FROM (o.platform, o.division);
    ELSE
        INSERT INTO account_follower_states
               (account_id, from_revision, to_revision, followers, followers_at, last_post_at)
        SELECT f.account_id, f.revision, current_revision(), f.followers, f.followers_at, f.last_post_at
          FROM account_followers AS f JOIN old_rows AS o ON o.id = f.account_id
         WHERE f.revision > 0 AND f.revision < current_revision()
            ON CONFLICT DO NOTHING;
        DELETE FROM account_followers AS f USING old_rows AS o WHERE f.account_id = o.id;
        DELETE FROM observations AS s USING old_rows AS o WHERE s.account_id = o.id;
        DELETE FROM observation_blocks AS b USING old_rows AS o WHERE b.account_id = o.id;
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION update_account_followers() IS
    'Begin and end the latest counts of accounts. Writes: account_followers, account_follower_states, observations, observation_blocks.';

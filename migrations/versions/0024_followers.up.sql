-- Observations apart from accounts: an observation no longer rewrites the account, its version, its state and its row
-- of the search. The latest counts stand in a narrow table, the series in a partition for each month.

-- The latest counts. Every account has a row, so that lists can be read in the order of followers from here alone.
CREATE TABLE account_followers (
    account_id text COLLATE "C" NOT NULL,
    platform text COLLATE "C" NOT NULL,
    division text COLLATE "C",
    followers bigint,
    followers_at timestamptz,
    source text COLLATE "C",
    posts bigint,
    posts_at timestamptz,
    last_post_at timestamptz,
    revision bigint NOT NULL DEFAULT 0,
    is_observed boolean NOT NULL GENERATED ALWAYS AS (followers IS NOT NULL OR last_post_at IS NOT NULL) STORED,
    CONSTRAINT account_followers_followers CHECK (followers >= 0),
    CONSTRAINT account_followers_followers_at CHECK ((followers IS NULL) = (followers_at IS NULL)),
    CONSTRAINT account_followers_posts CHECK (posts >= 0)
) WITH (fillfactor = 80);
COMMENT ON TABLE account_followers IS 'The latest counts of each account, which is not written when they change.';
COMMENT ON COLUMN account_followers.platform IS 'As in accounts, for lists in the order of followers.';
COMMENT ON COLUMN account_followers.division IS 'As in accounts, for lists in the order of followers.';
COMMENT ON COLUMN account_followers.followers_at IS 'When `followers` was observed.';
COMMENT ON COLUMN account_followers.source IS 'Who observed `followers`; NULL: not known.';
COMMENT ON COLUMN account_followers.posts_at IS 'When `posts` was observed.';
COMMENT ON COLUMN account_followers.last_post_at IS 'Time of the latest post that any observation has.';
COMMENT ON COLUMN account_followers.revision IS 'Revision in which a value last changed; 0: never.';
COMMENT ON COLUMN account_followers.is_observed IS 'Whether the record of the account shows any of it.';

-- Only what was replaced: the values that hold are in account_followers.
CREATE TABLE account_follower_states (
    account_id text COLLATE "C" NOT NULL,
    from_revision bigint NOT NULL,
    to_revision bigint NOT NULL,
    followers bigint,
    followers_at timestamptz,
    last_post_at timestamptz
);
COMMENT ON TABLE account_follower_states IS 'Replaced rows of account_followers, by revision, for point-in-time reads.';
COMMENT ON COLUMN account_follower_states.to_revision IS 'First revision after the state.';

CREATE FUNCTION compose_account(document text, followers bigint, followers_at timestamptz, last_post_at timestamptz)
RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    -- A quotation mark inside a JSON string is escaped, so both members are found nowhere else. `links` has a key
    -- `followers` too, whose value is never null.
    SELECT CASE WHEN followers IS NULL AND last_post_at IS NULL THEN document
                WHEN last_post_at IS NULL THEN
                     replace(document, '"followers":null',
                             '"followers":{"count":' || followers || ',"observed_at":' || to_json(followers_at) || '}')
                WHEN followers IS NULL THEN
                     replace(document, '"last_post_at":null', '"last_post_at":' || to_json(last_post_at))
                ELSE replace(replace(document, '"followers":null', '"followers":{"count":' || followers
                                     || ',"observed_at":' || to_json(followers_at) || '}'),
                             '"last_post_at":null', '"last_post_at":' || to_json(last_post_at)) END
$$;
COMMENT ON FUNCTION compose_account(text, bigint, timestamptz, timestamptz) IS
    'The public JSON of an account: its document with what was observed in place of the nulls.';

-- The series.
ALTER TABLE observations RENAME TO observations_of_all_months;
ALTER TABLE observations_of_all_months RENAME CONSTRAINT observations_pkey TO observations_of_all_months_pkey;
CREATE TABLE observations (
    account_id text COLLATE "C" NOT NULL,
    observed_at timestamptz NOT NULL,
    source text COLLATE "C" NOT NULL,
    revision bigint NOT NULL DEFAULT current_revision(),
    followers bigint,
    posts bigint,
    last_post_at timestamptz,
    CONSTRAINT observations_followers_check CHECK (followers >= 0),
    CONSTRAINT observations_posts_check CHECK (posts >= 0),
    PRIMARY KEY (account_id, observed_at, source)
) PARTITION BY RANGE (observed_at);
COMMENT ON TABLE observations IS
    'Followers, posts and last post of an account at a point in time, by source. Partitioned by month (UTC).';
COMMENT ON COLUMN observations.revision IS 'Revision that wrote it; 0: from before this was recorded.';

CREATE FUNCTION create_observation_partition(observed_at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    month CONSTANT timestamp := date_trunc('month', observed_at AT TIME ZONE 'UTC');
    name CONSTANT text := to_char(month, '"observations_"YYYY"_"MM');
BEGIN
    IF to_regclass(name) IS NULL THEN
        -- Attached when it is there: CREATE TABLE … PARTITION OF would lock out every reader.
        EXECUTE format('CREATE TABLE %I (LIKE observations INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name);
        EXECUTE format('ALTER TABLE observations ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                       name, month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
    END IF;
END $$;
COMMENT ON FUNCTION create_observation_partition(timestamptz) IS
    'Create the partition of the month of a time, unless there is one. Writes: observations.';

SELECT create_observation_partition(month AT TIME ZONE 'UTC')
  FROM (SELECT DISTINCT date_trunc('month', observed_at AT TIME ZONE 'UTC') AS month
          FROM observations_of_all_months) AS months
 ORDER BY month;
INSERT INTO observations (account_id, observed_at, source, revision, followers, posts, last_post_at)
SELECT account_id, observed_at, source, 0, followers, posts, last_post_at FROM observations_of_all_months
 ORDER BY account_id, observed_at, source;

-- What was known at each revision is read from the versions: of several in one revision the last counts.
CREATE TEMP TABLE known_followers ON COMMIT DROP AS
WITH stated AS (
    SELECT DISTINCT ON (id, revision) id, revision,
           substring(record FROM '"followers":\{"count":([0-9]+),')::bigint AS followers,
           substring(record FROM '"followers":\{"count":[0-9]+,"observed_at":"([^"]*)"')::timestamptz AS followers_at,
           substring(record FROM '"last_post_at":"([^"]*)"')::timestamptz AS last_post_at
      FROM versions WHERE kind = 'account'
     ORDER BY id, revision, sequence DESC
), compared AS (
    SELECT *, lag(revision) OVER life IS NULL
              OR (followers, followers_at, last_post_at) IS DISTINCT FROM
                 (lag(followers) OVER life, lag(followers_at) OVER life, lag(last_post_at) OVER life) AS is_change
      FROM stated WINDOW life AS (PARTITION BY id ORDER BY revision)
)
SELECT id AS account_id, revision AS from_revision, lead(revision) OVER (PARTITION BY id ORDER BY revision) AS to_revision,
       followers, followers_at, last_post_at
  FROM compared WHERE is_change;
INSERT INTO account_follower_states (account_id, from_revision, to_revision, followers, followers_at, last_post_at)
SELECT account_id, from_revision, to_revision, followers, followers_at, last_post_at
  FROM known_followers
 WHERE to_revision IS NOT NULL AND (followers IS NOT NULL OR last_post_at IS NOT NULL);
ALTER TABLE account_follower_states
    ADD CONSTRAINT account_follower_states_pkey PRIMARY KEY (account_id, to_revision);

INSERT INTO account_followers (account_id, platform, division, followers, followers_at, source, posts, posts_at,
                               last_post_at, revision)
WITH counted AS (
    SELECT DISTINCT ON (account_id) account_id, source, observed_at
      FROM observations WHERE followers IS NOT NULL ORDER BY account_id, observed_at DESC, source DESC
), posted AS (
    SELECT DISTINCT ON (account_id) account_id, posts, observed_at
      FROM observations WHERE posts IS NOT NULL ORDER BY account_id, observed_at DESC, source DESC
)
SELECT a.id, a.platform, a.division, a.followers, a.followers_at,
       CASE WHEN c.observed_at = a.followers_at THEN c.source END, p.posts, p.observed_at, a.last_post_at,
       CASE WHEN a.followers IS NULL AND a.last_post_at IS NULL THEN 0 ELSE coalesce(k.from_revision, a.revision) END
  FROM accounts AS a
  LEFT JOIN known_followers AS k ON k.account_id = a.id AND k.to_revision IS NULL
  LEFT JOIN counted AS c ON c.account_id = a.id
  LEFT JOIN posted AS p ON p.account_id = a.id;
DROP TABLE known_followers;
DROP TABLE observations_of_all_months;
ALTER TABLE account_followers ADD CONSTRAINT account_followers_pkey PRIMARY KEY (account_id);
-- Of those that a record shows: where nothing is observed a look-up in an empty index costs 0.5 us, and 1.3 in the
-- primary key. The predicate is a column of its own, since an update is HOT only if no column of a predicate changes.
CREATE UNIQUE INDEX account_followers_observed ON account_followers (account_id) WHERE is_observed;
CREATE INDEX account_followers_by_followers ON account_followers (coalesce(followers, -1), account_id);
CREATE INDEX account_followers_platform ON account_followers (platform, coalesce(followers, -1), account_id);
CREATE INDEX account_followers_division ON account_followers (division, platform, coalesce(followers, -1), account_id);

-- Documents and versions without what was observed. No trigger: nothing public changes.
ALTER TABLE accounts DISABLE TRIGGER USER;
UPDATE accounts
   SET document = regexp_replace(
           regexp_replace(document, '"followers":\{"count":[0-9]+,"observed_at":"[^"]*"\}', '"followers":null'),
           '"last_post_at":"[^"]*"', '"last_post_at":null')
 WHERE followers IS NOT NULL OR last_post_at IS NOT NULL;
ALTER TABLE accounts ENABLE TRIGGER USER;
UPDATE versions
   SET record = regexp_replace(
           regexp_replace(record, '"followers":\{"count":[0-9]+,"observed_at":"[^"]*"\}', '"followers":null'),
           '"last_post_at":"[^"]*"', '"last_post_at":null')
 WHERE kind = 'account' AND (record LIKE '%"followers":{%' OR record LIKE '%"last_post_at":"%');

DROP INDEX accounts_by_followers, accounts_platform_followers, accounts_division_followers, accounts_dimensions;
ALTER TABLE accounts DROP COLUMN followers, DROP COLUMN followers_at, DROP COLUMN last_post_at;
CREATE INDEX accounts_dimensions ON accounts (region_path, id)
    INCLUDE (platform, country, division, department_type, status, verification, subject, language, opened_on, updated_at);
CREATE INDEX accounts_platform ON accounts (platform, id);
CREATE INDEX accounts_division ON accounts (division, platform, id);
ALTER TABLE account_states DROP COLUMN followers;
CREATE INDEX account_states_platform ON account_states (platform, id);
CREATE INDEX account_states_division ON account_states (division, platform, id);
ALTER TABLE account_search DROP COLUMN followers;

CREATE VIEW account_records AS
SELECT a.id, a.platform, a.platform_user_id, a.handle, a.handle_key, a.url, a.name, a.name_key, a.names, a.name_keys,
       a.description, a.department_id, a.department_type, a.region_code, a.region_path, a.country, a.division, a.subject,
       a.status, a.verification, a.verification_method, a.verification_checked_at, a.verification_expires_at,
       a.withdrawn_by, a.listed_from, a.listed_until, f.followers, f.followers_at, a.opened_on, a.closed_on,
       f.last_post_at, a.language, a.tags, a.sources, a.replaced_by,
       -- Looked up by account: a merge join, which a prepared statement of a later page had, reads all counts before it.
       coalesce((SELECT compose_account(a.document, c.followers, c.followers_at, c.last_post_at)
                   FROM account_followers AS c WHERE c.account_id = a.id AND c.is_observed), a.document) AS document,
       a.revision, a.created_at, a.updated_at, f.account_id AS counted_id, f.platform AS counted_platform, f.division AS counted_division,
       compose_account(a.document, f.followers, f.followers_at, f.last_post_at) AS joined_document
  FROM accounts AS a
  -- Outer, so that a statement which reads no count does not read the table either.
  LEFT JOIN account_followers AS f ON f.account_id = a.id;
COMMENT ON VIEW account_records IS 'Accounts with their latest counts, which are in `document` too.';
COMMENT ON COLUMN account_records.joined_document IS
    'As `document`, of a row that is joined: for statements that read all accounts, or begin with their counts.';
COMMENT ON COLUMN account_records.counted_id IS 'account_followers.account_id: a condition on it makes the join an inner one.';

CREATE FUNCTION update_account_followers() RETURNS trigger LANGUAGE plpgsql AS $$
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
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION update_account_followers() IS
    'Begin and end the latest counts of accounts. Writes: account_followers, account_follower_states, observations.';
CREATE TRIGGER step6_followers_insert AFTER INSERT ON accounts REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION update_account_followers();
CREATE TRIGGER step6_followers_update AFTER UPDATE ON accounts REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION update_account_followers();
CREATE TRIGGER step6_followers_delete AFTER DELETE ON accounts REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION update_account_followers();

-- A batch of observations is one change, under the id of its source.
ALTER TABLE versions DROP CONSTRAINT versions_kind_check;
ALTER TABLE versions ADD CONSTRAINT versions_kind_check CHECK (
    kind IN ('account', 'department', 'handle', 'observations', 'platform', 'region', 'source'));

DROP FUNCTION account_document_opening;
CREATE FUNCTION account_document_opening(
    id text, platform text, platform_user_id text, handle text, url text, name text, names jsonb, description text,
    department_id text, department_name text, department_type text, region_code text, region_name text,
    region_name_local text, subject text, status text, verification text, verification_method text,
    verification_checked_at timestamptz, verification_expires_at timestamptz, withdrawn_by text,
    listed_from timestamptz, listed_until timestamptz, opened_on date, closed_on date, language text, tags text[],
    sources text[], replaced_by text
) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    -- Ids, codes and slugs are of characters that JSON does not escape. Observations are put in when a record is read:
    -- see compose_account().
    SELECT concat(
        '{"id":"', id, '","platform":"', platform,
        '","platform_user_id":', coalesce(to_json(platform_user_id)::text, 'null'),
        ',"handle":', coalesce(to_json(handle)::text, 'null'),
        ',"url":', coalesce(to_json(url)::text, 'null'),
        ',"name":', coalesce(to_json(name)::text, 'null'),
        ',"names":', CASE WHEN names = '[]' THEN '[]' ELSE account_names_json(names) END,
        ',"description":', coalesce(to_json(description)::text, 'null'),
        ',"department":', CASE
            WHEN department_id IS NOT NULL THEN concat(
                '{"id":"', department_id, '","name":', to_json(department_name)::text, ',"type":"', department_type, '"}')
            WHEN department_type IS NOT NULL THEN concat('{"id":null,"name":null,"type":"', department_type, '"}')
            ELSE 'null' END,
        ',"region":', CASE WHEN region_code IS NOT NULL THEN concat(
            '{"code":"', region_code, '","name":', to_json(region_name)::text,
            ',"name_local":', coalesce(to_json(region_name_local)::text, 'null'), '}') ELSE 'null' END,
        ',"subject":"', subject, '","status":"', status, '","verification":{"level":"', verification,
        '","method":', coalesce(to_json(verification_method)::text, 'null'),
        ',"checked_at":', coalesce(to_json(verification_checked_at)::text, 'null'),
        ',"expires_at":', coalesce(to_json(verification_expires_at)::text, 'null'),
        CASE WHEN withdrawn_by IS NOT NULL THEN concat(
            ',"withdrawn":{"source":', to_json(withdrawn_by)::text,
            ',"listed_from":', coalesce(to_json(listed_from)::text, 'null'),
            ',"listed_until":', coalesce(to_json(listed_until)::text, 'null'), '}') END,
        '},"followers":null,"opened_on":', coalesce(to_json(opened_on)::text, 'null'),
        ',"closed_on":', coalesce(to_json(closed_on)::text, 'null'),
        ',"last_post_at":null,"language":', coalesce(to_json(language)::text, 'null'),
        ',"tags":', array_to_json(tags)::text, ',"sources":', array_to_json(sources)::text,
        ',"replaced_by":', coalesce(to_json(replaced_by)::text, 'null'),
        ',"links":{"self":"/v1/accounts/', id, '","history":"/v1/accounts/', id,
        '/history","followers":"/v1/accounts/', id, '/followers"}')
$$;
COMMENT ON FUNCTION account_document_opening IS
    'The public JSON of an account, without the end that document_end() adds. Times are in the time zone of the session.';

CREATE OR REPLACE FUNCTION build_account_document() RETURNS trigger LANGUAGE plpgsql SET timezone TO 'UTC' AS $$
DECLARE
    opening text;
    revised revisions;
    governing record;
    place record;
BEGIN
    SELECT id, name, type INTO governing FROM departments WHERE id = NEW.department_id;
    SELECT code, name, name_local, path INTO place FROM regions WHERE code = NEW.region_code;
    NEW.region_path := place.path;
    -- Of a body that is not known its type can be, as sources state it.
    IF governing.id IS NOT NULL THEN
        NEW.department_type := governing.type;
    END IF;
    opening := account_document_opening(
        NEW.id, NEW.platform, NEW.platform_user_id, NEW.handle, NEW.url, NEW.name, NEW.names, NEW.description,
        governing.id, governing.name, NEW.department_type, place.code, place.name, place.name_local, NEW.subject,
        NEW.status, NEW.verification, NEW.verification_method, NEW.verification_checked_at,
        NEW.verification_expires_at, NEW.withdrawn_by, NEW.listed_from, NEW.listed_until, NEW.opened_on, NEW.closed_on,
        NEW.language, NEW.tags, NEW.sources, NEW.replaced_by);
    IF TG_OP = 'UPDATE' AND starts_with(OLD.document, opening || ',"revision":') THEN
        RETURN NEW;
    END IF;
    SELECT * INTO revised FROM revisions WHERE revision = current_revision();
    NEW.revision := revised.revision;
    NEW.updated_at := revised.at;
    NEW.created_at := CASE TG_OP WHEN 'INSERT' THEN revised.at ELSE OLD.created_at END;
    NEW.document := opening || document_end(NEW.revision, NEW.created_at, NEW.updated_at);
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION begin_era() RETURNS void
    LANGUAGE plpgsql
    SET enable_nestloop TO 'off'
    AS $_$
DECLARE
    this CONSTANT bigint := current_revision();
    latest account_eras;
    number integer;
    copied bigint;
BEGIN
    SELECT * INTO latest FROM account_eras ORDER BY era DESC LIMIT 1;
    number := latest.era + 1;
    PERFORM create_era_partition(number);
    EXECUTE format($sql$
        INSERT INTO account_states_%1$s
               (era, sequence, revision, from_revision, created_at, updated_at, opened_on, id, platform,
                platform_user_id, handle_key, name_key, department_id, department_type, region_path, country, division,
                subject, status, verification, language, tags, sources)
        SELECT %1$s, coalesce(v.sequence, s.sequence), a.revision, %2$s, a.created_at, a.updated_at,
               a.opened_on, a.id, a.platform, a.platform_user_id, a.handle_key, a.name_key, a.department_id,
               a.department_type, a.region_path, a.country, a.division, a.subject, a.status, a.verification,
               a.language, a.tags, a.sources
          FROM accounts AS a
          LEFT JOIN (SELECT id, max(sequence) AS sequence FROM versions
                      WHERE revision = %2$s AND kind = 'account' GROUP BY id) AS v
            ON v.id = a.id AND a.revision = %2$s
          LEFT JOIN account_states_%3$s AS s ON s.id = a.id AND s.to_revision = infinite_revision()$sql$,
        number, this, latest.era);
    GET DIAGNOSTICS copied = ROW_COUNT;
    PERFORM attach_era_partition(number);
    -- Of two eras that begin in one revision, no point-in-time read can reach the first.
    IF latest.first_revision = this THEN
        EXECUTE format('DROP TABLE account_states_%s', latest.era);
        DELETE FROM account_eras WHERE era = latest.era;
    END IF;
    INSERT INTO account_eras (era, first_revision, accounts, changes) VALUES (number, this, copied, 0);
END $_$;

CREATE OR REPLACE FUNCTION record_account_states() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
DECLARE
    -- Keys that only sort or filter are part of a state too: they can change while the document does not.
    changed_rows CONSTANT text := CASE TG_OP
        WHEN 'INSERT' THEN 'SELECT n.* FROM new_rows AS n'
        WHEN 'UPDATE' THEN 'SELECT n.* FROM new_rows AS n JOIN old_rows AS o USING (id)
                             WHERE n.document <> o.document OR (n.handle_key, n.name_key, n.region_path)
                                   IS DISTINCT FROM (o.handle_key, o.name_key, o.region_path)'
        ELSE 'SELECT o.* FROM old_rows AS o' END;
    this bigint;
    latest account_eras;
    changed bigint;
    now_there bigint;
BEGIN
    EXECUTE format('SELECT count(*) FROM (%s) AS c', changed_rows) INTO changed;
    IF changed = 0 THEN
        RETURN NULL;
    END IF;
    this := current_revision();
    SELECT * INTO latest FROM account_eras ORDER BY era DESC LIMIT 1;
    now_there := latest.accounts + CASE TG_OP WHEN 'INSERT' THEN changed WHEN 'DELETE' THEN -changed ELSE 0 END;
    -- An era ends once it holds as many changes as there are accounts: from there on a full copy is cheaper to write.
    IF latest.changes + changed >= greatest(era_size(), now_there) THEN
        PERFORM begin_era();
        RETURN NULL;
    END IF;
    UPDATE account_eras SET accounts = now_there, changes = changes + changed WHERE era = latest.era;
    IF TG_OP <> 'INSERT' THEN
        -- A state that began in this same revision was never visible to a reader.
        EXECUTE format('DELETE FROM account_states_%s AS s USING (%s) AS c
                         WHERE s.id = c.id AND s.from_revision = %s AND s.to_revision = infinite_revision()',
                       latest.era, changed_rows, this);
        EXECUTE format('UPDATE account_states_%1$s AS s SET to_revision = %3$s FROM (%2$s) AS c
                         WHERE s.id = c.id AND s.to_revision = infinite_revision()', latest.era, changed_rows, this);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        EXECUTE format($sql$
            INSERT INTO account_states_%1$s
                   (era, sequence, revision, from_revision, created_at, updated_at, opened_on, id, platform,
                    platform_user_id, handle_key, name_key, department_id, department_type, region_path, country,
                    division, subject, status, verification, language, tags, sources)
            SELECT %1$s, (SELECT max(v.sequence) FROM versions AS v
                           WHERE v.kind = 'account' AND v.id = c.id AND v.revision = c.revision),
                   revision, %2$s, created_at, updated_at, opened_on, id, platform,
                   platform_user_id, handle_key, name_key, department_id, department_type, region_path, country,
                   division, subject, status, verification, language, tags, sources
              FROM (%3$s) AS c$sql$, latest.era, this, changed_rows);
    END IF;
    RETURN NULL;
END $_$;

CREATE OR REPLACE FUNCTION update_account_search() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM account_search AS s USING old_rows AS o WHERE s.account_id = o.id;
        DELETE FROM search_pending AS p USING old_rows AS o WHERE p.account_id = o.id;
    ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO search_pending (account_id) SELECT id FROM new_rows;
    ELSE
        INSERT INTO search_pending (account_id)
        SELECT n.id FROM new_rows AS n JOIN old_rows AS o USING (id)
         WHERE (n.handle, n.name, n.names, n.department_id)
               IS DISTINCT FROM (o.handle, o.name, o.names, o.department_id)
            ON CONFLICT DO NOTHING;
        UPDATE account_search AS s
           SET (status_rank, rank_band, facets)
             = (SELECT search_status_rank(a.status), band, search_facets(a, band)
                  FROM account_followers AS f
                 CROSS JOIN search_rank_band(search_followers(f.followers), search_status_rank(a.status),
                                             s.name_length) AS band
                 WHERE f.account_id = a.id)
          FROM new_rows AS n JOIN old_rows AS o USING (id) JOIN accounts AS a USING (id)
         WHERE s.account_id = n.id
           AND (n.status, n.verification, n.subject, n.platform, n.department_type, n.region_path)
               IS DISTINCT FROM
               (o.status, o.verification, o.subject, o.platform, o.department_type, o.region_path);
    END IF;
    RETURN NULL;
END $$;

-- Bands order matches as followers do, but for ties: so a page looks up the counts of those of its last band and no more,
-- and none of a band below 100, whose followers are not known.
CREATE OR REPLACE FUNCTION search_page(tiers tsquery[], index_queries tsquery[], text_patterns text[], excluded_pattern text, facet_filter tsquery, group_starts integer[], by_band boolean[], band_facets tsquery[], band_floors integer[], after_tier integer, after_followers bigint, after_status_rank integer, after_name_length integer, after_id text, page_size integer) RETURNS TABLE(account_id text, tier integer, followers bigint, status_rank smallint, name_length smallint)
    LANGUAGE plpgsql STABLE ROWS 25
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    AS $$
#variable_conflict use_column
DECLARE
    remaining integer := page_size;
    returned integer;
    first_tier integer;
    last_tier integer;
    index_query tsquery;
    facet_query tsquery;
    ceiling integer;
    after_rank_band CONSTANT integer :=
        search_rank_band(after_followers, after_status_rank::smallint, after_name_length::smallint);
BEGIN
    FOR group_number IN 1 .. cardinality(group_starts) LOOP
        first_tier := group_starts[group_number];
        last_tier := coalesce(group_starts[group_number + 1], cardinality(tiers)) - 1;
        CONTINUE WHEN last_tier < after_tier;
        index_query := search_any_tier(index_queries[first_tier + 1 : last_tier + 1]);
        CONTINUE WHEN index_query IS NULL;
        ceiling := 1000;
        FOR chunk IN 1 .. CASE WHEN by_band[group_number] THEN cardinality(band_floors) ELSE 1 END LOOP
            facet_query := facet_filter;
            IF by_band[group_number] THEN
                -- A group that is read by band is a single tier: earlier pages read the bands above this page's start.
                IF first_tier = after_tier AND after_rank_band < band_floors[chunk] THEN
                    ceiling := band_floors[chunk];
                    CONTINUE;
                END IF;
                facet_query := coalesce(band_facets[chunk] && facet_filter, band_facets[chunk], facet_filter);
            END IF;
            IF facet_query IS NULL THEN
                RETURN QUERY
                SELECT account_id, tier, followers, status_rank, name_length FROM (
                    SELECT ranked.*,
                           CASE WHEN rank_band < 100 THEN -1 ELSE (
                               SELECT f.followers FROM account_followers AS f
                                WHERE f.account_id = ranked.account_id) END AS followers FROM (
                        SELECT found.* FROM (
                            SELECT s.account_id, search_tier(s.terms, s.texts, tiers, text_patterns) AS tier,
                                   s.status_rank, s.name_length, s.rank_band
                              FROM account_search AS s
                             WHERE s.terms @@ index_query AND s.rank_band < ceiling
                               AND (excluded_pattern IS NULL OR s.texts !~ excluded_pattern)
                            -- Keeps the planner from inlining the subquery: the tier is computed once a row.
                            OFFSET 0) AS found
                         WHERE tier BETWEEN first_tier AND last_tier
                           AND (after_tier IS NULL OR tier > after_tier
                                OR (tier = after_tier AND CASE
                                    WHEN rank_band <> after_rank_band THEN rank_band < after_rank_band
                                    ELSE (CASE WHEN rank_band < 100 THEN 1 ELSE (
                                              SELECT -f.followers FROM account_followers AS f
                                               WHERE f.account_id = found.account_id) END,
                                          status_rank, name_length, account_id)
                                         > (-after_followers, after_status_rank, after_name_length, after_id) END))
                         ORDER BY tier, rank_band DESC
                         FETCH FIRST remaining ROWS WITH TIES) AS ranked
                    OFFSET 0) AS counted
                 ORDER BY tier, followers DESC, status_rank, name_length, account_id LIMIT remaining;
            ELSE
                RETURN QUERY
                SELECT account_id, tier, followers, status_rank, name_length FROM (
                    SELECT ranked.*,
                           CASE WHEN rank_band < 100 THEN -1 ELSE (
                               SELECT f.followers FROM account_followers AS f
                                WHERE f.account_id = ranked.account_id) END AS followers FROM (
                        SELECT found.* FROM (
                            SELECT s.account_id, search_tier(s.terms, s.texts, tiers, text_patterns) AS tier,
                                   s.status_rank, s.name_length, s.rank_band
                              FROM account_search AS s
                             WHERE s.terms @@ index_query AND s.facets @@ facet_query AND s.rank_band < ceiling
                               AND (excluded_pattern IS NULL OR s.texts !~ excluded_pattern)
                            OFFSET 0) AS found
                         WHERE tier BETWEEN first_tier AND last_tier
                           AND (after_tier IS NULL OR tier > after_tier
                                OR (tier = after_tier AND CASE
                                    WHEN rank_band <> after_rank_band THEN rank_band < after_rank_band
                                    ELSE (CASE WHEN rank_band < 100 THEN 1 ELSE (
                                              SELECT -f.followers FROM account_followers AS f
                                               WHERE f.account_id = found.account_id) END,
                                          status_rank, name_length, account_id)
                                         > (-after_followers, after_status_rank, after_name_length, after_id) END))
                         ORDER BY tier, rank_band DESC
                         FETCH FIRST remaining ROWS WITH TIES) AS ranked
                    OFFSET 0) AS counted
                 ORDER BY tier, followers DESC, status_rank, name_length, account_id LIMIT remaining;
            END IF;
            GET DIAGNOSTICS returned = ROW_COUNT;
            remaining := remaining - returned;
            IF remaining <= 0 THEN
                RETURN;
            END IF;
            ceiling := coalesce(band_floors[chunk], 0);
        END LOOP;
    END LOOP;
END $$;

CREATE OR REPLACE FUNCTION search_rank_band(followers bigint, status_rank smallint, name_length smallint) RETURNS smallint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    -- The position of the highest bit is the logarithm to base 2, which takes 30 times as long as type numeric.
    SELECT (CASE WHEN followers >= 0 THEN 100 + least(64 - position(B'1' IN (followers + 1)::bit(64)), 43)
            ELSE (4 - status_rank) * 20 + 19 - least(name_length / 2, 19) END)::smallint
$$;

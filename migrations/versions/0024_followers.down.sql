-- What was observed goes back into accounts, documents, versions, states and the search. In which revision counts changed
-- is lost: after a further upgrade they are known from the revision of their account on.

-- Documents have times in UTC.
SET LOCAL timezone = 'UTC';

DROP TRIGGER step6_followers_insert ON accounts;
DROP TRIGGER step6_followers_update ON accounts;
DROP TRIGGER step6_followers_delete ON accounts;
DROP FUNCTION update_account_followers();
DROP VIEW account_records;

DELETE FROM versions WHERE kind = 'observations';
ALTER TABLE versions DROP CONSTRAINT versions_kind_check;
ALTER TABLE versions ADD CONSTRAINT versions_kind_check CHECK (
    kind IN ('account', 'department', 'handle', 'platform', 'region', 'source'));

DROP INDEX accounts_dimensions, accounts_platform, accounts_division, account_states_platform, account_states_division;
ALTER TABLE accounts ADD COLUMN followers bigint, ADD COLUMN followers_at timestamptz, ADD COLUMN last_post_at timestamptz;
ALTER TABLE accounts
    ADD CONSTRAINT accounts_followers_check CHECK (followers >= 0),
    ADD CONSTRAINT accounts_followers_at CHECK ((followers IS NULL) = (followers_at IS NULL));
COMMENT ON COLUMN accounts.followers_at IS 'When `followers` was observed.';
ALTER TABLE account_states ADD COLUMN followers bigint;
ALTER TABLE account_search ADD COLUMN followers bigint;
COMMENT ON COLUMN account_search.followers IS 'Followers; -1: unknown.';

ALTER TABLE accounts DISABLE TRIGGER USER;
UPDATE accounts AS a
   SET (followers, followers_at, last_post_at, document)
     = (f.followers, f.followers_at, f.last_post_at,
        compose_account(a.document, f.followers, f.followers_at, f.last_post_at))
  FROM account_followers AS f
 WHERE f.account_id = a.id AND (f.followers IS NOT NULL OR f.last_post_at IS NOT NULL);
ALTER TABLE accounts ENABLE TRIGGER USER;
CREATE TEMP TABLE known_followers ON COMMIT DROP AS
SELECT account_id, from_revision, to_revision, followers, followers_at, last_post_at FROM account_follower_states
 UNION ALL
SELECT account_id, revision, infinite_revision(), followers, followers_at, last_post_at
  FROM account_followers WHERE revision > 0;
UPDATE versions AS v SET record = compose_account(v.record, k.followers, k.followers_at, k.last_post_at)
  FROM known_followers AS k
 WHERE v.kind = 'account' AND v.id = k.account_id AND v.record IS NOT NULL
   AND v.revision >= k.from_revision AND v.revision < k.to_revision;
-- The version that holds says what the account says, whatever was observed since.
UPDATE versions AS v SET record = a.document
  FROM accounts AS a
 WHERE v.kind = 'account' AND v.id = a.id AND v.revision = a.revision AND v.record <> a.document
   AND NOT EXISTS (SELECT FROM versions AS later
                    WHERE (later.kind, later.id, later.revision) = (v.kind, v.id, v.revision)
                      AND later.sequence > v.sequence);
UPDATE account_states AS s SET followers = k.followers
  FROM known_followers AS k
 WHERE s.id = k.account_id AND s.from_revision >= k.from_revision AND s.from_revision < k.to_revision;
UPDATE account_states AS s SET followers = a.followers
  FROM accounts AS a
 WHERE s.id = a.id AND s.to_revision = infinite_revision() AND s.followers IS DISTINCT FROM a.followers;
UPDATE account_search AS s SET followers = search_followers(f.followers)
  FROM account_followers AS f WHERE f.account_id = s.account_id;
DROP TABLE known_followers;
ALTER TABLE account_search ALTER COLUMN followers SET NOT NULL;

ALTER TABLE observations RENAME TO observations_by_month;
ALTER TABLE observations_by_month RENAME CONSTRAINT observations_pkey TO observations_by_month_pkey;
CREATE TABLE observations (
    account_id text COLLATE "C" NOT NULL CONSTRAINT observations_account_id_fkey REFERENCES accounts ON DELETE CASCADE,
    observed_at timestamptz NOT NULL,
    source text COLLATE "C" NOT NULL CONSTRAINT observations_source_fkey REFERENCES sources,
    followers bigint CONSTRAINT observations_followers_check CHECK (followers >= 0),
    posts bigint CONSTRAINT observations_posts_check CHECK (posts >= 0),
    last_post_at timestamptz,
    PRIMARY KEY (account_id, observed_at, source)
);
COMMENT ON TABLE observations IS 'Followers, posts and last post of an account at a point in time, by source.';
INSERT INTO observations (account_id, observed_at, source, followers, posts, last_post_at)
SELECT account_id, observed_at, source, followers, posts, last_post_at FROM observations_by_month
 ORDER BY account_id, observed_at, source;
DROP TABLE observations_by_month, account_followers, account_follower_states;
DROP FUNCTION create_observation_partition(timestamptz);
DROP FUNCTION compose_account(text, bigint, timestamptz, timestamptz);

CREATE INDEX accounts_by_followers ON accounts (coalesce(followers, -1), id);
CREATE INDEX accounts_platform_followers ON accounts (platform, coalesce(followers, -1), id);
CREATE INDEX accounts_division_followers ON accounts (division, platform, coalesce(followers, -1), id);
CREATE INDEX accounts_dimensions ON accounts (region_path, id)
    INCLUDE (platform, country, division, department_type, status, verification, subject, language, followers,
             opened_on, updated_at);
CREATE INDEX account_states_by_followers ON account_states (coalesce(followers, -1), id);
CREATE INDEX account_states_platform_followers ON account_states (platform, coalesce(followers, -1), id);
CREATE INDEX account_states_division_followers ON account_states (division, platform, coalesce(followers, -1), id);

DROP FUNCTION account_document_opening;
CREATE FUNCTION account_document_opening(
    id text, platform text, platform_user_id text, handle text, url text, name text, names jsonb, description text,
    department_id text, department_name text, department_type text, region_code text, region_name text,
    region_name_local text, subject text, status text, verification text, verification_method text,
    verification_checked_at timestamptz, verification_expires_at timestamptz, withdrawn_by text,
    listed_from timestamptz, listed_until timestamptz, followers bigint, followers_at timestamptz, opened_on date,
    closed_on date, last_post_at timestamptz, language text, tags text[], sources text[], replaced_by text
) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    -- Ids, codes and slugs are of characters that JSON does not escape.
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
        '},"followers":', CASE WHEN followers IS NOT NULL THEN concat(
            '{"count":', followers, ',"observed_at":', coalesce(to_json(followers_at)::text, 'null'), '}')
            ELSE 'null' END,
        ',"opened_on":', coalesce(to_json(opened_on)::text, 'null'),
        ',"closed_on":', coalesce(to_json(closed_on)::text, 'null'),
        ',"last_post_at":', coalesce(to_json(last_post_at)::text, 'null'),
        ',"language":', coalesce(to_json(language)::text, 'null'),
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
        NEW.verification_expires_at, NEW.withdrawn_by, NEW.listed_from, NEW.listed_until, NEW.followers,
        NEW.followers_at, NEW.opened_on, NEW.closed_on, NEW.last_post_at, NEW.language, NEW.tags, NEW.sources,
        NEW.replaced_by);
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
               (era, sequence, revision, from_revision, followers, created_at, updated_at, opened_on, id, platform,
                platform_user_id, handle_key, name_key, department_id, department_type, region_path, country, division,
                subject, status, verification, language, tags, sources)
        SELECT %1$s, coalesce(v.sequence, s.sequence), a.revision, %2$s, a.followers, a.created_at, a.updated_at,
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
                   (era, sequence, revision, from_revision, followers, created_at, updated_at, opened_on, id, platform,
                    platform_user_id, handle_key, name_key, department_id, department_type, region_path, country,
                    division, subject, status, verification, language, tags, sources)
            SELECT %1$s, (SELECT max(v.sequence) FROM versions AS v
                           WHERE v.kind = 'account' AND v.id = c.id AND v.revision = c.revision),
                   revision, %2$s, followers, created_at, updated_at, opened_on, id, platform,
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
           SET (followers, status_rank, rank_band, facets)
             -- The band in a FROM of its own, so that its logarithm of type numeric is computed once a row.
             = (SELECT search_followers(a.followers), search_status_rank(a.status), band, search_facets(a, band)
                  FROM search_rank_band(search_followers(a.followers), search_status_rank(a.status), s.name_length)
                       AS band)
          FROM new_rows AS n JOIN old_rows AS o USING (id) JOIN accounts AS a USING (id)
         WHERE s.account_id = n.id
           AND (n.followers, n.status, n.verification, n.subject, n.platform, n.department_type, n.region_path)
               IS DISTINCT FROM
               (o.followers, o.status, o.verification, o.subject, o.platform, o.department_type, o.region_path);
    END IF;
    RETURN NULL;
END $$;

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
                SELECT found.* FROM (
                    SELECT s.account_id, search_tier(s.terms, s.texts, tiers, text_patterns) AS tier,
                           s.followers, s.status_rank, s.name_length
                      FROM account_search AS s
                     WHERE s.terms @@ index_query AND s.rank_band < ceiling
                       AND (excluded_pattern IS NULL OR s.texts !~ excluded_pattern)
                    -- Keeps the planner from inlining the subquery: the tier is computed once a row.
                    OFFSET 0) AS found
                 WHERE tier BETWEEN first_tier AND last_tier
                   AND (after_tier IS NULL OR tier > after_tier
                        OR (tier = after_tier AND (-followers, status_rank, name_length, account_id)
                                                  > (-after_followers, after_status_rank, after_name_length, after_id)))
                 ORDER BY tier, followers DESC, status_rank, name_length, account_id LIMIT remaining;
            ELSE
                RETURN QUERY
                SELECT found.* FROM (
                    SELECT s.account_id, search_tier(s.terms, s.texts, tiers, text_patterns) AS tier,
                           s.followers, s.status_rank, s.name_length
                      FROM account_search AS s
                     WHERE s.terms @@ index_query AND s.facets @@ facet_query AND s.rank_band < ceiling
                       AND (excluded_pattern IS NULL OR s.texts !~ excluded_pattern)
                    OFFSET 0) AS found
                 WHERE tier BETWEEN first_tier AND last_tier
                   AND (after_tier IS NULL OR tier > after_tier
                        OR (tier = after_tier AND (-followers, status_rank, name_length, account_id)
                                                  > (-after_followers, after_status_rank, after_name_length, after_id)))
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
    SELECT (CASE WHEN followers >= 0 THEN 100 + least(floor(log(2, followers + 1)), 43)
            ELSE (4 - status_rank) * 20 + 19 - least(name_length / 2, 19) END)::smallint
$$;

-- As of: what accounts, handles, counts and terms were at an earlier revision. `versions` has the records; these tables
-- have what is filtered, sorted and counted by, each state with the revisions in which it held: [from, to).

-- How many states are written into an era before the next may begin; set lower by tests.
CREATE FUNCTION era_size() RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce(nullif(current_setting('directory.era_size', true), '')::bigint, 1024)
$$;
-- The end of what has not ended.
CREATE FUNCTION never() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT 9223372036854775807 $$;

-- Eras. An account with 300 states would make an index scan in any order pass over 299 of them. So time is cut: an era
-- begins with a copy of all accounts and ends when as many states were written as there are accounts. Whatever
-- revision is asked for, about every second state of its era held in it. Each era is a table of its own, with its
-- own indexes and statistics: it is read and dropped without the others.
CREATE TABLE account_eras (
    era integer PRIMARY KEY,
    first_revision bigint NOT NULL,
    -- Accounts at the latest revision of the era, and states written since its first.
    accounts bigint NOT NULL,
    written bigint NOT NULL
);
COMMENT ON TABLE account_eras IS 'Stretches of revisions, each to the first of the next; states are kept by era.';

CREATE TABLE account_states (
    era integer NOT NULL,
    -- With `revision`: the version that has the record.
    sequence integer NOT NULL,
    revision bigint NOT NULL,
    from_revision bigint NOT NULL,
    to_revision bigint NOT NULL DEFAULT 9223372036854775807,
    followers bigint,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    opened_on date,
    id text COLLATE "C" NOT NULL,
    platform text COLLATE "C" NOT NULL,
    platform_user_id text COLLATE "C",
    handle_key text COLLATE "C",
    name_key text COLLATE "C",
    department_id text COLLATE "C",
    department_type text COLLATE "C",
    region_path text COLLATE "C",
    country text COLLATE "C",
    division text COLLATE "C",
    subject text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    verification text COLLATE "C" NOT NULL,
    language text COLLATE "C",
    tags text[] COLLATE "C" NOT NULL,
    sources text[] COLLATE "C" NOT NULL
) PARTITION BY LIST (era);
COMMENT ON TABLE account_states IS 'What accounts were filtered and sorted by, and in which revisions; kept by trigger.';
-- As on accounts: whatever order a list is offered in now, it is offered in as of then.
CREATE UNIQUE INDEX account_states_key ON account_states (id, from_revision, era);
CREATE INDEX account_states_by_followers ON account_states (coalesce(followers, -1), id);
CREATE INDEX account_states_by_name ON account_states (coalesce(name_key, ''), id);
CREATE INDEX account_states_by_opened_on ON account_states (coalesce(opened_on, '-infinity'), id);
CREATE INDEX account_states_by_created_at ON account_states (created_at, id);
CREATE INDEX account_states_by_updated_at ON account_states (updated_at, id);
CREATE INDEX account_states_department ON account_states (department_id, id);
CREATE INDEX account_states_department_type ON account_states (department_type, id);
CREATE INDEX account_states_region ON account_states (region_path, id);
CREATE INDEX account_states_division_followers
    ON account_states (division, platform, coalesce(followers, -1), id);
CREATE INDEX account_states_platform_followers ON account_states (platform, coalesce(followers, -1), id);
CREATE INDEX account_states_user_id ON account_states (platform, platform_user_id)
    WHERE platform_user_id IS NOT NULL;
CREATE INDEX account_states_lower_user_id ON account_states (platform, lower(platform_user_id))
    WHERE platform_user_id <> lower(platform_user_id);
CREATE INDEX account_states_sources ON account_states USING gin (sources);
CREATE INDEX account_states_tags ON account_states USING gin (tags);

-- An empty table for an era; `attach_era` makes its indexes when it has been filled.
CREATE FUNCTION create_era(number integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- Room in each page for the end of a state, which is written where it lies and touches no index.
    EXECUTE format('CREATE TABLE account_states_%1$s (LIKE account_states INCLUDING DEFAULTS, CHECK (era = %1$s))
                    WITH (fillfactor = 90)', number);
END $$;
CREATE FUNCTION attach_era(number integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE account_states ATTACH PARTITION account_states_%1$s FOR VALUES IN (%1$s)', number);
    EXECUTE format('ANALYZE account_states_%s', number);
END $$;

-- End the era and begin the next with the accounts as they are. What changed in the revision that is being written
-- is not closed in the old one: that is never asked about it.
CREATE FUNCTION begin_era() RETURNS void LANGUAGE plpgsql
-- It joins whole tables, and the planner takes the versions of this revision, which it has not seen, for one.
SET enable_nestloop TO 'off' AS $$
DECLARE
    this CONSTANT bigint := current_revision();
    latest account_eras;
    number integer;
    copied bigint;
BEGIN
    SELECT * INTO latest FROM account_eras ORDER BY era DESC LIMIT 1;
    number := latest.era + 1;
    PERFORM create_era(number);
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
          LEFT JOIN account_states_%3$s AS s ON s.id = a.id AND s.to_revision = never()$sql$,
        number, this, latest.era);
    GET DIAGNOSTICS copied = ROW_COUNT;
    PERFORM attach_era(number);
    -- Two in one revision: nobody ever asks for the first.
    IF latest.first_revision = this THEN
        EXECUTE format('DROP TABLE account_states_%s', latest.era);
        DELETE FROM account_eras WHERE era = latest.era;
    END IF;
    INSERT INTO account_eras (era, first_revision, accounts, written) VALUES (number, this, copied, 0);
END $$;

CREATE FUNCTION keep_states() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    -- Also what is sorted and filtered by without being shown is a change.
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
    -- What would end the era is not written into it: a copy of all accounts costs less than as many entries.
    IF latest.written + changed >= greatest(era_size(), now_there) THEN
        PERFORM begin_era();
        RETURN NULL;
    END IF;
    UPDATE account_eras SET accounts = now_there, written = written + changed WHERE era = latest.era;
    IF TG_OP <> 'INSERT' THEN
        -- What began in this very revision was never to be seen.
        EXECUTE format('DELETE FROM account_states_%s AS s USING (%s) AS c
                         WHERE s.id = c.id AND s.from_revision = %s AND s.to_revision = never()',
                       latest.era, changed_rows, this);
        EXECUTE format('UPDATE account_states_%1$s AS s SET to_revision = %3$s FROM (%2$s) AS c
                         WHERE s.id = c.id AND s.to_revision = never()', latest.era, changed_rows, this);
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
END $$;
-- Triggers fire in the order of their names: these after those that write the versions.
CREATE TRIGGER versions_insert_states AFTER INSERT ON accounts REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_states();
CREATE TRIGGER versions_update_states AFTER UPDATE ON accounts REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_states();
CREATE TRIGGER versions_delete_states AFTER DELETE ON accounts REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_states();

-- Counts as of a revision: a copy of the kept counts at a base, and the steps of the revisions since.
CREATE TABLE account_count_bases (
    base bigint PRIMARY KEY,
    -- Rows of the copy, and steps after it: with half as many steps as rows comes the next base.
    size bigint NOT NULL,
    steps bigint NOT NULL
);
COMMENT ON TABLE account_count_bases IS 'The revisions at which the kept counts were copied.';
CREATE TABLE account_count_steps (
    base bigint NOT NULL,
    revision bigint NOT NULL,
    step bigint NOT NULL,
    country text COLLATE "C",
    division text COLLATE "C",
    platform text COLLATE "C" NOT NULL,
    department_type text COLLATE "C",
    status text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    verification text COLLATE "C" NOT NULL,
    language text COLLATE "C"
);
CREATE INDEX account_count_steps_revision ON account_count_steps (base, revision);
COMMENT ON TABLE account_count_steps IS 'By how much account_counts changed in each revision since a base.';
CREATE TABLE account_tally_steps (
    base bigint NOT NULL,
    revision bigint NOT NULL,
    step bigint NOT NULL,
    dimension text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL
);
CREATE INDEX account_tally_steps_value ON account_tally_steps (base, dimension, value, revision) INCLUDE (step);
COMMENT ON TABLE account_tally_steps IS 'By how much account_tallies changed in each revision since a base.';

CREATE FUNCTION begin_count_base(of_revision bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    counts bigint;
    tallies bigint;
BEGIN
    INSERT INTO account_count_steps
           (base, revision, step, country, division, platform, department_type, status, subject, verification, language)
    SELECT of_revision, of_revision, accounts,
           country, division, platform, department_type, status, subject, verification, language
      FROM account_counts WHERE accounts <> 0;
    GET DIAGNOSTICS counts = ROW_COUNT;
    INSERT INTO account_tally_steps (base, revision, step, dimension, value)
    SELECT of_revision, of_revision, accounts, dimension, value FROM account_tallies WHERE accounts <> 0;
    GET DIAGNOSTICS tallies = ROW_COUNT;
    INSERT INTO account_count_bases (base, size, steps) VALUES (of_revision, counts + tallies, 0);
END $$;

CREATE FUNCTION keep_count_steps() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    change CONSTANT text := CASE TG_OP
        WHEN 'INSERT' THEN 'SELECT n.*, n.accounts AS step FROM new_rows AS n'
        WHEN 'DELETE' THEN 'SELECT o.*, -o.accounts AS step FROM old_rows AS o'
        ELSE 'SELECT n.*, n.accounts AS step FROM new_rows AS n UNION ALL SELECT o.*, -o.accounts FROM old_rows AS o'
    END;
    dimensions CONSTANT text := CASE TG_TABLE_NAME
        WHEN 'account_counts' THEN
            'country, division, platform, department_type, status, subject, verification, language'
        ELSE 'dimension, value' END;
    this CONSTANT bigint := nullif(current_setting('directory.revision', true), '')::bigint;
    latest account_count_bases;
    added bigint;
BEGIN
    SELECT * INTO latest FROM account_count_bases ORDER BY base DESC LIMIT 1;
    EXECUTE format('INSERT INTO %1$I (base, revision, step, %2$s)
                    SELECT %3$s, current_revision(), sum(step), %2$s FROM (%4$s) AS c
                     GROUP BY %2$s HAVING sum(step) <> 0',
                   CASE TG_TABLE_NAME WHEN 'account_counts' THEN 'account_count_steps' ELSE 'account_tally_steps' END,
                   dimensions, latest.base, change);
    GET DIAGNOSTICS added = ROW_COUNT;
    IF added = 0 THEN
        RETURN NULL;
    END IF;
    -- What its own revision adds to a base is part of it.
    IF latest.base = this THEN
        UPDATE account_count_bases SET size = size + added WHERE base = latest.base;
    ELSIF latest.steps + added > greatest(least(era_size(), 1024), latest.size / 2) THEN
        PERFORM begin_count_base(this);
    ELSE
        UPDATE account_count_bases SET steps = steps + added WHERE base = latest.base;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER steps_insert AFTER INSERT ON account_counts REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_count_steps();
CREATE TRIGGER steps_update AFTER UPDATE ON account_counts REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_count_steps();
CREATE TRIGGER steps_delete AFTER DELETE ON account_counts REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_count_steps();
CREATE TRIGGER steps_insert AFTER INSERT ON account_tallies REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_count_steps();
CREATE TRIGGER steps_update AFTER UPDATE ON account_tallies REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_count_steps();
CREATE TRIGGER steps_delete AFTER DELETE ON account_tallies REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_count_steps();

-- Handles are looked up one by one and have few states each: no eras.
CREATE TABLE handle_states (
    id bigint NOT NULL,
    from_revision bigint NOT NULL,
    to_revision bigint NOT NULL DEFAULT 9223372036854775807,
    released_in bigint,
    valid_from timestamptz,
    valid_to timestamptz,
    account_id text COLLATE "C" NOT NULL,
    platform text COLLATE "C" NOT NULL,
    handle_key text COLLATE "C" NOT NULL,
    handle text NOT NULL
) WITH (fillfactor = 90);
CREATE UNIQUE INDEX handle_states_key ON handle_states (id, from_revision);
CREATE INDEX handle_states_handle ON handle_states (handle_key, platform);
CREATE INDEX handle_states_account ON handle_states (account_id);
COMMENT ON TABLE handle_states IS 'What `handles` said, and in which revisions; kept by trigger.';
-- What a handle is on any platform is asked of the handles alone, now as then.
DROP INDEX handles_released_key;
CREATE INDEX handles_anywhere ON handles (handle_key);

CREATE FUNCTION keep_handle_states() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM handle_states AS s USING old_rows AS o
         WHERE s.id = o.id AND s.from_revision = current_revision();
        UPDATE handle_states AS s SET to_revision = current_revision()
          FROM old_rows AS o WHERE s.id = o.id AND s.to_revision = never();
    ELSIF TG_OP = 'DELETE' THEN
        DELETE FROM handle_states AS s USING old_rows AS o
         WHERE s.id = o.id AND s.from_revision = current_revision();
        UPDATE handle_states AS s SET to_revision = current_revision()
          FROM old_rows AS o WHERE s.id = o.id AND s.to_revision = never();
        RETURN NULL;
    END IF;
    INSERT INTO handle_states (id, from_revision, released_in, valid_from, valid_to, account_id, platform,
                               handle_key, handle)
    SELECT id, current_revision(), released_in, valid_from, valid_to, account_id, platform, handle_key, handle
      FROM new_rows;
    RETURN NULL;
END $$;
CREATE TRIGGER states_insert AFTER INSERT ON handles REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_handle_states();
CREATE TRIGGER states_update AFTER UPDATE ON handles REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_handle_states();
CREATE TRIGGER states_delete AFTER DELETE ON handles REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_handle_states();

-- Terms change only when names do: what was replaced is kept, with the revisions in which it held.
CREATE TABLE search_states (
    account_id text COLLATE "C" NOT NULL,
    from_revision bigint NOT NULL,
    to_revision bigint NOT NULL,
    brevity smallint NOT NULL,
    terms tsvector NOT NULL,
    look_alikes text[] COLLATE "C" NOT NULL,
    texts text NOT NULL,
    PRIMARY KEY (account_id, to_revision)
);
CREATE INDEX search_states_terms ON search_states USING gin (terms);
CREATE INDEX search_states_look_alikes ON search_states USING gin (look_alikes);
COMMENT ON TABLE search_states IS 'Terms under which accounts were found before their names changed or they went.';

CREATE FUNCTION keep_search_states() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    -- NULL where terms are cut anew without a change of the registry: then the new ones are those of all times.
    this CONSTANT bigint := nullif(current_setting('directory.revision', true), '')::bigint;
    replaced CONSTANT text := CASE TG_OP
        WHEN 'DELETE' THEN 'SELECT o.* FROM old_rows AS o'
        ELSE 'SELECT o.* FROM old_rows AS o JOIN new_rows AS n USING (account_id)
               WHERE (n.terms, n.look_alikes, n.texts, n.brevity) IS DISTINCT FROM
                     (o.terms, o.look_alikes, o.texts, o.brevity)' END;
BEGIN
    IF this IS NOT NULL THEN
        EXECUTE format('INSERT INTO search_states
                               (account_id, from_revision, to_revision, brevity, terms, look_alikes, texts)
                        SELECT r.account_id, coalesce(last.to_revision, 0), %1$s, r.brevity, r.terms, r.look_alikes,
                               r.texts
                          FROM (%2$s) AS r
                          LEFT JOIN LATERAL (SELECT max(s.to_revision) AS to_revision FROM search_states AS s
                                              WHERE s.account_id = r.account_id) AS last ON true
                         WHERE last.to_revision IS DISTINCT FROM %1$s', this, replaced);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER states_update AFTER UPDATE ON account_search REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_search_states();
CREATE TRIGGER states_delete AFTER DELETE ON account_search REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_search_states();

-- Accounts that turn out to be one pass on what named them: who was named before, until which revision.
CREATE TABLE tombstone_heirs (
    kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    to_revision bigint NOT NULL,
    heir_id text COLLATE "C",
    PRIMARY KEY (kind, id, to_revision)
);
COMMENT ON TABLE tombstone_heirs IS 'Heirs of merged records before these were merged themselves.';
CREATE TABLE clearance_holders (
    platform text COLLATE "C" NOT NULL,
    handle_key text COLLATE "C" NOT NULL,
    revision bigint NOT NULL,
    to_revision bigint NOT NULL,
    account_id text COLLATE "C",
    PRIMARY KEY (platform, handle_key, revision, to_revision)
);
COMMENT ON TABLE clearance_holders IS 'For whom handles were cleared before these accounts were merged into others.';

CREATE FUNCTION keep_heirs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'tombstones' THEN
        INSERT INTO tombstone_heirs (kind, id, to_revision, heir_id)
        SELECT o.kind, o.id, current_revision(), o.heir_id FROM old_rows AS o JOIN new_rows AS n USING (kind, id)
         WHERE n.heir_id IS DISTINCT FROM o.heir_id
            ON CONFLICT DO NOTHING;
    ELSE
        INSERT INTO clearance_holders (platform, handle_key, revision, to_revision, account_id)
        SELECT o.platform, o.handle_key, o.revision, current_revision(), o.account_id
          FROM old_rows AS o JOIN new_rows AS n USING (platform, handle_key, revision)
         WHERE n.account_id IS DISTINCT FROM o.account_id
            ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER heirs_update AFTER UPDATE ON tombstones REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_heirs();
CREATE TRIGGER heirs_update AFTER UPDATE ON handle_clearances REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_heirs();

-- What was there before, from the versions: all states, then eras cut as they would have been.
CREATE TEMP TABLE past_states AS
SELECT v.id, v.sequence, v.revision AS from_revision, coalesce(v.next_revision, never()) AS to_revision, r.*
  FROM (SELECT id, revision, sequence, record,
               lead(revision) OVER (PARTITION BY id ORDER BY revision, sequence) AS next_revision
          FROM versions WHERE kind = 'account') AS v,
       LATERAL json_to_record(v.record::json) AS r (
           platform text, platform_user_id text, handle text, name text, department json, region json, subject text,
           status text, verification json, followers json, opened_on date, language text, tags text[], sources text[],
           created_at timestamptz, updated_at timestamptz)
 WHERE v.record IS NOT NULL AND v.next_revision IS DISTINCT FROM v.revision;

CREATE FUNCTION fill_era(number integer, first_revision bigint, last_revision bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    there bigint;
BEGIN
    PERFORM create_era(number);
    EXECUTE format($sql$
        INSERT INTO account_states_%1$s
               (era, sequence, revision, from_revision, to_revision, followers, created_at, updated_at, opened_on, id,
                platform, platform_user_id, handle_key, name_key, department_id, department_type, region_path, country,
                division, subject, status, verification, language, tags, sources)
        SELECT %1$s, p.sequence, p.from_revision, p.from_revision, p.to_revision,
               (p.followers ->> 'count')::bigint, p.created_at, p.updated_at, p.opened_on, p.id, p.platform,
               p.platform_user_id,
               CASE WHEN p.handle = a.handle THEN a.handle_key
                    ELSE coalesce((SELECT h.handle_key FROM handles AS h
                                    WHERE h.platform = p.platform AND h.account_id = p.id AND h.handle = p.handle
                                    LIMIT 1), lower(p.handle)) END,
               CASE WHEN p.name = a.name THEN a.name_key
                    ELSE lower(regexp_replace(btrim(normalize(p.name, NFKC)), '\s+', ' ', 'g')) END,
               p.department ->> 'id', p.department ->> 'type', g.path,
               nullif(split_part(g.path, '/', 1), ''), nullif(split_part(g.path, '/', 2), ''),
               p.subject, p.status, p.verification ->> 'level', p.language, p.tags, p.sources
          FROM past_states AS p
          LEFT JOIN accounts AS a USING (id)
          LEFT JOIN regions AS g ON g.code = p.region ->> 'code'
         WHERE p.from_revision <= %3$s AND p.to_revision > %2$s$sql$, number, first_revision, last_revision);
    PERFORM attach_era(number);
    EXECUTE format('SELECT count(*) FROM account_states_%s WHERE to_revision > %s', number, last_revision) INTO there;
    INSERT INTO account_eras (era, first_revision, accounts, written)
    SELECT number, first_revision, there, count(*) FROM past_states AS p
     WHERE p.from_revision > fill_era.first_revision AND p.from_revision <= last_revision;
    -- Counts begin anew with each era, from its own states.
    EXECUTE format($sql$
        WITH change AS (
            SELECT greatest(from_revision, %2$s) AS at_revision, 1 AS step, s.* FROM account_states_%1$s AS s
             UNION ALL
            SELECT to_revision, -1, s.* FROM account_states_%1$s AS s WHERE to_revision <= %3$s
        ), counted AS (
            INSERT INTO account_count_steps (base, revision, step, country, division, platform, department_type,
                                             status, subject, verification, language)
            SELECT %2$s, at_revision, sum(step), country, division, platform, department_type,
                   status, subject, verification, language
              FROM change GROUP BY 2, 4, 5, 6, 7, 8, 9, 10, 11 HAVING sum(step) <> 0
        )
        INSERT INTO account_tally_steps (base, revision, step, dimension, value)
        SELECT %2$s, c.at_revision, sum(c.step), v.dimension, v.value
          FROM change AS c, LATERAL (
               SELECT 'department', c.department_id
                UNION ALL SELECT 'region', split_part(c.region_path, '/', -2)
                UNION ALL SELECT 'source', s FROM unnest(c.sources) AS s
                UNION ALL SELECT 'tag', t FROM unnest(c.tags) AS t) AS v (dimension, value)
         WHERE v.value <> '' GROUP BY 2, 4, 5 HAVING sum(c.step) <> 0$sql$, number, first_revision, last_revision);
    INSERT INTO account_count_bases (base, size, steps)
    SELECT fill_era.first_revision, count(*) FILTER (WHERE at_first), count(*) FILTER (WHERE NOT at_first) FROM (
        SELECT revision = base AS at_first FROM account_count_steps WHERE base = fill_era.first_revision
         UNION ALL
        SELECT revision = base FROM account_tally_steps WHERE base = fill_era.first_revision) AS step;
END $$;

DO $$
DECLARE
    number integer := 1;
    first bigint := 0;
    last bigint := 0;
    there bigint := 0;
    written bigint := 0;
    change record;
BEGIN
    FOR change IN
        SELECT revision, sum(made)::bigint AS made, sum(step)::bigint AS step FROM (
            SELECT from_revision AS revision, 1 AS made, 1 AS step FROM past_states
             UNION ALL
            SELECT to_revision, 0, -1 FROM past_states WHERE to_revision < never()) AS each
         GROUP BY revision ORDER BY revision
    LOOP
        there := there + change.step;
        written := written + change.made;
        IF written >= greatest(era_size(), there) THEN
            PERFORM fill_era(number, first, change.revision - 1);
            number := number + 1;
            first := change.revision;
            written := 0;
        END IF;
    END LOOP;
    PERFORM fill_era(number, first, never() - 1);
END $$;
DROP FUNCTION fill_era(integer, bigint, bigint);
DROP TABLE past_states;

INSERT INTO handle_states (id, from_revision, to_revision, released_in, valid_from, valid_to, account_id, platform,
                           handle_key, handle)
WITH held AS (
    SELECT h.*, coalesce(
               (SELECT min(v.revision) FROM versions AS v
                 WHERE v.kind = 'account' AND v.id = h.account_id AND v.record IS NOT NULL
                   AND v.record::json ->> 'handle' = h.handle AND v.revision <= coalesce(h.released_in, never())),
               (SELECT min(v.revision) FROM versions AS v WHERE v.kind = 'account' AND v.id = h.account_id),
               1) AS taken_in
      FROM handles AS h
)
SELECT id, taken_in, coalesce(released_in, never()), NULL, valid_from, NULL, account_id, platform, handle_key, handle
  FROM held WHERE taken_in < coalesce(released_in, never())
 UNION ALL
SELECT id, released_in, never(), released_in, valid_from, valid_to, account_id, platform, handle_key, handle
  FROM held WHERE released_in IS NOT NULL;
ANALYZE handle_states;

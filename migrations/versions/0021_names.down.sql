-- The names as they were. The band is generated again, which rewrites account_search.


ALTER FUNCTION record_successors() RENAME TO keep_heirs;
ALTER FUNCTION coalesce_handle_intervals(text[]) RENAME TO settle_handles;
ALTER FUNCTION search_followers(bigint) RENAME TO search_reach;
ALTER FUNCTION search_status_rank(text) RENAME TO search_standing;
ALTER FUNCTION search_any_tier(tsquery[]) RENAME TO search_anything;
ALTER FUNCTION update_account_search() RENAME TO follow_search;
ALTER FUNCTION queue_department_search() RENAME TO follow_department_search;
ALTER FUNCTION refresh_dependents() RENAME TO follow_reference;
ALTER FUNCTION record_search_states() RENAME TO keep_search_states;
ALTER FUNCTION record_count_deltas() RENAME TO keep_count_steps;
ALTER FUNCTION attach_era_partition(integer) RENAME TO attach_era;
ALTER FUNCTION create_era_partition(integer) RENAME TO create_era;
ALTER FUNCTION record_account_states() RENAME TO keep_states;
ALTER FUNCTION record_handle_states() RENAME TO keep_handle_states;
ALTER FUNCTION update_handles() RENAME TO keep_handles;
ALTER FUNCTION update_account_counts() RENAME TO count_accounts;
ALTER FUNCTION infinite_revision() RENAME TO never;
ALTER FUNCTION build_account_document() RENAME TO document_account;
ALTER FUNCTION build_department_document() RENAME TO document_department;
ALTER FUNCTION build_handle_document() RENAME TO document_handle;
ALTER FUNCTION build_platform_document() RENAME TO document_platform;
ALTER FUNCTION build_region_document() RENAME TO document_region;
ALTER FUNCTION build_source_document() RENAME TO document_source;

ALTER TABLE account_search DROP COLUMN rank_band;

DROP FUNCTION search_rank_band(bigint, smallint, smallint);
DROP FUNCTION search_facets(accounts, smallint);
DROP FUNCTION search_tier(tsvector, text, tsquery[], text[]);
DROP FUNCTION create_count_checkpoint(bigint);
DROP FUNCTION search_page;

ALTER TRIGGER build_document ON accounts RENAME TO document;
ALTER TRIGGER build_document ON departments RENAME TO document;
ALTER TRIGGER build_document ON handles RENAME TO document;
ALTER TRIGGER build_document ON platforms RENAME TO document;
ALTER TRIGGER build_document ON regions RENAME TO document;
ALTER TRIGGER build_document ON sources RENAME TO document;
ALTER TRIGGER step1_counts_insert ON accounts RENAME TO counts_insert;
ALTER TRIGGER step2_search_insert ON accounts RENAME TO search_insert;
ALTER TRIGGER step3_versions_insert ON accounts RENAME TO versions_insert;
ALTER TRIGGER step4_states_insert ON accounts RENAME TO versions_insert_states;
ALTER TRIGGER step5_handles_insert ON accounts RENAME TO with_handles_insert;
ALTER TRIGGER step1_counts_update ON accounts RENAME TO counts_update;
ALTER TRIGGER step2_search_update ON accounts RENAME TO search_update;
ALTER TRIGGER step3_versions_update ON accounts RENAME TO versions_update;
ALTER TRIGGER step4_states_update ON accounts RENAME TO versions_update_states;
ALTER TRIGGER step5_handles_update ON accounts RENAME TO with_handles_update;
ALTER TRIGGER step1_counts_delete ON accounts RENAME TO counts_delete;
ALTER TRIGGER step2_search_delete ON accounts RENAME TO search_delete;
ALTER TRIGGER step3_versions_delete ON accounts RENAME TO versions_delete;
ALTER TRIGGER step4_states_delete ON accounts RENAME TO versions_delete_states;
ALTER TRIGGER step5_handles_delete ON accounts RENAME TO with_handles_delete;
ALTER TRIGGER step1_search_update ON departments RENAME TO search_follow;
ALTER TRIGGER step2_versions_insert ON departments RENAME TO versions_insert;
ALTER TRIGGER step2_versions_update ON departments RENAME TO versions_update;
ALTER TRIGGER step2_versions_delete ON departments RENAME TO versions_delete;
ALTER TRIGGER step3_dependents_update ON departments RENAME TO with_accounts_follow;
ALTER TRIGGER step1_versions_insert ON regions RENAME TO versions_insert;
ALTER TRIGGER step1_versions_update ON regions RENAME TO versions_update;
ALTER TRIGGER step1_versions_delete ON regions RENAME TO versions_delete;
ALTER TRIGGER step2_dependents_update ON regions RENAME TO with_accounts_follow;
ALTER TRIGGER step1_states_insert ON handles RENAME TO states_insert;
ALTER TRIGGER step2_versions_insert ON handles RENAME TO versions_insert;
ALTER TRIGGER step1_states_update ON handles RENAME TO states_update;
ALTER TRIGGER step2_versions_update ON handles RENAME TO versions_update;
ALTER TRIGGER step1_states_delete ON handles RENAME TO states_delete;
ALTER TRIGGER step2_versions_delete ON handles RENAME TO versions_delete;
ALTER TRIGGER deltas_insert ON account_counts RENAME TO steps_insert;
ALTER TRIGGER deltas_insert ON account_tallies RENAME TO steps_insert;
ALTER TRIGGER deltas_update ON account_counts RENAME TO steps_update;
ALTER TRIGGER deltas_update ON account_tallies RENAME TO steps_update;
ALTER TRIGGER deltas_delete ON account_counts RENAME TO steps_delete;
ALTER TRIGGER deltas_delete ON account_tallies RENAME TO steps_delete;
ALTER TRIGGER successors_update ON tombstones RENAME TO heirs_update;
ALTER TRIGGER successors_update ON quarantine_exemptions RENAME TO heirs_update;

ALTER TABLE quarantine_exemptions
    RENAME CONSTRAINT quarantine_exemptions_platform_fkey TO handle_clearances_platform_fkey;
ALTER TABLE quarantine_exemptions
    RENAME CONSTRAINT quarantine_exemptions_revision_fkey TO handle_clearances_revision_fkey;
ALTER INDEX tombstone_successors_pkey RENAME TO tombstone_heirs_pkey;
ALTER INDEX quarantine_exemptions_pkey RENAME TO handle_clearances_pkey;
ALTER INDEX quarantine_exemptions_account RENAME TO handle_clearances_account;
ALTER INDEX quarantine_exemption_accounts_pkey RENAME TO clearance_holders_pkey;
ALTER INDEX account_count_checkpoints_pkey RENAME TO account_count_bases_pkey;
ALTER INDEX account_count_deltas_revision RENAME TO account_count_steps_revision;
ALTER INDEX account_tally_deltas_value RENAME TO account_tally_steps_value;

ALTER TABLE tombstone_successors RENAME TO tombstone_heirs;
ALTER TABLE quarantine_exemptions RENAME TO handle_clearances;
ALTER TABLE quarantine_exemption_accounts RENAME TO clearance_holders;
ALTER TABLE account_count_checkpoints RENAME TO account_count_bases;
ALTER TABLE account_count_deltas RENAME TO account_count_steps;
ALTER TABLE account_tally_deltas RENAME TO account_tally_steps;

ALTER TABLE tombstones RENAME COLUMN successor_id TO heir_id;
ALTER TABLE tombstone_heirs RENAME COLUMN successor_id TO heir_id;
ALTER TABLE account_search RENAME COLUMN followers TO reach;
ALTER TABLE account_search RENAME COLUMN status_rank TO standing;
ALTER TABLE account_search RENAME COLUMN name_length TO brevity;
ALTER TABLE search_states RENAME COLUMN name_length TO brevity;
ALTER TABLE account_eras RENAME COLUMN changes TO written;
ALTER TABLE account_count_bases RENAME COLUMN checkpoint TO base;
ALTER TABLE account_count_bases RENAME COLUMN deltas TO steps;
ALTER TABLE account_count_steps RENAME COLUMN checkpoint TO base;
ALTER TABLE account_count_steps RENAME COLUMN delta TO step;
ALTER TABLE account_tally_steps RENAME COLUMN checkpoint TO base;
ALTER TABLE account_tally_steps RENAME COLUMN delta TO step;
ALTER TABLE statements RENAME COLUMN key_revisions TO kept;
ALTER TABLE suppressions RENAME COLUMN has_no_user_id TO is_all_known;
ALTER VIEW handle_quarantines RENAME COLUMN exempt_accounts TO cleared_for;

CREATE FUNCTION search_band(reach bigint, standing smallint, brevity smallint)
    RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT (CASE WHEN reach >= 0 THEN 100 + least(floor(log(2, reach + 1)), 43)
            ELSE (4 - standing) * 20 + 19 - least(brevity / 2, 19) END)::smallint
$$;

ALTER TABLE account_search
    ADD COLUMN band smallint GENERATED ALWAYS AS (search_band(reach, standing, brevity)) STORED NOT NULL;
ALTER TABLE account_search ALTER COLUMN band SET STATISTICS 144;

-- PostgreSQL 18 has names for NOT NULL constraints, made of table and column; older servers have none.
DO $$
DECLARE
    renamed record;
BEGIN
    FOR renamed IN
        SELECT c.oid::regclass AS relation, n.conname AS old_name,
               format('%s_%s_not_null', c.relname, a.attname) AS name
          FROM pg_constraint AS n
          JOIN pg_class AS c ON c.oid = n.conrelid
          JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = n.conkey[1]
         WHERE n.contype = 'n' AND c.relnamespace = 'public'::regnamespace AND NOT c.relispartition
           AND n.conname <> format('%s_%s_not_null', c.relname, a.attname)
    LOOP
        EXECUTE format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', renamed.relation, renamed.old_name, renamed.name);
    END LOOP;
END $$;

CREATE FUNCTION search_facets(account accounts, band smallint)
    RETURNS tsvector LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT array_to_tsvector(
        ARRAY['p' || (account).platform, 's' || (account).status, 'v' || (account).verification,
              'u' || (account).subject, 'b' || band, 'g' || band / 8]
        || CASE WHEN (account).department_type IS NULL THEN '{}' ELSE ARRAY['t' || (account).department_type] END
        || CASE WHEN (account).region_path IS NULL THEN '{}' ELSE ARRAY(
               SELECT 'r' || code FROM unnest(string_to_array(rtrim((account).region_path, '/'), '/')) AS code) END)
$$;

CREATE FUNCTION search_tier(terms tsvector, texts text, tiers tsquery[], checks text[])
    RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE WHEN terms @@ tiers[1] AND (checks[1] IS NULL OR texts ~ checks[1]) THEN 0
                WHEN terms @@ tiers[2] AND (checks[2] IS NULL OR texts ~ checks[2]) THEN 1
                WHEN terms @@ tiers[3] AND (checks[3] IS NULL OR texts ~ checks[3]) THEN 2
                WHEN terms @@ tiers[4] AND (checks[4] IS NULL OR texts ~ checks[4]) THEN 3
                WHEN terms @@ tiers[5] AND (checks[5] IS NULL OR texts ~ checks[5]) THEN 4
                WHEN terms @@ tiers[6] AND (checks[6] IS NULL OR texts ~ checks[6]) THEN 5
                WHEN terms @@ tiers[7] AND (checks[7] IS NULL OR texts ~ checks[7]) THEN 6
                WHEN terms @@ tiers[8] AND (checks[8] IS NULL OR texts ~ checks[8]) THEN 7 END
$$;

CREATE FUNCTION search_page(
    tiers tsquery[], narrow tsquery[], checks text[], never text, among tsquery, firsts integer[], walked boolean[],
    chunks tsquery[], floors integer[], after_tier integer, after_reach bigint, after_standing integer,
    after_brevity integer, after_id text, most integer
) RETURNS TABLE (account_id text, tier integer, reach bigint, standing smallint, brevity smallint)
LANGUAGE plpgsql STABLE ROWS 25 SET plan_cache_mode TO 'force_generic_plan' SET enable_seqscan TO 'off'
AS $$
#variable_conflict use_column
DECLARE
    missing integer := most;
    given integer;
    low integer;
    high integer;
    wanted tsquery;
    facet tsquery;
    ceiling integer;
    after_band CONSTANT integer := search_band(after_reach, after_standing::smallint, after_brevity::smallint);
BEGIN
    FOR step IN 1 .. cardinality(firsts) LOOP
        low := firsts[step];
        high := coalesce(firsts[step + 1], cardinality(tiers)) - 1;
        CONTINUE WHEN high < after_tier;
        wanted := search_anything(narrow[low + 1 : high + 1]);
        CONTINUE WHEN wanted IS NULL;
        ceiling := 1000;
        FOR place IN 1 .. CASE WHEN walked[step] THEN cardinality(floors) ELSE 1 END LOOP
            facet := among;
            IF walked[step] THEN
                -- A walked group is of one tier: bands above the place where this page begins have been read.
                IF low = after_tier AND after_band < floors[place] THEN
                    ceiling := floors[place];
                    CONTINUE;
                END IF;
                facet := coalesce(chunks[place] && among, chunks[place], among);
            END IF;
            IF facet IS NULL THEN
                RETURN QUERY
                SELECT found.* FROM (
                    SELECT s.account_id, search_tier(s.terms, s.texts, tiers, checks) AS tier,
                           s.reach, s.standing, s.brevity
                      FROM account_search AS s
                     WHERE s.terms @@ wanted AND s.band < ceiling AND (never IS NULL OR s.texts !~ never)
                    -- So that the tier is told once, and not wherever it is named.
                    OFFSET 0) AS found
                 WHERE tier BETWEEN low AND high
                   AND (after_tier IS NULL OR tier > after_tier
                        OR (tier = after_tier AND (-reach, standing, brevity, account_id)
                                                  > (-after_reach, after_standing, after_brevity, after_id)))
                 ORDER BY tier, reach DESC, standing, brevity, account_id LIMIT missing;
            ELSE
                RETURN QUERY
                SELECT found.* FROM (
                    SELECT s.account_id, search_tier(s.terms, s.texts, tiers, checks) AS tier,
                           s.reach, s.standing, s.brevity
                      FROM account_search AS s
                     WHERE s.terms @@ wanted AND s.facets @@ facet AND s.band < ceiling
                       AND (never IS NULL OR s.texts !~ never)
                    OFFSET 0) AS found
                 WHERE tier BETWEEN low AND high
                   AND (after_tier IS NULL OR tier > after_tier
                        OR (tier = after_tier AND (-reach, standing, brevity, account_id)
                                                  > (-after_reach, after_standing, after_brevity, after_id)))
                 ORDER BY tier, reach DESC, standing, brevity, account_id LIMIT missing;
            END IF;
            GET DIAGNOSTICS given = ROW_COUNT;
            missing := missing - given;
            IF missing <= 0 THEN
                RETURN;
            END IF;
            ceiling := coalesce(floors[place], 0);
        END LOOP;
    END LOOP;
END $$;

CREATE FUNCTION begin_count_base(of_revision bigint) RETURNS void LANGUAGE plpgsql
AS $$
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

CREATE OR REPLACE FUNCTION keep_heirs() RETURNS trigger LANGUAGE plpgsql
AS $$
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

CREATE OR REPLACE FUNCTION record_versions() RETURNS trigger LANGUAGE plpgsql
AS $$
DECLARE
    kind_name CONSTANT text := TG_ARGV[0];
    key_name CONSTANT text := TG_ARGV[1];
    -- Platform, department and path of the region of row %s.
    belongings CONSTANT text := CASE kind_name
        WHEN 'account' THEN '%1$s.platform, %1$s.department_id, %1$s.region_path'
        WHEN 'handle' THEN '%1$s.platform, %1$s.department_id, %1$s.region_path'
        WHEN 'department' THEN 'NULL::text, %1$s.id, %1$s.region_path'
        WHEN 'platform' THEN '%1$s.slug, NULL::text, NULL::text'
        WHEN 'region' THEN 'NULL::text, NULL::text, %1$s.path'
        ELSE 'NULL::text, NULL::text, NULL::text' END;
    before CONSTANT text := format(belongings, 'o');
    after CONSTANT text := format(belongings, 'n');
    changed_rows text;
BEGIN
    -- Nothing changed, so nothing is recorded, and no revision is asked for.
    changed_rows := CASE TG_OP
        WHEN 'INSERT' THEN format(
            'SELECT n.%1$I, ''create'', n.document, NULL::text, change_facets(%2$L, ''create'', %3$s), NULL::tsvector
               FROM new_rows AS n', key_name, kind_name, after)
        WHEN 'UPDATE' THEN format(
            'SELECT n.%1$I, ''update'', n.document, NULL::text, change_facets(%2$L, ''update'', %3$s),
                    CASE WHEN ROW (%3$s) IS DISTINCT FROM ROW (%4$s) THEN change_facets(%2$L, ''update'', %4$s) END
               FROM new_rows AS n JOIN old_rows AS o USING (%1$I)
              WHERE n.document IS DISTINCT FROM o.document', key_name, kind_name, after, before)
        ELSE format(
            'SELECT o.%1$I, went.action, NULL::text, t.heir_id, NULL::tsvector,
                    change_facets(%2$L, went.action, %3$s)
               FROM old_rows AS o LEFT JOIN tombstones AS t ON t.kind = %2$L AND t.id = o.%1$I,
                    LATERAL (SELECT CASE WHEN t.heir_id IS NULL THEN ''delete'' ELSE ''merge'' END AS action) AS went',
            key_name, kind_name, before)
        END;
    EXECUTE format(
        'INSERT INTO versions (revision, sequence, kind, id, action, record, replaced_by, facets, facets_before)
         SELECT current_revision(), (row_number() OVER (ORDER BY c.id))::integer + latest.sequence,
                %L, c.id, c.action, c.record, c.replaced_by, c.facets, c.facets_before
           FROM (%s) AS c (id, action, record, replaced_by, facets, facets_before),
                (SELECT coalesce(max(sequence), 0) AS sequence FROM versions
                  WHERE revision = nullif(current_setting(''directory.revision'', true), '''')::bigint) AS latest',
        kind_name, changed_rows);
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION settle_handles(ids text[]) RETURNS void LANGUAGE sql
AS $$
    WITH held AS (
        SELECT h.*, (h.valid_from = lag(h.valid_to) OVER life) IS TRUE AS goes_on
          FROM handles AS h WHERE h.account_id = ANY (ids)
        WINDOW life AS (PARTITION BY h.account_id, h.handle_key
                        ORDER BY h.valid_to NULLS LAST, h.valid_from NULLS FIRST, h.id)
    ), numbered AS (
        SELECT held.*, count(*) FILTER (WHERE NOT goes_on) OVER (
                   PARTITION BY account_id, handle_key ORDER BY valid_to NULLS LAST, valid_from NULLS FIRST, id
               ) AS spell
          FROM held
    ), spell AS (
        SELECT (array_agg(id ORDER BY valid_to DESC NULLS FIRST, valid_from DESC NULLS LAST, id DESC))[1] AS kept,
               (array_agg(public_id ORDER BY valid_to DESC NULLS FIRST, valid_from DESC NULLS LAST, id DESC))[1]
                   AS known_as,
               (array_agg(valid_from ORDER BY valid_to NULLS LAST, valid_from NULLS FIRST, id))[1] AS valid_from,
               array_agg(id) AS members
          FROM numbered GROUP BY account_id, handle_key, spell HAVING count(*) > 1
    ), gone AS (
        DELETE FROM handles AS h USING spell AS s WHERE h.id = ANY (s.members) AND h.id <> s.kept
        RETURNING h.public_id, s.known_as
    ), remembered AS (
        INSERT INTO tombstones (kind, id, heir_id, revision)
        SELECT 'handle', public_id, known_as, current_revision() FROM gone
    )
    UPDATE handles AS h SET valid_from = s.valid_from FROM spell AS s WHERE h.id = s.kept;

    UPDATE handles AS h SET valid_from = o.earlier
      FROM (SELECT id, lag(valid_to) OVER (
                       PARTITION BY account_id ORDER BY valid_to NULLS LAST, valid_from NULLS FIRST, id) AS earlier
              FROM handles WHERE account_id = ANY (ids)) AS o
     WHERE h.id = o.id AND o.earlier > coalesce(h.valid_from, '-infinity');
$$;

CREATE OR REPLACE FUNCTION follow_search() RETURNS trigger LANGUAGE plpgsql
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
         WHERE (n.handle, n.name, n.names, n.department_id) IS DISTINCT FROM (o.handle, o.name, o.names, o.department_id)
            ON CONFLICT DO NOTHING;
        UPDATE account_search AS s
           SET reach = search_reach(a.followers), standing = search_standing(a.status),
               facets = search_facets(a, search_band(search_reach(a.followers), search_standing(a.status), s.brevity))
          FROM new_rows AS n JOIN old_rows AS o USING (id) JOIN accounts AS a USING (id)
         WHERE s.account_id = n.id
           AND (n.followers, n.status, n.verification, n.subject, n.platform, n.department_type, n.region_path)
               IS DISTINCT FROM
               (o.followers, o.status, o.verification, o.subject, o.platform, o.department_type, o.region_path);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION keep_search_states() RETURNS trigger LANGUAGE plpgsql
AS $$
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

CREATE OR REPLACE FUNCTION keep_count_steps() RETURNS trigger LANGUAGE plpgsql
AS $$
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

CREATE OR REPLACE FUNCTION begin_era() RETURNS void LANGUAGE plpgsql SET enable_nestloop TO 'off'
AS $$
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

CREATE OR REPLACE FUNCTION keep_states() RETURNS trigger LANGUAGE plpgsql
AS $$
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

CREATE OR REPLACE FUNCTION keep_handle_states() RETURNS trigger LANGUAGE plpgsql
AS $$
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

-- The comments as they were.
DO $$
DECLARE
    described record;
BEGIN
    FOR described IN
        SELECT CASE WHEN d.classoid = 'pg_proc'::regclass THEN format('FUNCTION %s', d.objoid::regprocedure)
                    WHEN d.objsubid > 0 THEN format('COLUMN %s.%I', d.objoid::regclass, a.attname)
                    ELSE format('%s %s', CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, c.oid::regclass)
               END AS object
          FROM pg_description AS d
          LEFT JOIN pg_proc AS p ON d.classoid = 'pg_proc'::regclass AND p.oid = d.objoid
          LEFT JOIN pg_class AS c ON d.classoid = 'pg_class'::regclass AND c.oid = d.objoid
          LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid > 0
         WHERE coalesce(p.pronamespace, c.relnamespace) = 'public'::regnamespace
           AND coalesce(p.proowner, c.relowner) = current_user::regrole
           AND NOT EXISTS (SELECT FROM pg_depend AS e WHERE (e.classid, e.objid, e.deptype) = (d.classoid, d.objoid, 'e'))
    LOOP
        EXECUTE format('COMMENT ON %s IS NULL', described.object);
    END LOOP;
END $$;

COMMENT ON TABLE account_count_bases IS 'The revisions at which the kept counts were copied.';
COMMENT ON TABLE account_count_steps IS 'By how much account_counts changed in each revision since a base.';
COMMENT ON TABLE account_eras IS 'Stretches of revisions, each to the first of the next; states are kept by era.';
COMMENT ON TABLE account_search IS 'The terms under which each account is found, cut anew when its names change.';
COMMENT ON TABLE account_states IS
    'What accounts were filtered and sorted by, and in which revisions; kept by trigger.';
COMMENT ON TABLE account_tally_steps IS 'By how much account_tallies changed in each revision since a base.';
COMMENT ON COLUMN accounts.withdrawn_by IS 'The source that listed it last and no longer does; NULL else.';
COMMENT ON TABLE clearance_holders IS 'For whom handles were cleared before these accounts were merged into others.';
COMMENT ON TABLE handle_clearances IS
    'Released handles that an operator has cleared for use by others: releases up to that revision hold nobody off.';
COMMENT ON VIEW handle_quarantines IS
    'Releases that hold others off: a handle is quarantined for every account but `released_by` and `cleared_for`.';
COMMENT ON TABLE handle_states IS 'What `handles` said, and in which revisions; kept by trigger.';
COMMENT ON TABLE handles IS
    'Every handle an account holds or held, kept by trigger from accounts.handle; it outlives a deleted account.';
COMMENT ON TABLE observations IS 'Followers, posts and last post of an account at a time, with who observed it.';
COMMENT ON VIEW released_handles IS
    'When a handle was last given up: whoever takes it up holds it since then at the earliest.';
COMMENT ON TABLE revisions IS 'One row a committed change of the registry; commit order is revision order.';
COMMENT ON COLUMN revisions.mark IS
    'Tells the revision from another of its number: in a history that a restore took back.';
COMMENT ON TABLE search_pending IS
    'Accounts whose terms are yet to be cut: written by triggers, emptied by the writer.';
COMMENT ON TABLE search_readings IS 'Chinese characters and pairs of them that occur, by each of their readings.';
COMMENT ON TABLE search_states IS 'Terms under which accounts were found before their names changed or they went.';
COMMENT ON TABLE search_words IS 'Words that occur, by the parts that directory.search.spelling makes of them.';
COMMENT ON TABLE snapshot_files IS 'The files of each snapshot: how they are sent, and what their bytes are.';
COMMENT ON COLUMN snapshot_files.encoding IS 'What it is compressed with: gzip or zstd; null where it is plain.';
COMMENT ON COLUMN snapshot_files.media_type IS 'What the file is before it is compressed.';
COMMENT ON TABLE snapshots IS 'One row a snapshot that can be read, with the text of its manifest.json.';
COMMENT ON TABLE statements IS 'Provenance: what each source last said of each account.';
COMMENT ON COLUMN statements.kept IS
    'Keys of the statement that were stated earlier than in its revision: for each the revision and the position.';
COMMENT ON COLUMN statements.listed_from IS 'Revision since which the source says so; NULL: before this was recorded.';
COMMENT ON COLUMN statements.listed_until IS 'Revision in which its source stopped listing it; NULL while it does.';
COMMENT ON TABLE suppressions IS 'Digests of what deleted accounts are known by, so that no import brings them back.';
COMMENT ON TABLE tombstone_heirs IS 'Heirs of merged records before these were merged themselves.';
COMMENT ON TABLE tombstones IS 'Ids that went: merged into an heir, or deleted (no heir). Never reused.';
COMMENT ON COLUMN tombstones.category IS 'What kind of reason a record was deleted for; NULL where none was stated.';
COMMENT ON COLUMN tombstones.erased_in IS 'Revision since which nothing tells whose account it was; NULL: versions do.';
COMMENT ON TABLE versions IS 'Every state of every record: its public JSON after each change; NULL when it went.';

-- The names of the field for what had names of our own. Nothing is rewritten: renames touch the catalog only.


ALTER TABLE tombstones RENAME COLUMN heir_id TO successor_id;
ALTER TABLE tombstone_heirs RENAME COLUMN heir_id TO successor_id;
ALTER TABLE account_search RENAME COLUMN reach TO followers;
ALTER TABLE account_search RENAME COLUMN standing TO status_rank;
ALTER TABLE account_search RENAME COLUMN brevity TO name_length;
ALTER TABLE search_states RENAME COLUMN brevity TO name_length;
ALTER TABLE account_eras RENAME COLUMN written TO changes;
ALTER TABLE account_count_bases RENAME COLUMN base TO checkpoint;
ALTER TABLE account_count_bases RENAME COLUMN steps TO deltas;
ALTER TABLE account_count_steps RENAME COLUMN base TO checkpoint;
ALTER TABLE account_count_steps RENAME COLUMN step TO delta;
ALTER TABLE account_tally_steps RENAME COLUMN base TO checkpoint;
ALTER TABLE account_tally_steps RENAME COLUMN step TO delta;
ALTER TABLE statements RENAME COLUMN kept TO key_revisions;
ALTER TABLE suppressions RENAME COLUMN is_all_known TO has_no_user_id;
ALTER VIEW handle_quarantines RENAME COLUMN cleared_for TO exempt_accounts;

ALTER TABLE tombstone_heirs RENAME TO tombstone_successors;
ALTER TABLE handle_clearances RENAME TO quarantine_exemptions;
ALTER TABLE clearance_holders RENAME TO quarantine_exemption_accounts;
ALTER TABLE account_count_bases RENAME TO account_count_checkpoints;
ALTER TABLE account_count_steps RENAME TO account_count_deltas;
ALTER TABLE account_tally_steps RENAME TO account_tally_deltas;

ALTER INDEX tombstone_heirs_pkey RENAME TO tombstone_successors_pkey;
ALTER INDEX handle_clearances_pkey RENAME TO quarantine_exemptions_pkey;
ALTER INDEX handle_clearances_account RENAME TO quarantine_exemptions_account;
ALTER INDEX clearance_holders_pkey RENAME TO quarantine_exemption_accounts_pkey;
ALTER INDEX account_count_bases_pkey RENAME TO account_count_checkpoints_pkey;
ALTER INDEX account_count_steps_revision RENAME TO account_count_deltas_revision;
ALTER INDEX account_tally_steps_value RENAME TO account_tally_deltas_value;
ALTER TABLE quarantine_exemptions
    RENAME CONSTRAINT handle_clearances_platform_fkey TO quarantine_exemptions_platform_fkey;
ALTER TABLE quarantine_exemptions
    RENAME CONSTRAINT handle_clearances_revision_fkey TO quarantine_exemptions_revision_fkey;

-- Triggers of one table and time fire in the order of their names: the number says it.
ALTER TRIGGER document ON accounts RENAME TO build_document;
ALTER TRIGGER document ON departments RENAME TO build_document;
ALTER TRIGGER document ON handles RENAME TO build_document;
ALTER TRIGGER document ON platforms RENAME TO build_document;
ALTER TRIGGER document ON regions RENAME TO build_document;
ALTER TRIGGER document ON sources RENAME TO build_document;
ALTER TRIGGER counts_insert ON accounts RENAME TO step1_counts_insert;
ALTER TRIGGER search_insert ON accounts RENAME TO step2_search_insert;
ALTER TRIGGER versions_insert ON accounts RENAME TO step3_versions_insert;
ALTER TRIGGER versions_insert_states ON accounts RENAME TO step4_states_insert;
ALTER TRIGGER with_handles_insert ON accounts RENAME TO step5_handles_insert;
ALTER TRIGGER counts_update ON accounts RENAME TO step1_counts_update;
ALTER TRIGGER search_update ON accounts RENAME TO step2_search_update;
ALTER TRIGGER versions_update ON accounts RENAME TO step3_versions_update;
ALTER TRIGGER versions_update_states ON accounts RENAME TO step4_states_update;
ALTER TRIGGER with_handles_update ON accounts RENAME TO step5_handles_update;
ALTER TRIGGER counts_delete ON accounts RENAME TO step1_counts_delete;
ALTER TRIGGER search_delete ON accounts RENAME TO step2_search_delete;
ALTER TRIGGER versions_delete ON accounts RENAME TO step3_versions_delete;
ALTER TRIGGER versions_delete_states ON accounts RENAME TO step4_states_delete;
ALTER TRIGGER with_handles_delete ON accounts RENAME TO step5_handles_delete;
ALTER TRIGGER search_follow ON departments RENAME TO step1_search_update;
ALTER TRIGGER versions_insert ON departments RENAME TO step2_versions_insert;
ALTER TRIGGER versions_update ON departments RENAME TO step2_versions_update;
ALTER TRIGGER versions_delete ON departments RENAME TO step2_versions_delete;
ALTER TRIGGER with_accounts_follow ON departments RENAME TO step3_dependents_update;
ALTER TRIGGER versions_insert ON regions RENAME TO step1_versions_insert;
ALTER TRIGGER versions_update ON regions RENAME TO step1_versions_update;
ALTER TRIGGER versions_delete ON regions RENAME TO step1_versions_delete;
ALTER TRIGGER with_accounts_follow ON regions RENAME TO step2_dependents_update;
ALTER TRIGGER states_insert ON handles RENAME TO step1_states_insert;
ALTER TRIGGER versions_insert ON handles RENAME TO step2_versions_insert;
ALTER TRIGGER states_update ON handles RENAME TO step1_states_update;
ALTER TRIGGER versions_update ON handles RENAME TO step2_versions_update;
ALTER TRIGGER states_delete ON handles RENAME TO step1_states_delete;
ALTER TRIGGER versions_delete ON handles RENAME TO step2_versions_delete;
ALTER TRIGGER steps_insert ON account_counts RENAME TO deltas_insert;
ALTER TRIGGER steps_insert ON account_tallies RENAME TO deltas_insert;
ALTER TRIGGER steps_update ON account_counts RENAME TO deltas_update;
ALTER TRIGGER steps_update ON account_tallies RENAME TO deltas_update;
ALTER TRIGGER steps_delete ON account_counts RENAME TO deltas_delete;
ALTER TRIGGER steps_delete ON account_tallies RENAME TO deltas_delete;
ALTER TRIGGER heirs_update ON tombstones RENAME TO successors_update;
ALTER TRIGGER heirs_update ON quarantine_exemptions RENAME TO successors_update;

ALTER FUNCTION keep_heirs() RENAME TO record_successors;
ALTER FUNCTION settle_handles(text[]) RENAME TO coalesce_handle_intervals;
ALTER FUNCTION search_reach(bigint) RENAME TO search_followers;
ALTER FUNCTION search_standing(text) RENAME TO search_status_rank;
ALTER FUNCTION search_anything(tsquery[]) RENAME TO search_any_tier;
ALTER FUNCTION follow_search() RENAME TO update_account_search;
ALTER FUNCTION follow_department_search() RENAME TO queue_department_search;
ALTER FUNCTION follow_reference() RENAME TO refresh_dependents;
ALTER FUNCTION keep_search_states() RENAME TO record_search_states;
ALTER FUNCTION keep_count_steps() RENAME TO record_count_deltas;
ALTER FUNCTION attach_era(integer) RENAME TO attach_era_partition;
ALTER FUNCTION create_era(integer) RENAME TO create_era_partition;
ALTER FUNCTION keep_states() RENAME TO record_account_states;
ALTER FUNCTION keep_handle_states() RENAME TO record_handle_states;
ALTER FUNCTION keep_handles() RENAME TO update_handles;
ALTER FUNCTION count_accounts() RENAME TO update_account_counts;
ALTER FUNCTION never() RENAME TO infinite_revision;
ALTER FUNCTION document_account() RENAME TO build_account_document;
ALTER FUNCTION document_department() RENAME TO build_department_document;
ALTER FUNCTION document_handle() RENAME TO build_handle_document;
ALTER FUNCTION document_platform() RENAME TO build_platform_document;
ALTER FUNCTION document_region() RENAME TO build_region_document;
ALTER FUNCTION document_source() RENAME TO build_source_document;

-- PostgreSQL cannot rename a parameter, and a generated column holds on to its function. So the band becomes a plain
-- column, which its two writers fill: they compute it for the facets anyway. To generate it again would rewrite the
-- table and its indexes, and a CHECK would compute its logarithm, of type numeric, once more for each row.
ALTER TABLE account_search ALTER COLUMN band DROP EXPRESSION;
ALTER TABLE account_search RENAME COLUMN band TO rank_band;

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

DROP FUNCTION search_band(bigint, smallint, smallint);
DROP FUNCTION search_facets(accounts, smallint);
DROP FUNCTION search_tier(tsvector, text, tsquery[], text[]);
DROP FUNCTION begin_count_base(bigint);
DROP FUNCTION search_page;

CREATE FUNCTION search_rank_band(followers bigint, status_rank smallint, name_length smallint)
    RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT (CASE WHEN followers >= 0 THEN 100 + least(floor(log(2, followers + 1)), 43)
            ELSE (4 - status_rank) * 20 + 19 - least(name_length / 2, 19) END)::smallint
$$;

CREATE FUNCTION search_facets(account accounts, rank_band smallint)
    RETURNS tsvector LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT array_to_tsvector(
        ARRAY['p' || (account).platform, 's' || (account).status, 'v' || (account).verification,
              'u' || (account).subject, 'b' || rank_band, 'g' || rank_band / 8]
        || CASE WHEN (account).department_type IS NULL THEN '{}' ELSE ARRAY['t' || (account).department_type] END
        || CASE WHEN (account).region_path IS NULL THEN '{}' ELSE ARRAY(
               SELECT 'r' || code FROM unnest(string_to_array(rtrim((account).region_path, '/'), '/')) AS code) END)
$$;

CREATE FUNCTION search_tier(terms tsvector, texts text, tiers tsquery[], text_patterns text[])
    RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE WHEN terms @@ tiers[1] AND (text_patterns[1] IS NULL OR texts ~ text_patterns[1]) THEN 0
                WHEN terms @@ tiers[2] AND (text_patterns[2] IS NULL OR texts ~ text_patterns[2]) THEN 1
                WHEN terms @@ tiers[3] AND (text_patterns[3] IS NULL OR texts ~ text_patterns[3]) THEN 2
                WHEN terms @@ tiers[4] AND (text_patterns[4] IS NULL OR texts ~ text_patterns[4]) THEN 3
                WHEN terms @@ tiers[5] AND (text_patterns[5] IS NULL OR texts ~ text_patterns[5]) THEN 4
                WHEN terms @@ tiers[6] AND (text_patterns[6] IS NULL OR texts ~ text_patterns[6]) THEN 5
                WHEN terms @@ tiers[7] AND (text_patterns[7] IS NULL OR texts ~ text_patterns[7]) THEN 6
                WHEN terms @@ tiers[8] AND (text_patterns[8] IS NULL OR texts ~ text_patterns[8]) THEN 7 END
$$;

CREATE FUNCTION search_page(
    tiers tsquery[], index_queries tsquery[], text_patterns text[], excluded_pattern text, facet_filter tsquery,
    group_starts integer[], by_band boolean[], band_facets tsquery[], band_floors integer[],
    after_tier integer, after_followers bigint, after_status_rank integer, after_name_length integer, after_id text,
    page_size integer
) RETURNS TABLE (account_id text, tier integer, followers bigint, status_rank smallint, name_length smallint)
LANGUAGE plpgsql STABLE ROWS 25 SET plan_cache_mode TO 'force_generic_plan' SET enable_seqscan TO 'off'
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

CREATE FUNCTION create_count_checkpoint(at_revision bigint) RETURNS void LANGUAGE plpgsql
AS $$
DECLARE
    counts bigint;
    tallies bigint;
BEGIN
    INSERT INTO account_count_deltas
           (checkpoint, revision, delta,
            country, division, platform, department_type, status, subject, verification, language)
    SELECT at_revision, at_revision, accounts,
           country, division, platform, department_type, status, subject, verification, language
      FROM account_counts WHERE accounts <> 0;
    GET DIAGNOSTICS counts = ROW_COUNT;
    INSERT INTO account_tally_deltas (checkpoint, revision, delta, dimension, value)
    SELECT at_revision, at_revision, accounts, dimension, value FROM account_tallies WHERE accounts <> 0;
    GET DIAGNOSTICS tallies = ROW_COUNT;
    INSERT INTO account_count_checkpoints (checkpoint, size, deltas) VALUES (at_revision, counts + tallies, 0);
END $$;

CREATE OR REPLACE FUNCTION record_successors() RETURNS trigger LANGUAGE plpgsql
AS $$
BEGIN
    IF TG_TABLE_NAME = 'tombstones' THEN
        INSERT INTO tombstone_successors (kind, id, to_revision, successor_id)
        SELECT o.kind, o.id, current_revision(), o.successor_id FROM old_rows AS o JOIN new_rows AS n USING (kind, id)
         WHERE n.successor_id IS DISTINCT FROM o.successor_id
            ON CONFLICT DO NOTHING;
    ELSE
        INSERT INTO quarantine_exemption_accounts (platform, handle_key, revision, to_revision, account_id)
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
    -- Where nothing changed this selects no row, so current_revision() is not called and no revision is needed.
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
            'SELECT o.%1$I, went.action, NULL::text, t.successor_id, NULL::tsvector,
                    change_facets(%2$L, went.action, %3$s)
               FROM old_rows AS o LEFT JOIN tombstones AS t ON t.kind = %2$L AND t.id = o.%1$I,
                    LATERAL (SELECT CASE WHEN t.successor_id IS NULL THEN ''delete'' ELSE ''merge'' END AS action
                    ) AS went',
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

CREATE OR REPLACE FUNCTION coalesce_handle_intervals(ids text[]) RETURNS void LANGUAGE sql
AS $$
    WITH chained AS (
        SELECT h.*, (h.valid_from = lag(h.valid_to) OVER life) IS TRUE AS continues
          FROM handles AS h WHERE h.account_id = ANY (ids)
        WINDOW life AS (PARTITION BY h.account_id, h.handle_key
                        ORDER BY h.valid_to NULLS LAST, h.valid_from NULLS FIRST, h.id)
    ), numbered AS (
        SELECT chained.*, count(*) FILTER (WHERE NOT continues) OVER (
                   PARTITION BY account_id, handle_key ORDER BY valid_to NULLS LAST, valid_from NULLS FIRST, id
               ) AS spell
          FROM chained
    ), spell AS (
        SELECT (array_agg(id ORDER BY valid_to DESC NULLS FIRST, valid_from DESC NULLS LAST, id DESC))[1]
                   AS survivor_id,
               (array_agg(public_id ORDER BY valid_to DESC NULLS FIRST, valid_from DESC NULLS LAST, id DESC))[1]
                   AS survivor_public_id,
               (array_agg(valid_from ORDER BY valid_to NULLS LAST, valid_from NULLS FIRST, id))[1] AS valid_from,
               array_agg(id) AS members
          FROM numbered GROUP BY account_id, handle_key, spell HAVING count(*) > 1
    ), merged AS (
        DELETE FROM handles AS h USING spell AS s WHERE h.id = ANY (s.members) AND h.id <> s.survivor_id
        RETURNING h.public_id, s.survivor_public_id
    ), buried AS (
        INSERT INTO tombstones (kind, id, successor_id, revision)
        SELECT 'handle', public_id, survivor_public_id, current_revision() FROM merged
    )
    UPDATE handles AS h SET valid_from = s.valid_from FROM spell AS s WHERE h.id = s.survivor_id;

    UPDATE handles AS h SET valid_from = o.earlier
      FROM (SELECT id, lag(valid_to) OVER (
                       PARTITION BY account_id ORDER BY valid_to NULLS LAST, valid_from NULLS FIRST, id) AS earlier
              FROM handles WHERE account_id = ANY (ids)) AS o
     WHERE h.id = o.id AND o.earlier > coalesce(h.valid_from, '-infinity');
$$;

CREATE OR REPLACE FUNCTION update_account_search() RETURNS trigger LANGUAGE plpgsql
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

CREATE OR REPLACE FUNCTION record_search_states() RETURNS trigger LANGUAGE plpgsql
AS $$
DECLARE
    -- NULL where terms are built again without a change of the registry: then the new ones count for all revisions.
    this CONSTANT bigint := nullif(current_setting('directory.revision', true), '')::bigint;
    replaced CONSTANT text := CASE TG_OP
        WHEN 'DELETE' THEN 'SELECT o.* FROM old_rows AS o'
        ELSE 'SELECT o.* FROM old_rows AS o JOIN new_rows AS n USING (account_id)
               WHERE (n.terms, n.look_alikes, n.texts, n.name_length) IS DISTINCT FROM
                     (o.terms, o.look_alikes, o.texts, o.name_length)' END;
BEGIN
    IF this IS NOT NULL THEN
        EXECUTE format('INSERT INTO search_states
                               (account_id, from_revision, to_revision, name_length, terms, look_alikes, texts)
                        SELECT r.account_id, coalesce(last.to_revision, 0), %1$s, r.name_length, r.terms, r.look_alikes,
                               r.texts
                          FROM (%2$s) AS r
                          LEFT JOIN LATERAL (SELECT max(s.to_revision) AS to_revision FROM search_states AS s
                                              WHERE s.account_id = r.account_id) AS last ON true
                         WHERE last.to_revision IS DISTINCT FROM %1$s', this, replaced);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION record_count_deltas() RETURNS trigger LANGUAGE plpgsql
AS $$
DECLARE
    change CONSTANT text := CASE TG_OP
        WHEN 'INSERT' THEN 'SELECT n.*, n.accounts AS delta FROM new_rows AS n'
        WHEN 'DELETE' THEN 'SELECT o.*, -o.accounts AS delta FROM old_rows AS o'
        ELSE 'SELECT n.*, n.accounts AS delta FROM new_rows AS n UNION ALL SELECT o.*, -o.accounts FROM old_rows AS o'
    END;
    dimensions CONSTANT text := CASE TG_TABLE_NAME
        WHEN 'account_counts' THEN
            'country, division, platform, department_type, status, subject, verification, language'
        ELSE 'dimension, value' END;
    this CONSTANT bigint := nullif(current_setting('directory.revision', true), '')::bigint;
    latest account_count_checkpoints;
    added bigint;
BEGIN
    SELECT * INTO latest FROM account_count_checkpoints ORDER BY checkpoint DESC LIMIT 1;
    EXECUTE format('INSERT INTO %1$I (checkpoint, revision, delta, %2$s)
                    SELECT %3$s, current_revision(), sum(delta), %2$s FROM (%4$s) AS c
                     GROUP BY %2$s HAVING sum(delta) <> 0',
                   CASE TG_TABLE_NAME WHEN 'account_counts' THEN 'account_count_deltas'
                                      ELSE 'account_tally_deltas' END,
                   dimensions, latest.checkpoint, change);
    GET DIAGNOSTICS added = ROW_COUNT;
    IF added = 0 THEN
        RETURN NULL;
    END IF;
    -- What the checkpoint's own revision adds is part of the checkpoint.
    IF latest.checkpoint = this THEN
        UPDATE account_count_checkpoints SET size = size + added WHERE checkpoint = latest.checkpoint;
    ELSIF latest.deltas + added > greatest(least(era_size(), 1024), latest.size / 2) THEN
        PERFORM create_count_checkpoint(this);
    ELSE
        UPDATE account_count_checkpoints SET deltas = deltas + added WHERE checkpoint = latest.checkpoint;
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
END $$;

CREATE OR REPLACE FUNCTION record_account_states() RETURNS trigger LANGUAGE plpgsql
AS $$
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
END $$;

CREATE OR REPLACE FUNCTION record_handle_states() RETURNS trigger LANGUAGE plpgsql
AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM handle_states AS s USING old_rows AS o
         WHERE s.id = o.id AND s.from_revision = current_revision();
        UPDATE handle_states AS s SET to_revision = current_revision()
          FROM old_rows AS o WHERE s.id = o.id AND s.to_revision = infinite_revision();
    ELSIF TG_OP = 'DELETE' THEN
        DELETE FROM handle_states AS s USING old_rows AS o
         WHERE s.id = o.id AND s.from_revision = current_revision();
        UPDATE handle_states AS s SET to_revision = current_revision()
          FROM old_rows AS o WHERE s.id = o.id AND s.to_revision = infinite_revision();
        RETURN NULL;
    END IF;
    INSERT INTO handle_states (id, from_revision, released_in, valid_from, valid_to, account_id, platform,
                               handle_key, handle)
    SELECT id, current_revision(), released_in, valid_from, valid_to, account_id, platform, handle_key, handle
      FROM new_rows;
    RETURN NULL;
END $$;

-- Each comment of a function ends with the tables that it writes, or the columns of NEW that a row trigger sets:
-- docs/schema.md lists them, and a test compares them with the body.

COMMENT ON TABLE accounts IS 'One row an account. `document` is its public JSON, which triggers write.';
COMMENT ON COLUMN accounts.handle_key IS 'The handle as its platform compares it: equal keys are one handle.';
COMMENT ON COLUMN accounts.name_key IS 'The normalized name, for sorting.';
COMMENT ON COLUMN accounts.names IS 'Other names, as a list of objects with name and language.';
COMMENT ON COLUMN accounts.name_keys IS 'Normalized names, the displayed one and the others, for exact matches.';
COMMENT ON COLUMN accounts.department_type IS
    'Type of the department; of an unknown department the type that sources state.';
COMMENT ON COLUMN accounts.region_path IS
    'Codes of the region and of all above it, from the country down: `CN/CN-51/`.';
COMMENT ON COLUMN accounts.followers_at IS 'When `followers` was observed.';
COMMENT ON COLUMN accounts.replaced_by IS 'The account that took over from this one; this one stays.';
COMMENT ON COLUMN accounts.document IS 'Public JSON, as the API returns it.';
COMMENT ON COLUMN accounts.revision IS 'Revision in which the document last changed.';
COMMENT ON COLUMN accounts.withdrawn_by IS
    'The source that listed it last and no longer does; NULL where a source lists it.';
COMMENT ON COLUMN accounts.listed_from IS 'Since when `withdrawn_by` had listed it; NULL: before this was recorded.';
COMMENT ON COLUMN accounts.listed_until IS 'When `withdrawn_by` stopped listing it.';

COMMENT ON TABLE departments IS 'One row a government body. `document` is its public JSON, which triggers write.';
COMMENT ON COLUMN departments.name_key IS 'The normalized name: with the region it identifies the department.';
COMMENT ON COLUMN departments.region_path IS 'As in accounts.';
COMMENT ON COLUMN departments.document IS 'Public JSON, as the API returns it.';
COMMENT ON COLUMN departments.revision IS 'Revision in which the document last changed.';

COMMENT ON TABLE handles IS
    'Every handle an account has or had, written by triggers on accounts; stays when the account is deleted.';
COMMENT ON COLUMN handles.handle_key IS 'As in accounts.';
COMMENT ON COLUMN handles.valid_from IS 'NULL: since before the registry knew of it.';
COMMENT ON COLUMN handles.valid_to IS 'When the account released it; NULL: it has it now.';
COMMENT ON COLUMN handles.released_in IS 'Revision in which it was released.';
COMMENT ON COLUMN handles.public_id IS 'Id in the change feed and in versions.';
COMMENT ON COLUMN handles.department_id IS 'Department of the account; after a deletion the last one.';
COMMENT ON COLUMN handles.region_path IS 'Region path of the account; after a deletion the last one.';
COMMENT ON COLUMN handles.document IS 'Public JSON in the change feed.';
COMMENT ON COLUMN handles.revision IS 'Revision in which the document last changed.';

COMMENT ON TABLE quarantine_exemptions IS
    'Quarantines that an operator lifted: releases before the revision no longer bar the account.';
COMMENT ON COLUMN quarantine_exemptions.account_id IS 'The account that may have the handle; NULL: every account.';
COMMENT ON TABLE quarantine_exemption_accounts IS
    'For which accounts quarantines were lifted, before these were merged into others.';
COMMENT ON COLUMN quarantine_exemption_accounts.to_revision IS 'Revision of the merge.';
COMMENT ON VIEW handle_quarantines IS
    'Released handles in quarantine: for every account but `released_by` and `exempt_accounts`.';
COMMENT ON VIEW released_handles IS
    'When a handle was last released: the next account has it from then on at the earliest.';

COMMENT ON TABLE platforms IS 'Social platforms, from the reference data of the program.';
COMMENT ON TABLE regions IS 'Countries and their subdivisions, from the reference data of the program.';
COMMENT ON COLUMN regions.path IS 'Codes from the country down to the region, each with a slash behind it.';
COMMENT ON COLUMN regions.replaced_by IS 'Codes of the regions that a dissolved one became.';
COMMENT ON COLUMN regions.name_keys IS 'All names, normalized, for look-ups.';
COMMENT ON TABLE department_types IS 'Types of departments, from the reference data of the program.';
COMMENT ON COLUMN department_types.cofog IS 'Division of the UN''s Classification of the Functions of Government.';
COMMENT ON COLUMN department_types.position IS 'Order in which the API lists the types.';

COMMENT ON TABLE sources IS 'Data sets and lists that accounts are imported from.';
COMMENT ON COLUMN sources.retrieved IS 'Year, month or day.';
COMMENT ON TABLE statements IS 'What each source last stated about each account.';
COMMENT ON COLUMN statements.source_id IS 'The source''s own id of the entry; empty where it has none.';
COMMENT ON COLUMN statements.statement IS 'The stated fields; accounts are merged from these.';
COMMENT ON COLUMN statements.position IS
    'Position of the row in its import: of two in one revision the later one counts.';
COMMENT ON COLUMN statements.key_revisions IS
    'Keys that were stated before `revision`, each with its revision and position: `{"name": [3, 17]}`.';
COMMENT ON COLUMN statements.listed_from IS 'Revision since which the source lists it; NULL: before this was recorded.';
COMMENT ON COLUMN statements.listed_until IS 'Revision in which the source stopped listing it; NULL: it lists it.';
COMMENT ON TABLE observations IS 'Followers, posts and last post of an account at a point in time, by source.';

COMMENT ON TABLE revisions IS
    'One row a committed change of the registry. Revisions are committed in the order of their numbers.';
COMMENT ON COLUMN revisions.actor IS 'Who made the change.';
COMMENT ON COLUMN revisions.source IS 'The source that was imported; NULL: none, or several.';
COMMENT ON COLUMN revisions.mark IS
    'Random: tells the revision from another one of its number, as after a restore from a backup.';
COMMENT ON TABLE versions IS
    'Every state of every record: its public JSON after each change. Read by the change feed and histories.';
COMMENT ON COLUMN versions.sequence IS 'Order within the revision.';
COMMENT ON COLUMN versions.record IS 'Public JSON; NULL: deleted or merged.';
COMMENT ON COLUMN versions.replaced_by IS 'Id of the record that it was merged into.';
COMMENT ON COLUMN versions.facets IS 'What the change feed filters by, after the change: see change_facets().';
COMMENT ON COLUMN versions.facets_before IS 'The same before the change, where it differs.';
COMMENT ON TABLE tombstones IS 'Ids of records that were merged or deleted. An id is never used again.';
COMMENT ON COLUMN tombstones.successor_id IS
    'The record that it was merged into, carried on when that one is merged; NULL: deleted.';
COMMENT ON COLUMN tombstones.revision IS 'Revision of the merge or deletion.';
COMMENT ON COLUMN tombstones.category IS 'Category of the reason for the deletion; NULL: none was stated.';
COMMENT ON COLUMN tombstones.erased_in IS
    'Revision in which the content of its versions was erased; NULL: versions still have it.';
COMMENT ON TABLE tombstone_successors IS
    'Successors of merged records before these were merged in their turn, for point-in-time reads.';
COMMENT ON COLUMN tombstone_successors.to_revision IS 'Revision in which another successor took its place.';
COMMENT ON TABLE suppressions IS
    'Digests of the ids and handles of deleted accounts, so that no import brings them back.';
COMMENT ON COLUMN suppressions.digest IS
    'identity_digest() of a user id or handle. A digest, so that nothing names the account.';
COMMENT ON COLUMN suppressions.has_no_user_id IS
    'A handle of an account without a known user id: any row with the handle is that account.';

COMMENT ON TABLE account_states IS 'What accounts are filtered and sorted by, by revision. Partitioned by era.';
COMMENT ON COLUMN account_states.sequence IS 'With `revision` the version that has the public JSON.';
COMMENT ON COLUMN account_states.from_revision IS 'First revision of the state.';
COMMENT ON COLUMN account_states.to_revision IS
    'First revision after the state; infinite_revision() for the current one.';
COMMENT ON TABLE account_eras IS
    'Ranges of revisions. An era begins with a copy of all accounts, so a read needs one partition.';
COMMENT ON COLUMN account_eras.first_revision IS 'The era ends before the first revision of the next one.';
COMMENT ON COLUMN account_eras.accounts IS 'Number of accounts at its end.';
COMMENT ON COLUMN account_eras.changes IS
    'Number of changed accounts since its beginning; as many as accounts begin the next era.';
COMMENT ON TABLE handle_states IS 'Rows of handles, by revision, for point-in-time reads.';
COMMENT ON COLUMN handle_states.id IS 'handles.id.';
COMMENT ON COLUMN handle_states.to_revision IS
    'First revision after the state; infinite_revision() for the current one.';

COMMENT ON TABLE account_counts IS 'Number of accounts for each combination of eight dimensions that occurs.';
COMMENT ON TABLE account_tallies IS
    'Number of accounts for each value of a dimension that has many values or lists of them.';
COMMENT ON TABLE account_count_checkpoints IS
    'Revisions at which the counts were copied: a count at a later one is the copy and its deltas.';
COMMENT ON COLUMN account_count_checkpoints.checkpoint IS 'The revision.';
COMMENT ON COLUMN account_count_checkpoints.size IS 'Number of rows of the copy.';
COMMENT ON COLUMN account_count_checkpoints.deltas IS
    'Number of rows since; half of `size` begins the next checkpoint.';
COMMENT ON TABLE account_count_deltas IS
    'By how much rows of account_counts changed in a revision; at the checkpoint itself the counts.';
COMMENT ON TABLE account_tally_deltas IS
    'By how much rows of account_tallies changed in a revision; at the checkpoint itself the tallies.';

COMMENT ON TABLE account_search IS 'The search index: terms of each account, built again when its names change.';
COMMENT ON COLUMN account_search.terms IS 'Terms of names, handle and department; directory.search.terms makes them.';
COMMENT ON COLUMN account_search.facets IS 'What a search is filtered by, as prefixed lexemes: see search_facets().';
COMMENT ON COLUMN account_search.look_alikes IS 'Keys under which look-alikes of the handle are found.';
COMMENT ON COLUMN account_search.texts IS 'Normalized names and handle, one a line, for regular expressions.';
COMMENT ON COLUMN account_search.followers IS 'Followers; -1: unknown.';
COMMENT ON COLUMN account_search.status_rank IS '0 active, 1 unknown, 2 dormant, 3 suspended, 4 closed.';
COMMENT ON COLUMN account_search.name_length IS 'Length of the shortest name, at most 1000.';
COMMENT ON COLUMN account_search.rank_band IS
    'Rank by followers, status and length in 144 bands: a search reads the highest first, and stops when its page is full.';
COMMENT ON TABLE search_states IS 'Earlier rows of account_search, for point-in-time reads.';
COMMENT ON COLUMN search_states.to_revision IS 'First revision after the state.';
COMMENT ON TABLE search_pending IS
    'Queue of accounts to index: triggers fill it, the writer empties it before it commits.';
COMMENT ON TABLE search_readings IS 'Chinese characters and pairs of them that occur, by pinyin.';
COMMENT ON COLUMN search_readings.position IS 'Order in which they were added: processes read what is new.';
COMMENT ON TABLE search_words IS
    'Words that occur, by the parts that directory.search.spelling makes of them, to correct typos.';

COMMENT ON TABLE snapshots IS 'Published snapshots, with the text of manifest.json.';
COMMENT ON TABLE snapshot_files IS 'Files of each snapshot.';
COMMENT ON COLUMN snapshot_files.media_type IS 'Type of the content before compression.';
COMMENT ON COLUMN snapshot_files.encoding IS 'Compression, gzip or zstd; NULL: none.';
COMMENT ON COLUMN snapshot_files.rows IS 'Number of records; NULL: the file has none.';

COMMENT ON FUNCTION begin_revision(text, text, text) IS
    'Open a revision: every write needs one. Holds an advisory lock to the end of the transaction, so that revisions
are committed in the order of their numbers. Notifies `directory_revision`. Writes: revisions.';
COMMENT ON FUNCTION current_revision() IS 'The open revision; raises an error outside begin_revision().';
COMMENT ON FUNCTION infinite_revision() IS 'The end of a state that still holds.';
COMMENT ON FUNCTION encode_id(bigint) IS 'The public id of a number: scrambled, with a check character at the end.';
COMMENT ON FUNCTION new_id() IS 'A new public id.';
COMMENT ON FUNCTION identity_digest(text, text, text) IS
    'SHA-256 of a user id or handle (`kind`) on a platform, for suppressions.';

COMMENT ON FUNCTION build_account_document() IS
    'Build the public JSON from the row, its department and its region. Where nothing public changed, the revision and
its time stay. Sets: region_path, department_type, revision, created_at, updated_at, document.';
COMMENT ON FUNCTION build_department_document() IS
    'Build the public JSON from the row, its region and its parent. Where nothing public changed, the revision and its
time stay. Sets: region_path, revision, created_at, updated_at, document.';
COMMENT ON FUNCTION build_handle_document() IS
    'Build the JSON of the change feed, and copy the department and region of the account. Sets: department_id,
region_path, revision, document.';
COMMENT ON FUNCTION build_platform_document() IS 'Build the public JSON. Sets: document, revision.';
COMMENT ON FUNCTION build_region_document() IS 'Build the public JSON and the path. Sets: path, document, revision.';
COMMENT ON FUNCTION build_source_document() IS 'Build the public JSON. Sets: document, revision.';
COMMENT ON FUNCTION document_end(bigint, timestamptz, timestamptz) IS
    'The end of a document: revision and times, apart from what is compared.';

COMMENT ON FUNCTION update_account_counts() IS
    'Add and subtract the rows in the counts of accounts. Writes: account_counts, account_tallies.';
COMMENT ON FUNCTION record_count_deltas() IS
    'Record by how much counts changed in the revision, and begin a checkpoint after many deltas. Writes:
account_count_checkpoints, account_count_deltas, account_tally_deltas.';
COMMENT ON FUNCTION create_count_checkpoint(bigint) IS
    'Copy the counts as the deltas of a new checkpoint. Writes: account_count_checkpoints, account_count_deltas,
account_tally_deltas.';
COMMENT ON FUNCTION record_versions() IS
    'Record the new document of each changed row; arguments: kind of record, key column. Writes: versions.';
COMMENT ON FUNCTION record_account_states() IS
    'End the state of each changed account and begin the next one, or begin an era. Writes: account_eras,
account_states.';
COMMENT ON FUNCTION begin_era() IS
    'Copy all accounts as the states of a new era. Writes: account_eras, account_states.';
COMMENT ON FUNCTION create_era_partition(integer) IS
    'Create the partition of an era, not attached yet. Writes: account_states.';
COMMENT ON FUNCTION attach_era_partition(integer) IS
    'Attach the partition of an era when it is filled. Writes: account_states.';
COMMENT ON FUNCTION era_size() IS
    'The least number of changes of an era: the setting directory.era_size, 1024 without it.';
COMMENT ON FUNCTION record_handle_states() IS
    'End the state of each changed handle and begin the next one. Writes: handle_states.';
COMMENT ON FUNCTION record_search_states() IS 'Keep the terms that were replaced or removed. Writes: search_states.';
COMMENT ON FUNCTION record_successors() IS
    'Keep the successor or account that another took the place of. Writes: quarantine_exemption_accounts,
tombstone_successors.';
COMMENT ON FUNCTION update_handles() IS
    'Begin, rename and end the intervals of handles that follow from a change of accounts.handle. Writes: handles.';
COMMENT ON FUNCTION coalesce_handle_intervals(text[]) IS
    'Join intervals of one handle that follow each other, after merges of accounts. Writes: handles, tombstones.';
COMMENT ON FUNCTION refresh_dependents() IS
    'Update the rows whose documents name a renamed or moved department or region, so that their own triggers fire.
Writes: accounts, departments.';
COMMENT ON FUNCTION change_facets(text, text, text, text, text) IS
    'Lexemes for the filters of the change feed: k kind, a action, p platform, d department, r each region.';

COMMENT ON FUNCTION update_account_search() IS
    'Queue accounts whose names changed, and update rank and facets of the others. Writes: account_search,
search_pending.';
COMMENT ON FUNCTION queue_department_search() IS 'Queue the accounts of a renamed department. Writes: search_pending.';
COMMENT ON FUNCTION search_followers(bigint) IS 'Followers for ranking: -1 where they are unknown.';
COMMENT ON FUNCTION search_status_rank(text) IS 'Statuses in the order of a search, from 0 (active) to 4 (closed).';
COMMENT ON FUNCTION search_rank_band(bigint, smallint, smallint) IS
    'From 143 down: by the logarithm of followers; where these are unknown, below 100, by status and length of name.';
COMMENT ON FUNCTION search_facets(accounts, smallint) IS
    'Lexemes for the filters of a search: p platform, s status, v verification, u subject, t type of department,
r each region, b band, g group of eight bands.';
COMMENT ON FUNCTION search_any_tier(tsquery[]) IS 'One query that matches what any of the tiers matches.';
COMMENT ON FUNCTION search_tier(tsvector, text, tsquery[], text[]) IS
    'The best tier that an account matches, from 0; NULL: none. Tiers match terms and, where there is one, a pattern.';
COMMENT ON FUNCTION search_page IS
    'A page of a search in its order: tier, followers, status_rank, name_length, id. Groups of tiers are read one after
the other; a group `by_band` from the highest bands down, until the page is full.';

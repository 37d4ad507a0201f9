-- Kept counts: how many accounts there are, by dimension, true in every transaction, so that no
-- exact count and no facet scans the registry when a kept count can answer.

-- One row for each combination that occurs: a filter on these dimensions sums a few thousand rows.
CREATE TABLE account_counts (
    country text COLLATE "C",
    division text COLLATE "C",
    platform text COLLATE "C" NOT NULL,
    department_type text COLLATE "C",
    status text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    verification text COLLATE "C" NOT NULL,
    language text COLLATE "C",
    accounts bigint NOT NULL CHECK (accounts >= 0),
    CONSTRAINT account_counts_dimensions UNIQUE NULLS NOT DISTINCT
        (country, division, platform, department_type, status, subject, verification, language)
);

-- One row for each value of a dimension with too many values to combine.
CREATE TABLE account_tallies (
    dimension text COLLATE "C" NOT NULL CHECK (dimension IN ('department', 'region', 'source', 'tag')),
    value text COLLATE "C" NOT NULL,
    accounts bigint NOT NULL CHECK (accounts >= 0),
    PRIMARY KEY (dimension, value)
);

CREATE FUNCTION count_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    change CONSTANT text := CASE TG_OP
        WHEN 'DELETE' THEN 'SELECT o.*, -1 AS step FROM old_rows AS o'
        ELSE 'SELECT n.*, 1 AS step FROM new_rows AS n UNION ALL SELECT o.*, -1 FROM old_rows AS o'
    END;
BEGIN
    -- Of new accounts all steps are up: one pass adds them. A step down would break the row's own CHECK
    -- before it met the row that it is taken from.
    IF TG_OP = 'INSERT' THEN
        INSERT INTO account_counts AS kept
               (country, division, platform, department_type, status, subject, verification, language, accounts)
        SELECT country, division, platform, department_type, status, subject, verification, language, count(*)
          FROM new_rows GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
        ON CONFLICT ON CONSTRAINT account_counts_dimensions DO UPDATE SET accounts = kept.accounts + excluded.accounts;
        INSERT INTO account_tallies AS kept (dimension, value, accounts)
        SELECT 'department', department_id, count(*) FROM new_rows WHERE department_id IS NOT NULL GROUP BY 2
         UNION ALL
        SELECT 'region', region_code, count(*) FROM new_rows WHERE region_code IS NOT NULL GROUP BY 2
         UNION ALL
        SELECT 'source', source, count(*) FROM new_rows, unnest(sources) AS source GROUP BY 2
         UNION ALL
        SELECT 'tag', tag, count(*) FROM new_rows, unnest(tags) AS tag GROUP BY 2
        ON CONFLICT (dimension, value) DO UPDATE SET accounts = kept.accounts + excluded.accounts;
        RETURN NULL;
    END IF;
    EXECUTE format($sql$
        INSERT INTO account_counts AS kept
               (country, division, platform, department_type, status, subject, verification, language, accounts)
        SELECT country, division, platform, department_type, status, subject, verification, language, 0
          FROM (%s) AS c GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 HAVING sum(step) <> 0
        ON CONFLICT ON CONSTRAINT account_counts_dimensions DO NOTHING$sql$, change);
    EXECUTE format($sql$
        UPDATE account_counts AS kept SET accounts = kept.accounts + c.step
          FROM (SELECT country, division, platform, department_type, status, subject, verification, language,
                       sum(step) AS step
                  FROM (%s) AS c GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 HAVING sum(step) <> 0) AS c
         WHERE (kept.platform, kept.status, kept.subject, kept.verification)
               = (c.platform, c.status, c.subject, c.verification)
           AND (kept.country, kept.division, kept.department_type, kept.language)
               IS NOT DISTINCT FROM (c.country, c.division, c.department_type, c.language)$sql$, change);
    DELETE FROM account_counts WHERE accounts = 0;
    EXECUTE format($sql$
        WITH step AS (
            SELECT v.dimension, v.value, sum(c.step) AS step
              FROM (%s) AS c, LATERAL (
                   SELECT 'department', c.department_id UNION ALL SELECT 'region', c.region_code
                   UNION ALL SELECT 'source', s FROM unnest(c.sources) AS s
                   UNION ALL SELECT 'tag', t FROM unnest(c.tags) AS t) AS v (dimension, value)
             WHERE v.value IS NOT NULL GROUP BY 1, 2 HAVING sum(c.step) <> 0
        ), made AS (
            INSERT INTO account_tallies (dimension, value, accounts)
            SELECT dimension, value, step FROM step WHERE step > 0
            ON CONFLICT (dimension, value) DO UPDATE SET accounts = account_tallies.accounts + excluded.accounts
        )
        UPDATE account_tallies AS kept SET accounts = kept.accounts + step.step FROM step
         WHERE step.step < 0 AND (kept.dimension, kept.value) = (step.dimension, step.value)$sql$, change);
    DELETE FROM account_tallies WHERE accounts = 0;
    RETURN NULL;
END $$;
CREATE TRIGGER counts_insert AFTER INSERT ON accounts REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION count_accounts();
CREATE TRIGGER counts_update AFTER UPDATE ON accounts REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION count_accounts();
CREATE TRIGGER counts_delete AFTER DELETE ON accounts REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION count_accounts();

-- A department or a region that changes is shown by others: their public JSON follows.
CREATE FUNCTION follow_reference() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'departments' THEN
        UPDATE accounts AS a SET department_id = a.department_id
          FROM new_rows AS n JOIN old_rows AS o USING (id)
         WHERE a.department_id = n.id AND (n.name, n.type) IS DISTINCT FROM (o.name, o.type);
        -- Statement triggers fire for no rows too: without this guard the next line would call itself for ever.
        IF EXISTS (SELECT FROM new_rows AS n JOIN old_rows AS o USING (id) JOIN departments AS d ON d.parent_id = n.id
                    WHERE (n.name, n.type) IS DISTINCT FROM (o.name, o.type)) THEN
            UPDATE departments AS d SET parent_id = d.parent_id
              FROM new_rows AS n JOIN old_rows AS o USING (id)
             WHERE d.parent_id = n.id AND (n.name, n.type) IS DISTINCT FROM (o.name, o.type);
        END IF;
    ELSE
        UPDATE accounts AS a SET region_code = a.region_code
          FROM new_rows AS n JOIN old_rows AS o USING (code)
         WHERE a.region_code = n.code
           AND (n.name, n.name_local, n.path) IS DISTINCT FROM (o.name, o.name_local, o.path);
        UPDATE departments AS d SET name = d.name
          FROM new_rows AS n JOIN old_rows AS o USING (code)
         WHERE d.region_code = n.code
           AND (n.name, n.name_local, n.path) IS DISTINCT FROM (o.name, o.name_local, o.path);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER accounts_follow AFTER UPDATE ON departments REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION follow_reference();
CREATE TRIGGER accounts_follow AFTER UPDATE ON regions REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION follow_reference();

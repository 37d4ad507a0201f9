ALTER TABLE departments ADD COLUMN external_ids text[] COLLATE "C" NOT NULL DEFAULT '{}';
COMMENT ON COLUMN departments.external_ids IS 'Ids in other registers, as `scheme:value`, at most one of each scheme, sorted.';

CREATE TABLE department_identifiers (
    scheme text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    department_id text COLLATE "C" NOT NULL,
    from_revision bigint NOT NULL,
    to_revision bigint NOT NULL DEFAULT infinite_revision(),
    CONSTRAINT department_identifiers_key PRIMARY KEY (scheme, value, department_id, from_revision)
);
COMMENT ON TABLE department_identifiers IS 'Departments by external id and by the host of their website, by revision; written by triggers on departments.';
COMMENT ON COLUMN department_identifiers.scheme IS 'That of the external id, or `website`: a host, which several departments may have.';
COMMENT ON COLUMN department_identifiers.department_id IS 'departments.id; rows of a department that went stay, with an end.';
COMMENT ON COLUMN department_identifiers.to_revision IS 'First revision after it; infinite_revision() while it holds.';
-- An external id is of one department at a time.
CREATE UNIQUE INDEX department_identifiers_current ON department_identifiers (scheme, value)
    WHERE to_revision = 9223372036854775807 AND scheme <> 'website';
CREATE INDEX department_identifiers_department ON department_identifiers (department_id);

CREATE TABLE department_aliases (
    name_key text COLLATE "C" NOT NULL CHECK (name_key <> ''),
    region_code text COLLATE "C" REFERENCES regions,
    department_id text COLLATE "C" NOT NULL REFERENCES departments ON DELETE CASCADE,
    CONSTRAINT department_aliases_identity UNIQUE NULLS NOT DISTINCT (name_key, region_code)
);
COMMENT ON TABLE department_aliases IS 'Other names by which sources mean a department: of departments that were merged into it, and of rows with its external id.';
COMMENT ON COLUMN department_aliases.name_key IS 'As in departments; no department has the same name in the same region.';
CREATE INDEX department_aliases_department ON department_aliases (department_id);

CREATE FUNCTION website_host(website text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT nullif(regexp_replace(lower(substring(website COLLATE "C" FROM '^(?:[A-Za-z]+://)?(?:[^/?#@]*@)?([^/?#:]+)')),
                                 '^www\.|\.$', '', 'g'), '')
$$;
COMMENT ON FUNCTION website_host(website text) IS 'The host of the address of a website in lower case, without `www.`; NULL if there is none.';

CREATE FUNCTION department_keys(external_ids text[], website text) RETURNS TABLE (scheme text, value text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT split_part(id, ':', 1) COLLATE "C", substring(id FROM position(':' IN id) + 1) COLLATE "C"
      FROM unnest(external_ids) AS id
     UNION ALL
    SELECT 'website', website_host(website) COLLATE "C" WHERE website_host(website) IS NOT NULL
$$;
COMMENT ON FUNCTION department_keys(external_ids text[], website text) IS 'By what a department is found: its external ids, and the host of its website.';

-- Plans are made while the tables are small, and stay for the session: see build_department_document().
CREATE FUNCTION record_department_identifiers() RETURNS trigger
    LANGUAGE plpgsql
    SET enable_seqscan TO 'off'
    AS $$
DECLARE
    changed text[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO department_identifiers (scheme, value, department_id, from_revision)
        SELECT k.scheme, k.value, n.id, current_revision()
          FROM new_rows AS n, department_keys(n.external_ids, n.website) AS k;
        RETURN NULL;
    END IF;
    changed := CASE TG_OP
        WHEN 'DELETE' THEN ARRAY(SELECT id FROM old_rows)
        ELSE ARRAY(SELECT d.id FROM departments AS d JOIN old_rows AS o USING (id)
                    WHERE (d.external_ids, d.website) IS DISTINCT FROM (o.external_ids, o.website)) END;
    -- Statement triggers fire for no rows too, when there may be no revision.
    IF cardinality(changed) = 0 THEN
        RETURN NULL;
    END IF;
    -- Ends come first: an id may pass from one department to another in one statement.
    WITH ended AS MATERIALIZED (
        SELECT i.ctid AS place, i.from_revision
          FROM unnest(changed) AS c (id)
          JOIN department_identifiers AS i ON i.department_id = c.id
         WHERE i.to_revision = infinite_revision()
           AND NOT EXISTS (SELECT FROM departments AS d, department_keys(d.external_ids, d.website) AS k
                            WHERE d.id = i.department_id AND (k.scheme, k.value) = (i.scheme, i.value))
    ), removed AS (
        -- What began in this same revision was never visible to a reader.
        DELETE FROM department_identifiers AS i USING ended AS e
         WHERE i.ctid = e.place AND e.from_revision = current_revision()
    )
    UPDATE department_identifiers AS i SET to_revision = current_revision()
      FROM ended AS e
     WHERE i.ctid = e.place AND e.from_revision < current_revision();
    INSERT INTO department_identifiers (scheme, value, department_id, from_revision)
    SELECT k.scheme, k.value, d.id, current_revision()
      FROM unnest(changed) AS c (id)
      JOIN departments AS d ON d.id = c.id
     CROSS JOIN LATERAL department_keys(d.external_ids, d.website) AS k
     WHERE NOT EXISTS (SELECT FROM department_identifiers AS i
                        WHERE (i.scheme, i.value, i.department_id) = (k.scheme, k.value, d.id)
                          AND i.to_revision = infinite_revision());
    RETURN NULL;
END $$;
COMMENT ON FUNCTION record_department_identifiers() IS 'End the external ids and the website that a department has no longer, and begin those that are new. Writes:
department_identifiers.';

-- `external_ids` is there where it says something, so that the records of all other departments stay as they are.
CREATE OR REPLACE FUNCTION build_department_document() RETURNS trigger
    LANGUAGE plpgsql
    SET "TimeZone" TO 'UTC'
    SET enable_seqscan TO 'off'
    AS $$
DECLARE
    opening text;
    revised revisions;
BEGIN
    NEW.region_path := (SELECT path FROM regions WHERE code = NEW.region_code);
    SELECT left(row_to_json(d)::text, -1) INTO opening FROM (
        SELECT NEW.id, NEW.name, NEW.type,
               (SELECT row_to_json(r) FROM (SELECT code, name, name_local FROM regions
                 WHERE code = NEW.region_code) AS r) AS region,
               (SELECT row_to_json(p) FROM (SELECT id, name, type FROM departments
                 WHERE id = NEW.parent_id) AS p) AS parent,
               NEW.website
    ) AS d;
    opening := opening
        || CASE WHEN NEW.external_ids = '{}' THEN '' ELSE ',"external_ids":' || array_to_json(NEW.external_ids) END
        || ',"links":' || (SELECT row_to_json(l) FROM (SELECT '/v1/departments/' || NEW.id AS self,
                                  '/v1/accounts?department=' || NEW.id AS accounts) AS l);
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

-- After a downgrade the documents still have them, and do not change. Triggers would need a revision.
ALTER TABLE departments DISABLE TRIGGER USER;
UPDATE departments SET external_ids = ARRAY(SELECT jsonb_array_elements_text(document::jsonb -> 'external_ids'))
 WHERE document::jsonb ? 'external_ids';
ALTER TABLE departments ENABLE TRIGGER USER;

CREATE TRIGGER step4_identifiers_insert AFTER INSERT ON departments REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION record_department_identifiers();
CREATE TRIGGER step4_identifiers_update AFTER UPDATE ON departments REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION record_department_identifiers();
CREATE TRIGGER step4_identifiers_delete AFTER DELETE ON departments REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION record_department_identifiers();

-- Known since the first version of the department that has it.
INSERT INTO department_identifiers (scheme, value, department_id, from_revision)
SELECT k.scheme, k.value, d.id, min(v.revision)
  FROM departments AS d
  JOIN versions AS v ON v.kind = 'department' AND v.id = d.id AND v.record IS NOT NULL
 CROSS JOIN LATERAL (SELECT v.record::jsonb AS told OFFSET 0) AS r
 CROSS JOIN LATERAL department_keys(
       ARRAY(SELECT jsonb_array_elements_text(r.told -> 'external_ids')), r.told ->> 'website') AS k
 WHERE EXISTS (SELECT FROM department_keys(d.external_ids, d.website) AS c
                WHERE (c.scheme, c.value) = (k.scheme, k.value))
 GROUP BY 1, 2, 3;

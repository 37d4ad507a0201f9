DROP TRIGGER step4_identifiers_insert ON departments;
DROP TRIGGER step4_identifiers_update ON departments;
DROP TRIGGER step4_identifiers_delete ON departments;

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
               NEW.website,
               (SELECT row_to_json(l) FROM (SELECT '/v1/departments/' || NEW.id AS self,
                       '/v1/accounts?department=' || NEW.id AS accounts) AS l) AS links
    ) AS d;
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

-- The next write of a department builds its document without them.
ALTER TABLE departments DROP COLUMN external_ids;

DROP TABLE department_identifiers, department_aliases;
DROP FUNCTION record_department_identifiers();
DROP FUNCTION department_keys(text[], text);
DROP FUNCTION website_host(text);

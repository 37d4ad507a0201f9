ALTER TABLE regions
    DROP CONSTRAINT regions_replaced_by,
    DROP CONSTRAINT regions_life,
    DROP COLUMN name_keys,
    DROP COLUMN replaced_by,
    DROP COLUMN dissolved_on,
    DROP COLUMN established_on,
    DROP COLUMN other_names;

CREATE OR REPLACE FUNCTION document_region() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.path := coalesce((SELECT path FROM regions WHERE code = NEW.parent_code), '') || NEW.code || '/';
    SELECT row_to_json(d)::text INTO NEW.document FROM (
        SELECT NEW.code, NEW.level, NEW.name, NEW.name_local, NEW.parent_code AS parent, NEW.aliases,
               to_json(string_to_array(rtrim(NEW.path, '/'), '/')) AS path, NEW.source,
               (SELECT row_to_json(l) FROM (SELECT '/v1/regions/' || NEW.code AS self,
                       '/v1/accounts?region=' || NEW.code AS accounts,
                       '/v1/departments?region=' || NEW.code AS departments) AS l) AS links
    ) AS d;
    IF TG_OP = 'INSERT' OR NEW.document IS DISTINCT FROM OLD.document THEN
        NEW.revision := current_revision();
    END IF;
    RETURN NEW;
END $$;

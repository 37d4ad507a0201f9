-- What regions are called beside their names, when they began and ended, and what they became.
ALTER TABLE regions
    ADD COLUMN other_names text[] NOT NULL DEFAULT '{}',
    ADD COLUMN established_on date,
    ADD COLUMN dissolved_on date,
    -- Codes of regions; empty while it is there. No foreign key: an heir may come later in the same load.
    ADD COLUMN replaced_by text[] NOT NULL DEFAULT '{}',
    -- All its names in the form that is searched, which the program makes (directory/regions/folding.py). None are here
    -- yet, so the program writes each region anew when it starts, and its JSON with it.
    ADD COLUMN name_keys text[] NOT NULL DEFAULT '{}',
    ADD CONSTRAINT regions_life CHECK (dissolved_on >= established_on),
    ADD CONSTRAINT regions_replaced_by CHECK (replaced_by = '{}' OR dissolved_on IS NOT NULL);

CREATE OR REPLACE FUNCTION document_region() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.path := coalesce((SELECT path FROM regions WHERE code = NEW.parent_code), '') || NEW.code || '/';
    SELECT row_to_json(d)::text INTO NEW.document FROM (
        SELECT NEW.code, NEW.level, NEW.name, NEW.name_local, NEW.other_names, NEW.parent_code AS parent, NEW.aliases,
               to_json(string_to_array(rtrim(NEW.path, '/'), '/')) AS path,
               NEW.established_on, NEW.dissolved_on, NEW.replaced_by, NEW.source,
               (SELECT row_to_json(l) FROM (SELECT '/v1/regions/' || NEW.code AS self,
                       '/v1/accounts?region=' || NEW.code AS accounts,
                       '/v1/departments?region=' || NEW.code AS departments) AS l) AS links
    ) AS d;
    IF TG_OP = 'INSERT' OR NEW.document IS DISTINCT FROM OLD.document THEN
        NEW.revision := current_revision();
    END IF;
    RETURN NEW;
END $$;

-- What was withdrawn stays without a source, and its records go on to say so until they are written again.
CREATE OR REPLACE FUNCTION document_account() RETURNS trigger LANGUAGE plpgsql SET "TimeZone" TO 'UTC' AS $$
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
    SELECT left(row_to_json(d)::text, -1) INTO opening FROM (
        SELECT NEW.id, NEW.platform, NEW.platform_user_id, NEW.handle, NEW.url, NEW.name,
               CASE WHEN NEW.names = '[]' THEN json '[]' ELSE (SELECT array_to_json(array_agg(row_to_json(n)))
                    FROM jsonb_to_recordset(NEW.names) AS n (name text, language text)) END AS names,
               NEW.description,
               CASE WHEN governing.id IS NOT NULL THEN row_to_json(governing)
                    WHEN NEW.department_type IS NOT NULL THEN (SELECT row_to_json(u)
                    FROM (SELECT NULL::text AS id, NULL::text AS name, NEW.department_type AS type) AS u)
               END AS department,
               CASE WHEN place.code IS NOT NULL THEN (SELECT row_to_json(r)
                    FROM (SELECT place.code, place.name, place.name_local) AS r) END AS region,
               NEW.subject, NEW.status,
               (SELECT row_to_json(v) FROM (SELECT NEW.verification AS level, NEW.verification_method AS method,
                       NEW.verification_checked_at AS checked_at, NEW.verification_expires_at AS expires_at) AS v
               ) AS verification,
               CASE WHEN NEW.followers IS NOT NULL THEN (SELECT row_to_json(f)
                    FROM (SELECT NEW.followers AS count, NEW.followers_at AS observed_at) AS f) END AS followers,
               NEW.opened_on, NEW.closed_on, NEW.last_post_at, NEW.language, NEW.tags, NEW.sources, NEW.replaced_by,
               (SELECT row_to_json(l) FROM (SELECT '/v1/accounts/' || NEW.id AS self,
                       '/v1/accounts/' || NEW.id || '/history' AS history,
                       '/v1/accounts/' || NEW.id || '/followers' AS followers) AS l) AS links
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
ALTER TABLE accounts DROP COLUMN withdrawn_by, DROP COLUMN listed_from, DROP COLUMN listed_until;
ALTER TABLE statements DROP COLUMN listed_from, DROP COLUMN listed_until;

-- What a source stops saying counts: a statement has the interval in which its source made it, and an account that no
-- source lists any more says which one listed it last.

-- Revisions, as `revision` is. Of statements that are older than these columns the beginning is not stated (NULL): the
-- first version of the account that names the source tells it.
ALTER TABLE statements ADD COLUMN listed_from bigint,
                       ADD COLUMN listed_until bigint;
COMMENT ON COLUMN statements.listed_from IS 'Revision since which the source says so; NULL: before this was recorded.';
COMMENT ON COLUMN statements.listed_until IS 'Revision in which its source stopped listing it; NULL while it does.';

ALTER TABLE accounts ADD COLUMN withdrawn_by text COLLATE "C",
                     ADD COLUMN listed_from timestamptz,
                     ADD COLUMN listed_until timestamptz,
                     ADD CONSTRAINT accounts_withdrawn CHECK (
                         (withdrawn_by IS NULL) = (listed_until IS NULL)
                         AND (withdrawn_by IS NOT NULL OR listed_from IS NULL));
COMMENT ON COLUMN accounts.withdrawn_by IS 'The source that listed it last and no longer does; NULL else.';

-- `withdrawn` is there where it says something, so that the records of all other accounts stay as they are.
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
               CASE WHEN NEW.withdrawn_by IS NULL
                    THEN (SELECT row_to_json(v) FROM (
                          SELECT NEW.verification AS level, NEW.verification_method AS method,
                                 NEW.verification_checked_at AS checked_at,
                                 NEW.verification_expires_at AS expires_at) AS v)
                    ELSE (SELECT row_to_json(v) FROM (
                          SELECT NEW.verification AS level, NEW.verification_method AS method,
                                 NEW.verification_checked_at AS checked_at, NEW.verification_expires_at AS expires_at,
                                 (SELECT row_to_json(w) FROM (SELECT NEW.withdrawn_by AS source, NEW.listed_from,
                                         NEW.listed_until) AS w) AS withdrawn) AS v)
               END AS verification,
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

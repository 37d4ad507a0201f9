-- The schema at head, to read and never to run: `make generate` writes it from the migrations.
-- docs/schema.md explains it: what each table is for, and which trigger fires when and writes what.

CREATE SCHEMA jobs;

COMMENT ON SCHEMA jobs IS 'The queue of jobs, as procrastinate 3.10 makes it.';

CREATE TYPE jobs.procrastinate_job_event_type AS ENUM (
    'deferred',
    'started',
    'deferred_for_retry',
    'failed',
    'succeeded',
    'cancelled',
    'abort_requested',
    'aborted',
    'scheduled',
    'retried'
);

CREATE TYPE jobs.procrastinate_job_status AS ENUM (
    'todo',
    'doing',
    'succeeded',
    'failed',
    'cancelled',
    'aborting',
    'aborted'
);

CREATE TYPE jobs.procrastinate_job_to_defer_v1 AS (
	queue_name character varying,
	task_name character varying,
	priority integer,
	lock text,
	queueing_lock text,
	args jsonb,
	scheduled_at timestamp with time zone
);

CREATE TYPE public.observed_count AS (
	count bigint,
	observed_at timestamp with time zone
);

COMMENT ON TYPE public.observed_count IS 'A count of an account and when it was observed.';

CREATE FUNCTION jobs.procrastinate_cancel_job_v1(job_id bigint, abort boolean, delete_job boolean) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'jobs', 'pg_temp'
    AS $$
DECLARE
    _job_id bigint;
BEGIN
    IF delete_job THEN
        DELETE FROM procrastinate_jobs
        WHERE id = job_id AND status = 'todo'
        RETURNING id INTO _job_id;
    END IF;
    IF _job_id IS NULL THEN
        IF abort THEN
            UPDATE procrastinate_jobs
            SET abort_requested = true,
                status = CASE status
                    WHEN 'todo' THEN 'cancelled'::procrastinate_job_status ELSE status
                END
            WHERE id = job_id AND status IN ('todo', 'doing')
            RETURNING id INTO _job_id;
        ELSE
            UPDATE procrastinate_jobs
            SET status = 'cancelled'::procrastinate_job_status
            WHERE id = job_id AND status = 'todo'
            RETURNING id INTO _job_id;
        END IF;
    END IF;
    RETURN _job_id;
END;
$$;

CREATE FUNCTION jobs.procrastinate_defer_jobs_v1(jobs jobs.procrastinate_job_to_defer_v1[]) RETURNS bigint[]
    LANGUAGE plpgsql
    SET search_path TO 'jobs', 'pg_temp'
    AS $$
DECLARE
    job_ids bigint[];
BEGIN
    WITH inserted_jobs AS (
        INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args, scheduled_at)
        SELECT (job).queue_name,
               (job).task_name,
               (job).priority,
               (job).lock,
               (job).queueing_lock,
               (job).args,
               (job).scheduled_at
        FROM unnest(jobs) AS job
        RETURNING id
    )
    SELECT array_agg(id) FROM inserted_jobs INTO job_ids;

    RETURN job_ids;
END;
$$;

CREATE FUNCTION jobs.procrastinate_defer_periodic_job_v2(_queue_name character varying, _lock character varying, _queueing_lock character varying, _task_name character varying, _priority integer, _periodic_id character varying, _defer_timestamp bigint, _args jsonb) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'jobs', 'pg_temp'
    AS $$
DECLARE
	_job_id bigint;
	_defer_id bigint;
BEGIN
    INSERT
        INTO procrastinate_periodic_defers (task_name, periodic_id, defer_timestamp)
        VALUES (_task_name, _periodic_id, _defer_timestamp)
        ON CONFLICT DO NOTHING
        RETURNING id into _defer_id;

    IF _defer_id IS NULL THEN
        RETURN NULL;
    END IF;

    UPDATE procrastinate_periodic_defers
        SET job_id = (
            SELECT COALESCE((
                SELECT unnest(procrastinate_defer_jobs_v1(
                    ARRAY[
                        ROW(
                            _queue_name,
                            _task_name,
                            _priority,
                            _lock,
                            _queueing_lock,
                            _args,
                            NULL::timestamptz
                        )
                    ]::procrastinate_job_to_defer_v1[]
                ))
            ), NULL)
        )
        WHERE id = _defer_id
        RETURNING job_id INTO _job_id;

    DELETE
        FROM procrastinate_periodic_defers
        USING (
            SELECT id
            FROM procrastinate_periodic_defers
            WHERE procrastinate_periodic_defers.task_name = _task_name
            AND procrastinate_periodic_defers.periodic_id = _periodic_id
            AND procrastinate_periodic_defers.defer_timestamp < _defer_timestamp
            ORDER BY id
            FOR UPDATE
        ) to_delete
        WHERE procrastinate_periodic_defers.id = to_delete.id;

    RETURN _job_id;
END;
$$;

CREATE TABLE jobs.procrastinate_jobs (
    id bigint NOT NULL,
    queue_name character varying(128) NOT NULL,
    task_name character varying(128) NOT NULL,
    priority integer DEFAULT 0 NOT NULL,
    lock text,
    queueing_lock text,
    args jsonb DEFAULT '{}'::jsonb NOT NULL,
    status jobs.procrastinate_job_status DEFAULT 'todo'::jobs.procrastinate_job_status NOT NULL,
    scheduled_at timestamp with time zone,
    attempts integer DEFAULT 0 NOT NULL,
    abort_requested boolean DEFAULT false NOT NULL,
    worker_id bigint,
    CONSTRAINT check_not_todo_abort_requested CHECK ((NOT ((status = 'todo'::jobs.procrastinate_job_status) AND (abort_requested = true))))
);

CREATE FUNCTION jobs.procrastinate_fetch_job_v2(target_queue_names character varying[], p_worker_id bigint) RETURNS jobs.procrastinate_jobs
    LANGUAGE plpgsql
    SET search_path TO 'jobs', 'pg_temp'
    AS $$
DECLARE
	found_jobs procrastinate_jobs;
BEGIN
    WITH candidate AS (
        SELECT jobs.*
            FROM procrastinate_jobs AS jobs
            WHERE
                -- reject the job if its lock has earlier or higher priority jobs
                NOT EXISTS (
                    SELECT 1
                        FROM procrastinate_jobs AS other_jobs
                        WHERE
                            jobs.lock IS NOT NULL
                            AND other_jobs.lock = jobs.lock
                            AND (
                                -- job with same lock is already running
                                other_jobs.status = 'doing'
                                OR
                                -- job with same lock is waiting and has higher priority (or same priority but was queued first)
                                (
                                    other_jobs.status = 'todo'
                                    AND (
                                        other_jobs.priority > jobs.priority
                                        OR (
                                        other_jobs.priority = jobs.priority
                                        AND other_jobs.id < jobs.id
                                        )
                                    )
                                )
                            )
                )
                AND jobs.status = 'todo'
                AND (target_queue_names IS NULL OR jobs.queue_name = ANY( target_queue_names ))
                AND (jobs.scheduled_at IS NULL OR jobs.scheduled_at <= now())
            ORDER BY jobs.priority DESC, jobs.id ASC LIMIT 1
            FOR UPDATE OF jobs SKIP LOCKED
    )
    UPDATE procrastinate_jobs
        SET status = 'doing', worker_id = p_worker_id
        FROM candidate
        WHERE procrastinate_jobs.id = candidate.id
        RETURNING procrastinate_jobs.* INTO found_jobs;

 RETURN found_jobs;
END;
$$;

CREATE FUNCTION jobs.procrastinate_finish_job_v1(job_id bigint, end_status jobs.procrastinate_job_status, delete_job boolean) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'jobs', 'pg_temp'
    AS $$
DECLARE
    _job_id bigint;
BEGIN
    IF end_status NOT IN ('succeeded', 'failed', 'aborted') THEN
        RAISE 'End status should be either "succeeded", "failed" or "aborted" (job id: %)', job_id;
    END IF;
    IF delete_job THEN
        DELETE FROM procrastinate_jobs
        WHERE id = job_id AND status IN ('todo', 'doing')
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = end_status,
            abort_requested = false,
            attempts = CASE status
                WHEN 'doing' THEN attempts + 1 ELSE attempts
            END
        WHERE id = job_id AND status IN ('todo', 'doing')
        RETURNING id INTO _job_id;
    END IF;
    IF _job_id IS NULL THEN
        RAISE 'Job was not found or not in "doing" or "todo" status (job id: %)', job_id;
    END IF;
END;
$$;

CREATE FUNCTION jobs.procrastinate_notify_queue_abort_job_v1() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'jobs', 'pg_temp'
    AS $$
DECLARE
    payload TEXT;
BEGIN
    SELECT json_build_object('type', 'abort_job_requested', 'job_id', NEW.id)::text INTO payload;
	PERFORM pg_notify('procrastinate_queue_v1#' || NEW.queue_name, payload);
	PERFORM pg_notify('procrastinate_any_queue_v1', payload);
	RETURN NEW;
END;
$$;

CREATE FUNCTION jobs.procrastinate_notify_queue_job_inserted_v1() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'jobs', 'pg_temp'
    AS $$
DECLARE
    payload TEXT;
BEGIN
    SELECT json_build_object('type', 'job_inserted', 'job_id', NEW.id)::text INTO payload;
	PERFORM pg_notify('procrastinate_queue_v1#' || NEW.queue_name, payload);
	PERFORM pg_notify('procrastinate_any_queue_v1', payload);
	RETURN NEW;
END;
$$;

CREATE FUNCTION jobs.procrastinate_prune_stalled_workers_v1(seconds_since_heartbeat double precision) RETURNS TABLE(worker_id bigint)
    LANGUAGE plpgsql
    SET search_path TO 'jobs', 'pg_temp'
    AS $$
BEGIN
    RETURN QUERY
    DELETE FROM procrastinate_workers
    WHERE last_heartbeat < NOW() - (seconds_since_heartbeat || 'SECOND')::INTERVAL
    RETURNING procrastinate_workers.id;
END;
$$;

CREATE FUNCTION jobs.procrastinate_register_worker_v1() RETURNS TABLE(worker_id bigint)
    LANGUAGE plpgsql
    SET search_path TO 'jobs', 'pg_temp'
    AS $$
BEGIN
    RETURN QUERY
    INSERT INTO procrastinate_workers DEFAULT VALUES
    RETURNING procrastinate_workers.id;
END;
$$;

CREATE FUNCTION jobs.procrastinate_retry_job_v1(job_id bigint, retry_at timestamp with time zone, new_priority integer, new_queue_name character varying, new_lock character varying) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'jobs', 'pg_temp'
    AS $$
DECLARE
    _job_id bigint;
    _abort_requested boolean;
BEGIN
    SELECT abort_requested FROM procrastinate_jobs
    WHERE id = job_id AND status = 'doing'
    FOR UPDATE
    INTO _abort_requested;
    IF _abort_requested THEN
        UPDATE procrastinate_jobs
        SET status = 'failed'::procrastinate_job_status
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = 'todo'::procrastinate_job_status,
            attempts = attempts + 1,
            scheduled_at = retry_at,
            priority = COALESCE(new_priority, priority),
            queue_name = COALESCE(new_queue_name, queue_name),
            lock = COALESCE(new_lock, lock)
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    END IF;

    IF _job_id IS NULL THEN
        RAISE 'Job was not found or not in "doing" status (job id: %)', job_id;
    END IF;
END;
$$;

CREATE FUNCTION jobs.procrastinate_retry_job_v2(job_id bigint, retry_at timestamp with time zone, new_priority integer, new_queue_name character varying, new_lock character varying) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'jobs', 'pg_temp'
    AS $$
DECLARE
    _job_id bigint;
    _abort_requested boolean;
    _current_status procrastinate_job_status;
BEGIN
    SELECT status, abort_requested FROM procrastinate_jobs
    WHERE id = job_id AND status IN ('doing', 'failed')
    FOR UPDATE
    INTO _current_status, _abort_requested;
    IF _current_status = 'doing' AND _abort_requested THEN
        UPDATE procrastinate_jobs
        SET status = 'failed'::procrastinate_job_status
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = 'todo'::procrastinate_job_status,
            attempts = attempts + 1,
            scheduled_at = retry_at,
            priority = COALESCE(new_priority, priority),
            queue_name = COALESCE(new_queue_name, queue_name),
            lock = COALESCE(new_lock, lock)
        WHERE id = job_id AND status IN ('doing', 'failed')
        RETURNING id INTO _job_id;
    END IF;

    IF _job_id IS NULL THEN
        RAISE 'Job was not found or has an invalid status to retry (job id: %)', job_id;
    END IF;

END;
$$;

CREATE FUNCTION jobs.procrastinate_trigger_abort_requested_events_procedure_v1() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'jobs', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type)
        VALUES (NEW.id, 'abort_requested'::procrastinate_job_event_type);
    RETURN NEW;
END;
$$;

CREATE FUNCTION jobs.procrastinate_trigger_function_scheduled_events_v1() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'jobs', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type, at)
        VALUES (NEW.id, 'scheduled'::procrastinate_job_event_type, NEW.scheduled_at);

	RETURN NEW;
END;
$$;

CREATE FUNCTION jobs.procrastinate_trigger_function_status_events_insert_v1() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'jobs', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type)
        VALUES (NEW.id, 'deferred'::procrastinate_job_event_type);
	RETURN NEW;
END;
$$;

CREATE FUNCTION jobs.procrastinate_trigger_function_status_events_update_v1() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'jobs', 'pg_temp'
    AS $$
BEGIN
    WITH t AS (
        SELECT CASE
            WHEN OLD.status = 'todo'::procrastinate_job_status
                AND NEW.status = 'doing'::procrastinate_job_status
                THEN 'started'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'todo'::procrastinate_job_status
                THEN 'deferred_for_retry'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'failed'::procrastinate_job_status
                THEN 'failed'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'succeeded'::procrastinate_job_status
                THEN 'succeeded'::procrastinate_job_event_type
            WHEN OLD.status = 'todo'::procrastinate_job_status
                AND (
                    NEW.status = 'cancelled'::procrastinate_job_status
                    OR NEW.status = 'failed'::procrastinate_job_status
                    OR NEW.status = 'succeeded'::procrastinate_job_status
                )
                THEN 'cancelled'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'aborted'::procrastinate_job_status
                THEN 'aborted'::procrastinate_job_event_type
            WHEN OLD.status = 'failed'::procrastinate_job_status
                AND NEW.status = 'todo'::procrastinate_job_status
                THEN 'retried'::procrastinate_job_event_type
            ELSE NULL
        END as event_type
    )
    INSERT INTO procrastinate_events(job_id, type)
        SELECT NEW.id, t.event_type
        FROM t
        WHERE t.event_type IS NOT NULL;
	RETURN NEW;
END;
$$;

CREATE FUNCTION jobs.procrastinate_unlink_periodic_defers_v1() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'jobs', 'pg_temp'
    AS $$
BEGIN
    UPDATE procrastinate_periodic_defers
    SET job_id = NULL
    WHERE job_id = OLD.id;
    RETURN OLD;
END;
$$;

CREATE FUNCTION jobs.procrastinate_unregister_worker_v1(worker_id bigint) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'jobs', 'pg_temp'
    AS $$
BEGIN
    DELETE FROM procrastinate_workers
    WHERE id = worker_id;
END;
$$;

CREATE FUNCTION jobs.procrastinate_update_heartbeat_v1(worker_id bigint) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'jobs', 'pg_temp'
    AS $$
BEGIN
    UPDATE procrastinate_workers
    SET last_heartbeat = NOW()
    WHERE id = worker_id;
END;
$$;

CREATE FUNCTION public.account_document_opening(id text, platform text, platform_user_id text, handle text, url text, name text, names jsonb, description text, department_id text, department_name text, department_type text, region_code text, region_name text, region_name_local text, subject text, status text, verification text, verification_method text, verification_checked_at timestamp with time zone, verification_expires_at timestamp with time zone, withdrawn_by text, listed_from timestamp with time zone, listed_until timestamp with time zone, opened_on date, closed_on date, language text, tags text[], sources text[], replaced_by text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    -- Ids, codes and slugs are of characters that JSON does not escape. Observations are put in when a record is read:
    -- see compose_account().
    SELECT concat(
        '{"id":"', id, '","platform":"', platform,
        '","platform_user_id":', coalesce(to_json(platform_user_id)::text, 'null'),
        ',"handle":', coalesce(to_json(handle)::text, 'null'),
        ',"url":', coalesce(to_json(url)::text, 'null'),
        ',"name":', coalesce(to_json(name)::text, 'null'),
        ',"names":', CASE WHEN names = '[]' THEN '[]' ELSE account_names_json(names) END,
        ',"description":', coalesce(to_json(description)::text, 'null'),
        ',"department":', CASE
            WHEN department_id IS NOT NULL THEN concat(
                '{"id":"', department_id, '","name":', to_json(department_name)::text, ',"type":"', department_type, '"}')
            WHEN department_type IS NOT NULL THEN concat('{"id":null,"name":null,"type":"', department_type, '"}')
            ELSE 'null' END,
        ',"region":', CASE WHEN region_code IS NOT NULL THEN concat(
            '{"code":"', region_code, '","name":', to_json(region_name)::text,
            ',"name_local":', coalesce(to_json(region_name_local)::text, 'null'), '}') ELSE 'null' END,
        ',"subject":"', subject, '","status":"', status, '","verification":{"level":"', verification,
        '","method":', coalesce(to_json(verification_method)::text, 'null'),
        ',"checked_at":', coalesce(to_json(verification_checked_at)::text, 'null'),
        ',"expires_at":', coalesce(to_json(verification_expires_at)::text, 'null'),
        CASE WHEN withdrawn_by IS NOT NULL THEN concat(
            ',"withdrawn":{"source":', to_json(withdrawn_by)::text,
            ',"listed_from":', coalesce(to_json(listed_from)::text, 'null'),
            ',"listed_until":', coalesce(to_json(listed_until)::text, 'null'), '}') END,
        '},"followers":null,"opened_on":', coalesce(to_json(opened_on)::text, 'null'),
        ',"closed_on":', coalesce(to_json(closed_on)::text, 'null'),
        ',"last_post_at":null,"language":', coalesce(to_json(language)::text, 'null'),
        ',"tags":', array_to_json(tags)::text, ',"sources":', array_to_json(sources)::text,
        ',"replaced_by":', coalesce(to_json(replaced_by)::text, 'null'),
        ',"links":{"self":"/v1/accounts/', id, '","history":"/v1/accounts/', id,
        '/history","followers":"/v1/accounts/', id, '/followers"}')
$$;

COMMENT ON FUNCTION public.account_document_opening(id text, platform text, platform_user_id text, handle text, url text, name text, names jsonb, description text, department_id text, department_name text, department_type text, region_code text, region_name text, region_name_local text, subject text, status text, verification text, verification_method text, verification_checked_at timestamp with time zone, verification_expires_at timestamp with time zone, withdrawn_by text, listed_from timestamp with time zone, listed_until timestamp with time zone, opened_on date, closed_on date, language text, tags text[], sources text[], replaced_by text) IS 'The public JSON of an account, without the end that document_end() adds. Times are in the time zone of the session.';

CREATE FUNCTION public.account_names_json(names jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT array_to_json(array_agg(row_to_json(n)))::text FROM jsonb_to_recordset(names) AS n (name text, language text)
$$;

COMMENT ON FUNCTION public.account_names_json(names jsonb) IS 'The names of an account as its document has them, which are not none.';

CREATE FUNCTION public.activity_status(last_post_at timestamp with time zone, day date, dormant_days integer) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT CASE WHEN day - (last_post_at AT TIME ZONE 'UTC')::date > dormant_days THEN 'dormant'
                WHEN day IS NOT NULL AND last_post_at IS NOT NULL THEN 'active' END
$$;

COMMENT ON FUNCTION public.activity_status(last_post_at timestamp with time zone, day date, dormant_days integer) IS 'Whether an account is `dormant` on a day, in whole days of UTC: its last post is more than so many days old; else `active`. NULL: no post is known.';

CREATE FUNCTION public.attach_era_partition(number integer) RETURNS void
    LANGUAGE plpgsql
    SET default_statistics_target TO '30'
    AS $_$
BEGIN
    EXECUTE format('ALTER TABLE account_states ATTACH PARTITION account_states_%1$s FOR VALUES IN (%1$s)', number);
    EXECUTE format('ANALYZE account_states_%s', number);
END $_$;

COMMENT ON FUNCTION public.attach_era_partition(number integer) IS 'Attach the partition of an era when it is filled. Writes: account_states.';

CREATE FUNCTION public.begin_era() RETURNS void
    LANGUAGE plpgsql
    SET enable_nestloop TO 'off'
    AS $_$
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
               (era, sequence, revision, from_revision, created_at, updated_at, opened_on, id, platform,
                platform_user_id, handle_key, name_key, department_id, department_type, region_path, country, division,
                subject, status, verification, language, tags, sources)
        SELECT %1$s, coalesce(v.sequence, s.sequence), a.revision, %2$s, a.created_at, a.updated_at,
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
END $_$;

COMMENT ON FUNCTION public.begin_era() IS 'Copy all accounts as the states of a new era. Writes: account_eras, account_states.';

CREATE FUNCTION public.begin_revision(by_actor text, for_reason text, from_source text DEFAULT NULL::text) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
DECLARE
    latest revisions;
    next_revision bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(7233192046137041780);
    SELECT * INTO latest FROM revisions ORDER BY revision DESC LIMIT 1;
    next_revision := coalesce(latest.revision, 0) + 1;
    INSERT INTO revisions (revision, at, actor, reason, source)
    VALUES (next_revision, greatest(clock_timestamp(), latest.at), by_actor, for_reason, from_source);
    PERFORM set_config('directory.revision', next_revision::text, true);
    PERFORM pg_notify('directory_revision', next_revision::text);
    RETURN next_revision;
END $$;

COMMENT ON FUNCTION public.begin_revision(by_actor text, for_reason text, from_source text) IS 'Open a revision: every write needs one. Holds an advisory lock to the end of the transaction, so that revisions
are committed in the order of their numbers. Notifies `directory_revision`. Writes: revisions.';

CREATE FUNCTION public.build_account_document() RETURNS trigger
    LANGUAGE plpgsql
    SET "TimeZone" TO 'UTC'
    AS $$
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
    opening := account_document_opening(
        NEW.id, NEW.platform, NEW.platform_user_id, NEW.handle, NEW.url, NEW.name, NEW.names, NEW.description,
        governing.id, governing.name, NEW.department_type, place.code, place.name, place.name_local, NEW.subject,
        NEW.status, NEW.verification, NEW.verification_method, NEW.verification_checked_at,
        NEW.verification_expires_at, NEW.withdrawn_by, NEW.listed_from, NEW.listed_until, NEW.opened_on, NEW.closed_on,
        NEW.language, NEW.tags, NEW.sources, NEW.replaced_by);
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

COMMENT ON FUNCTION public.build_account_document() IS 'Build the public JSON from the row, its department and its region. Where nothing public changed, the revision and
its time stay. Sets: region_path, department_type, revision, created_at, updated_at, document.';

CREATE FUNCTION public.build_department_document() RETURNS trigger
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

COMMENT ON FUNCTION public.build_department_document() IS 'Build the public JSON from the row, its region and its parent. Where nothing public changed, the revision and its
time stay. Sets: region_path, revision, created_at, updated_at, document.';

CREATE FUNCTION public.build_handle_document() RETURNS trigger
    LANGUAGE plpgsql
    SET "TimeZone" TO 'UTC'
    AS $$
DECLARE
    opening text;
    holder record;
BEGIN
    SELECT department_id, region_path INTO holder FROM accounts WHERE id = NEW.account_id;
    -- Of an account that went the handle keeps where it belonged.
    IF FOUND THEN
        NEW.department_id := holder.department_id;
        NEW.region_path := holder.region_path;
    END IF;
    opening := handle_document_opening(
        NEW.public_id, NEW.account_id, NEW.platform, NEW.handle, NEW.valid_from, NEW.valid_to);
    IF TG_OP = 'UPDATE' AND starts_with(OLD.document, opening || ',"revision":') THEN
        RETURN NEW;
    END IF;
    NEW.revision := current_revision();
    NEW.document := opening || ',"revision":' || NEW.revision || '}';
    RETURN NEW;
END $$;

COMMENT ON FUNCTION public.build_handle_document() IS 'Build the JSON of the change feed, and copy the department and region of the account. Sets: department_id,
region_path, revision, document.';

CREATE FUNCTION public.build_platform_document() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    SELECT row_to_json(d)::text INTO NEW.document FROM (
        SELECT NEW.slug, NEW.name, NEW.name_local, NEW.language, NEW.country, NEW.website,
               NEW.aliases, NEW.hosts, NEW.url_forms, NEW.handle_pattern, NEW.user_id_pattern,
               NEW.case_sensitive, NEW.opened_on, NEW.closed_on,
               (SELECT row_to_json(l) FROM (SELECT '/v1/platforms/' || NEW.slug AS self,
                       '/v1/accounts?platform=' || NEW.slug AS accounts) AS l) AS links
    ) AS d;
    IF TG_OP = 'INSERT' OR NEW.document IS DISTINCT FROM OLD.document THEN
        NEW.revision := current_revision();
    END IF;
    RETURN NEW;
END $$;

COMMENT ON FUNCTION public.build_platform_document() IS 'Build the public JSON. Sets: document, revision.';

CREATE FUNCTION public.build_region_document() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

COMMENT ON FUNCTION public.build_region_document() IS 'Build the public JSON and the path. Sets: path, document, revision.';

CREATE FUNCTION public.build_source_document() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    SELECT row_to_json(d)::text INTO NEW.document FROM (
        SELECT NEW.id, NEW.title, NEW.publisher, NEW.licence, NEW.origin, NEW.retrieved, NEW.note,
               (SELECT row_to_json(l) FROM (SELECT '/v1/sources/' || NEW.id AS self,
                       '/v1/accounts?source=' || NEW.id AS accounts) AS l) AS links
    ) AS d;
    IF TG_OP = 'INSERT' OR NEW.document IS DISTINCT FROM OLD.document THEN
        NEW.revision := current_revision();
    END IF;
    RETURN NEW;
END $$;

COMMENT ON FUNCTION public.build_source_document() IS 'Build the public JSON. Sets: document, revision.';

CREATE FUNCTION public.change_facets(kind text, action text, platform text, department_id text, region_path text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT array_to_tsvector(
        array_remove(ARRAY['k' || kind, 'a' || action, 'p' || platform, 'd' || department_id], NULL)
        -- Text alone and no subquery, so that the function is put in where it is called.
        || string_to_array('r' || replace(rtrim(region_path, '/'), '/', '/r'), '/'))
$$;

COMMENT ON FUNCTION public.change_facets(kind text, action text, platform text, department_id text, region_path text) IS 'Lexemes for the filters of the change feed: k kind, a action, p platform, d department, r each region.';

CREATE FUNCTION public.clean_pending_lists() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    -- From the catalog, as an import into an empty registry drops the indexes until its end.
    PERFORM gin_clean_pending_list(i.indexrelid)
       FROM pg_index AS i
       JOIN pg_class AS c ON c.oid = i.indexrelid
       JOIN pg_am AS a ON a.oid = c.relam
      WHERE i.indrelid = TG_RELID AND a.amname = 'gin';
    RETURN NULL;
END $$;

COMMENT ON FUNCTION public.clean_pending_lists() IS 'Move what a statement has put on the pending lists of the GIN indexes into these. Writes: account_search,
search_states.';

CREATE FUNCTION public.coalesce_handle_intervals(ids text[]) RETURNS void
    LANGUAGE sql
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

COMMENT ON FUNCTION public.coalesce_handle_intervals(ids text[]) IS 'Join intervals of one handle that follow each other, after merges of accounts. Writes: handles, tombstones.';

CREATE FUNCTION public.compose_account(document text, followers bigint, followers_at timestamp with time zone, last_post_at timestamp with time zone) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    -- A quotation mark inside a JSON string is escaped, so both members are found nowhere else. `links` has a key
    -- `followers` too, whose value is never null.
    SELECT CASE WHEN followers IS NULL AND last_post_at IS NULL THEN document
                WHEN last_post_at IS NULL THEN
                     replace(document, '"followers":null',
                             '"followers":{"count":' || followers || ',"observed_at":' || to_json(followers_at) || '}')
                WHEN followers IS NULL THEN
                     replace(document, '"last_post_at":null', '"last_post_at":' || to_json(last_post_at))
                ELSE replace(replace(document, '"followers":null', '"followers":{"count":' || followers
                                     || ',"observed_at":' || to_json(followers_at) || '}'),
                             '"last_post_at":null', '"last_post_at":' || to_json(last_post_at)) END
$$;

COMMENT ON FUNCTION public.compose_account(document text, followers bigint, followers_at timestamp with time zone, last_post_at timestamp with time zone) IS 'The public JSON of an account: its document with what was observed in place of the nulls.';

CREATE FUNCTION public.create_count_checkpoint(at_revision bigint) RETURNS void
    LANGUAGE plpgsql
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

COMMENT ON FUNCTION public.create_count_checkpoint(at_revision bigint) IS 'Copy the counts as the deltas of a new checkpoint. Writes: account_count_checkpoints, account_count_deltas,
account_tally_deltas.';

CREATE FUNCTION public.create_era_partition(number integer) RETURNS void
    LANGUAGE plpgsql
    AS $_$
BEGIN
    -- Room in each page for the end of a state, which is written where it lies and touches no index.
    EXECUTE format('CREATE TABLE account_states_%1$s (LIKE account_states INCLUDING DEFAULTS, CHECK (era = %1$s))
                    WITH (fillfactor = 90)', number);
END $_$;

COMMENT ON FUNCTION public.create_era_partition(number integer) IS 'Create the partition of an era, not attached yet. Writes: account_states.';

CREATE FUNCTION public.create_observation_partition(observed_at timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    month CONSTANT timestamp := date_trunc('month', observed_at AT TIME ZONE 'UTC');
    name CONSTANT text := to_char(month, '"observations_"YYYY"_"MM');
BEGIN
    IF to_regclass(name) IS NULL THEN
        -- Attached when it is there: CREATE TABLE … PARTITION OF would lock out every reader.
        EXECUTE format('CREATE TABLE %I (LIKE observations INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name);
        EXECUTE format('ALTER TABLE observations ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                       name, month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
    END IF;
END $$;

COMMENT ON FUNCTION public.create_observation_partition(observed_at timestamp with time zone) IS 'Create the partition of the month of a time, unless there is one. Writes: observations.';

CREATE FUNCTION public.current_revision() RETURNS bigint
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    setting CONSTANT text := nullif(current_setting('directory.revision', true), '');
BEGIN
    IF setting IS NULL THEN
        RAISE EXCEPTION 'the registry is written only inside begin_revision(actor, reason)'
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    RETURN setting::bigint;
END $$;

COMMENT ON FUNCTION public.current_revision() IS 'The open revision; raises an error outside begin_revision().';

CREATE FUNCTION public.decided_status(account_id text, stated text, probed text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $_$
    SELECT CASE WHEN d.status IN ('suspended', 'closed') THEN d.status
                ELSE probed_status(coalesce(d.status, stated), probed) END
      FROM (SELECT (SELECT o.status FROM account_decisions AS o
                     WHERE o.account_id = $1 AND o.field = 'status' AND o.withdrawn_in IS NULL
                     ORDER BY o.id DESC LIMIT 1) AS status) AS d
$_$;

COMMENT ON FUNCTION public.decided_status(account_id text, stated text, probed text) IS 'The status of an account: an end that an operator decided holds; otherwise probed_status() of what was decided or else stated.';

CREATE FUNCTION public.department_keys(external_ids text[], website text) RETURNS TABLE(scheme text, value text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT split_part(id, ':', 1) COLLATE "C", substring(id FROM position(':' IN id) + 1) COLLATE "C"
      FROM unnest(external_ids) AS id
     UNION ALL
    SELECT 'website', website_host(website) COLLATE "C" WHERE website_host(website) IS NOT NULL
$$;

COMMENT ON FUNCTION public.department_keys(external_ids text[], website text) IS 'By what a department is found: its external ids, and the host of its website.';

CREATE FUNCTION public.document_end(revision bigint, created_at timestamp with time zone, updated_at timestamp with time zone) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT format(',"revision":%s,"created_at":%s,"updated_at":%s}', revision, to_json(created_at), to_json(updated_at))
$$;

COMMENT ON FUNCTION public.document_end(revision bigint, created_at timestamp with time zone, updated_at timestamp with time zone) IS 'The end of a document: revision and times, apart from what is compared.';

CREATE FUNCTION public.encode_id(number bigint) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
DECLARE
    alphabet CONSTANT text := '0123456789bcdfghjkmnpqrstvwxz';
    rest bigint := (number * 387420489 + 104729) % 594823321;
    digit integer;
    total integer := 0;
    body text := '';
BEGIN
    IF number < 1 OR number > 594823320 THEN
        RAISE EXCEPTION 'id number % is outside 1 to 594823320', number;
    END IF;
    FOR place IN REVERSE 6..1 LOOP
        digit := (rest % 29)::integer;
        rest := rest / 29;
        body := substr(alphabet, digit + 1, 1) || body;
        total := total + place * digit;
    END LOOP;
    RETURN body || substr(alphabet, total % 29 + 1, 1);
END $$;

COMMENT ON FUNCTION public.encode_id(number bigint) IS 'The public id of a number: scrambled, with a check character at the end.';

CREATE FUNCTION public.end_proofs() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE account_evidence SET (ended_at, end_reason) = (now(), 'account_changed')
     WHERE account_id = NEW.id AND result = 'proved' AND ended_at IS NULL;
    UPDATE proof_checks SET due_at = now() WHERE account_id = NEW.id;
    NEW.verification := CASE WHEN NEW.sources = '{}' THEN 'none' ELSE 'source' END;
    NEW.verification_method := NULL;
    NEW.verification_checked_at := NULL;
    NEW.verification_expires_at := NULL;
    RETURN NEW;
END $$;

COMMENT ON FUNCTION public.end_proofs() IS 'End what was proved of an account that gets another handle or department: it was proved of the former ones, as account_evidence and proof_checks say then. Sets: verification, verification_method, verification_checked_at, verification_expires_at.';

CREATE FUNCTION public.era_size() RETURNS bigint
    LANGUAGE sql STABLE
    AS $$
    SELECT coalesce(nullif(current_setting('directory.era_size', true), '')::bigint, 1024)
$$;

COMMENT ON FUNCTION public.era_size() IS 'The least number of changes of an era: the setting directory.era_size, 1024 without it.';

CREATE FUNCTION public.handle_document_opening(public_id text, account_id text, platform text, handle text, valid_from timestamp with time zone, valid_to timestamp with time zone) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT concat('{"id":"', public_id, '","account":"', account_id, '","platform":"', platform,
                  '","handle":', to_json(handle)::text,
                  ',"valid_from":', coalesce(to_json(valid_from)::text, 'null'),
                  ',"valid_to":', coalesce(to_json(valid_to)::text, 'null'))
$$;

COMMENT ON FUNCTION public.handle_document_opening(public_id text, account_id text, platform text, handle text, valid_from timestamp with time zone, valid_to timestamp with time zone) IS 'The JSON of a handle in the change feed, up to its revision.';

CREATE FUNCTION public.identity_digest(kind text, platform text, key text) RETURNS bytea
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT sha256(convert_to(kind || chr(10) || platform || chr(10) || key, 'UTF8')) $$;

COMMENT ON FUNCTION public.identity_digest(kind text, platform text, key text) IS 'SHA-256 of a user id or handle (`kind`) on a platform, for suppressions.';

CREATE FUNCTION public.infinite_revision() RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT 9223372036854775807 $$;

COMMENT ON FUNCTION public.infinite_revision() IS 'The end of a state that still holds.';

CREATE FUNCTION public.new_id() RETURNS text
    LANGUAGE sql
    AS $$ SELECT encode_id(nextval('id_numbers')) $$;

COMMENT ON FUNCTION public.new_id() IS 'A new public id.';

CREATE FUNCTION public.probed_status(stated text, probed text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT CASE WHEN probed IN ('suspended', 'closed') THEN probed
                WHEN probed IS NULL OR stated IN ('suspended', 'closed') THEN coalesce(stated, 'unknown')
                ELSE probed END
$$;

COMMENT ON FUNCTION public.probed_status(stated text, probed text) IS 'The status of an account from what sources state and what follows from its probe: an end that either states holds.';

CREATE FUNCTION public.queue_department_search() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO search_pending (account_id)
    SELECT a.id FROM new_rows AS n JOIN old_rows AS o USING (id) JOIN accounts AS a ON a.department_id = n.id
     WHERE n.name <> o.name
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

COMMENT ON FUNCTION public.queue_department_search() IS 'Queue the accounts of a renamed department. Writes: search_pending.';

CREATE FUNCTION public.queue_feedback_messages() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM queue_webhook_messages('feedback.changed', CASE TG_TABLE_NAME WHEN 'feedback' THEN to_jsonb(NEW) ->> 'id'
                                                       ELSE to_jsonb(NEW) ->> 'feedback_id' END, NULL);
    RETURN NULL;
END $$;

COMMENT ON FUNCTION public.queue_feedback_messages() IS 'Queue messages about a report that came, or that was decided. Writes: webhooks, webhook_messages.';

CREATE FUNCTION public.queue_proof_messages() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM queue_webhook_messages('proof.failed', NULL, NEW.id);
    RETURN NULL;
END $$;

COMMENT ON FUNCTION public.queue_proof_messages() IS 'Queue messages about a check that failed. Writes: webhooks, webhook_messages.';

CREATE FUNCTION public.queue_webhook_messages(of_event text, about_feedback text, about_evidence bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE webhooks AS w SET disabled_at = now(), disabled_reason = 'too_many_waiting'
     WHERE of_event = ANY (w.events) AND w.disabled_at IS NULL
       AND (SELECT count(*) FROM webhook_messages AS m WHERE m.webhook_id = w.id AND m.state = 'waiting') >= 10000;
    INSERT INTO webhook_messages (webhook_id, event, feedback_id, evidence_id)
    SELECT w.id, of_event, about_feedback, about_evidence
      FROM webhooks AS w
     WHERE of_event = ANY (w.events) AND w.disabled_at IS NULL;
END $$;

COMMENT ON FUNCTION public.queue_webhook_messages(of_event text, about_feedback text, about_evidence bigint) IS 'Queue a message for each webhook that gets an event. Writes: webhooks, webhook_messages.';

CREATE FUNCTION public.record_account_states() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
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
                   (era, sequence, revision, from_revision, created_at, updated_at, opened_on, id, platform,
                    platform_user_id, handle_key, name_key, department_id, department_type, region_path, country,
                    division, subject, status, verification, language, tags, sources)
            SELECT %1$s, (SELECT max(v.sequence) FROM versions AS v
                           WHERE v.kind = 'account' AND v.id = c.id AND v.revision = c.revision),
                   revision, %2$s, created_at, updated_at, opened_on, id, platform,
                   platform_user_id, handle_key, name_key, department_id, department_type, region_path, country,
                   division, subject, status, verification, language, tags, sources
              FROM (%3$s) AS c$sql$, latest.era, this, changed_rows);
    END IF;
    RETURN NULL;
END $_$;

COMMENT ON FUNCTION public.record_account_states() IS 'End the state of each changed account and begin the next one, or begin an era. Writes: account_eras,
account_states.';

CREATE FUNCTION public.record_count_deltas() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
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
END $_$;

COMMENT ON FUNCTION public.record_count_deltas() IS 'Record by how much counts changed in the revision, and begin a checkpoint after many deltas. Writes:
account_count_checkpoints, account_count_deltas, account_tally_deltas.';

CREATE FUNCTION public.record_department_identifiers() RETURNS trigger
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

COMMENT ON FUNCTION public.record_department_identifiers() IS 'End the external ids and the website that a department has no longer, and begin those that are new. Writes:
department_identifiers.';

CREATE FUNCTION public.record_handle_states() RETURNS trigger
    LANGUAGE plpgsql
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
                               handle_key, handle, withdrawn_by, listed_from)
    SELECT id, current_revision(), released_in, valid_from, valid_to, account_id, platform, handle_key, handle,
           withdrawn_by, listed_from
      FROM new_rows;
    RETURN NULL;
END $$;

COMMENT ON FUNCTION public.record_handle_states() IS 'End the state of each changed handle and begin the next one. Writes: handle_states.';

CREATE FUNCTION public.record_search_states() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
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
END $_$;

COMMENT ON FUNCTION public.record_search_states() IS 'Keep the terms that were replaced or removed. Writes: search_states.';

CREATE FUNCTION public.record_successors() RETURNS trigger
    LANGUAGE plpgsql
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

COMMENT ON FUNCTION public.record_successors() IS 'Keep the successor or account that another took the place of. Writes: quarantine_exemption_accounts,
tombstone_successors.';

CREATE FUNCTION public.record_versions() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
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
    recorded bigint;
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
    GET DIAGNOSTICS recorded = ROW_COUNT;
    -- The change feed reads the whole pending list, so no statement leaves one behind. An import into an empty registry
    -- drops the index until its end.
    IF recorded > 0 THEN
        PERFORM gin_clean_pending_list(c.oid) FROM pg_class AS c WHERE c.oid = to_regclass('versions_facets');
    END IF;
    RETURN NULL;
END $_$;

COMMENT ON FUNCTION public.record_versions() IS 'Record the new document of each changed row; arguments: kind of record, key column. Writes: versions.';

CREATE FUNCTION public.refresh_dependents() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

COMMENT ON FUNCTION public.refresh_dependents() IS 'Update the rows whose documents name a renamed or moved department or region, so that their own triggers fire.
Writes: accounts, departments.';

CREATE FUNCTION public.search_any_tier(tiers tsquery[]) RETURNS tsquery
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT string_agg(format('(%s)', tier), '|')::tsquery FROM unnest(tiers) AS tier WHERE tier IS NOT NULL
$$;

COMMENT ON FUNCTION public.search_any_tier(tiers tsquery[]) IS 'One query that matches what any of the tiers matches.';

CREATE TABLE public.accounts (
    id text DEFAULT public.new_id() NOT NULL COLLATE pg_catalog."C",
    platform text NOT NULL COLLATE pg_catalog."C",
    platform_user_id text COLLATE pg_catalog."C",
    handle text,
    handle_key text COLLATE pg_catalog."C",
    url text,
    name text,
    name_key text COLLATE pg_catalog."C",
    names jsonb DEFAULT '[]'::jsonb NOT NULL,
    name_keys text[] DEFAULT '{}'::text[] NOT NULL COLLATE pg_catalog."C",
    description text,
    department_id text COLLATE pg_catalog."C",
    department_type text COLLATE pg_catalog."C",
    region_code text COLLATE pg_catalog."C",
    region_path text COLLATE pg_catalog."C",
    country text GENERATED ALWAYS AS (NULLIF(split_part(region_path, '/'::text, 1), ''::text)) STORED COLLATE pg_catalog."C",
    division text GENERATED ALWAYS AS (NULLIF(split_part(region_path, '/'::text, 2), ''::text)) STORED COLLATE pg_catalog."C",
    subject text DEFAULT 'body'::text NOT NULL COLLATE pg_catalog."C",
    status text DEFAULT 'unknown'::text NOT NULL COLLATE pg_catalog."C",
    verification text DEFAULT 'none'::text NOT NULL COLLATE pg_catalog."C",
    verification_method text,
    verification_checked_at timestamp with time zone,
    verification_expires_at timestamp with time zone,
    opened_on date,
    closed_on date,
    language text COLLATE pg_catalog."C",
    tags text[] DEFAULT '{}'::text[] NOT NULL COLLATE pg_catalog."C",
    sources text[] DEFAULT '{}'::text[] NOT NULL COLLATE pg_catalog."C",
    replaced_by text COLLATE pg_catalog."C",
    document text NOT NULL,
    revision bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    withdrawn_by text COLLATE pg_catalog."C",
    listed_from timestamp with time zone,
    listed_until timestamp with time zone,
    CONSTRAINT accounts_check CHECK ((replaced_by <> id)),
    CONSTRAINT accounts_dates CHECK ((closed_on >= opened_on)),
    CONSTRAINT accounts_description_check CHECK ((length(description) <= 5000)),
    CONSTRAINT accounts_handle_check CHECK (((handle <> ''::text) AND (length(handle) <= 320))),
    CONSTRAINT accounts_handle_key CHECK (((handle IS NULL) = (handle_key IS NULL))),
    CONSTRAINT accounts_handle_key_check CHECK ((handle_key <> ''::text)),
    CONSTRAINT accounts_id_check CHECK ((id ~ '^[0-9b-z]{7}$'::text)),
    CONSTRAINT accounts_identity CHECK (((platform_user_id IS NOT NULL) OR (handle IS NOT NULL))),
    CONSTRAINT accounts_language_check CHECK ((language ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'::text)),
    CONSTRAINT accounts_name_check CHECK (((name <> ''::text) AND (length(name) <= 500))),
    CONSTRAINT accounts_names_check CHECK ((jsonb_typeof(names) = 'array'::text)),
    CONSTRAINT accounts_platform_user_id_check CHECK (((platform_user_id <> ''::text) AND (length(platform_user_id) <= 320))),
    CONSTRAINT accounts_status_check CHECK ((status = ANY (ARRAY['active'::text, 'dormant'::text, 'suspended'::text, 'closed'::text, 'unknown'::text]))),
    CONSTRAINT accounts_subject_check CHECK ((subject = ANY (ARRAY['body'::text, 'person'::text]))),
    CONSTRAINT accounts_verification_check CHECK ((verification = ANY (ARRAY['platform'::text, 'registry'::text, 'source'::text, 'none'::text]))),
    CONSTRAINT accounts_withdrawn CHECK ((((withdrawn_by IS NULL) = (listed_until IS NULL)) AND ((withdrawn_by IS NOT NULL) OR (listed_from IS NULL))))
);
ALTER TABLE ONLY public.accounts ALTER COLUMN document SET STATISTICS 0;

COMMENT ON TABLE public.accounts IS 'One row an account. `document` is its public JSON, which triggers write.';

COMMENT ON COLUMN public.accounts.handle_key IS 'The handle as its platform compares it: equal keys are one handle.';

COMMENT ON COLUMN public.accounts.name_key IS 'The normalized name, for sorting.';

COMMENT ON COLUMN public.accounts.names IS 'Other names, as a list of objects with name and language.';

COMMENT ON COLUMN public.accounts.name_keys IS 'Normalized names, the displayed one and the others, for exact matches.';

COMMENT ON COLUMN public.accounts.department_type IS 'Type of the department; of an unknown department the type that sources state.';

COMMENT ON COLUMN public.accounts.region_path IS 'Codes of the region and of all above it, from the country down: `CN/CN-51/`.';

COMMENT ON COLUMN public.accounts.replaced_by IS 'The account that took over from this one; this one stays.';

COMMENT ON COLUMN public.accounts.document IS 'Public JSON, as the API returns it.';

COMMENT ON COLUMN public.accounts.revision IS 'Revision in which the document last changed.';

COMMENT ON COLUMN public.accounts.withdrawn_by IS 'The source that listed it last and no longer does; NULL where a source lists it.';

COMMENT ON COLUMN public.accounts.listed_from IS 'Since when `withdrawn_by` had listed it; NULL: before this was recorded.';

COMMENT ON COLUMN public.accounts.listed_until IS 'When `withdrawn_by` stopped listing it.';

CREATE FUNCTION public.search_facets(account public.accounts, rank_band smallint) RETURNS tsvector
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT array_to_tsvector(
        ARRAY['p' || (account).platform, 's' || (account).status, 'v' || (account).verification,
              'u' || (account).subject, 'b' || rank_band, 'g' || rank_band / 8]
        || CASE WHEN (account).department_type IS NULL THEN '{}' ELSE ARRAY['t' || (account).department_type] END
        || string_to_array('r' || replace(rtrim((account).region_path, '/'), '/', '/r'), '/'))
$$;

COMMENT ON FUNCTION public.search_facets(account public.accounts, rank_band smallint) IS 'Lexemes for the filters of a search: p platform, s status, v verification, u subject, t type of department,
r each region, b band, g group of eight bands.';

CREATE FUNCTION public.search_followers(followers bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT coalesce(followers, -1) $$;

COMMENT ON FUNCTION public.search_followers(followers bigint) IS 'Followers for ranking: -1 where they are unknown.';

CREATE FUNCTION public.search_page(tiers tsquery[], index_queries tsquery[], text_patterns text[], excluded_pattern text, facet_filter tsquery, group_starts integer[], by_band boolean[], band_facets tsquery[], band_floors integer[], after_tier integer, after_followers bigint, after_status_rank integer, after_name_length integer, after_id text, page_size integer) RETURNS TABLE(account_id text, tier integer, followers bigint, status_rank smallint, name_length smallint)
    LANGUAGE plpgsql STABLE ROWS 25
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
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
                SELECT account_id, tier, followers, status_rank, name_length FROM (
                    SELECT ranked.*,
                           CASE WHEN rank_band < 100 THEN -1 ELSE (
                               SELECT f.followers FROM account_followers AS f
                                WHERE f.account_id = ranked.account_id) END AS followers FROM (
                        SELECT found.* FROM (
                            SELECT s.account_id, search_tier(s.terms, s.texts, tiers, text_patterns) AS tier,
                                   s.status_rank, s.name_length, s.rank_band
                              FROM account_search AS s
                             WHERE s.terms @@ index_query AND s.rank_band < ceiling
                               AND (excluded_pattern IS NULL OR s.texts !~ excluded_pattern)
                            -- Keeps the planner from inlining the subquery: the tier is computed once a row.
                            OFFSET 0) AS found
                         WHERE tier BETWEEN first_tier AND last_tier
                           AND (after_tier IS NULL OR tier > after_tier
                                OR (tier = after_tier AND CASE
                                    WHEN rank_band <> after_rank_band THEN rank_band < after_rank_band
                                    ELSE (CASE WHEN rank_band < 100 THEN 1 ELSE (
                                              SELECT -f.followers FROM account_followers AS f
                                               WHERE f.account_id = found.account_id) END,
                                          status_rank, name_length, account_id)
                                         > (-after_followers, after_status_rank, after_name_length, after_id) END))
                         ORDER BY tier, rank_band DESC
                         FETCH FIRST remaining ROWS WITH TIES) AS ranked
                    OFFSET 0) AS counted
                 ORDER BY tier, followers DESC, status_rank, name_length, account_id LIMIT remaining;
            ELSE
                RETURN QUERY
                SELECT account_id, tier, followers, status_rank, name_length FROM (
                    SELECT ranked.*,
                           CASE WHEN rank_band < 100 THEN -1 ELSE (
                               SELECT f.followers FROM account_followers AS f
                                WHERE f.account_id = ranked.account_id) END AS followers FROM (
                        SELECT found.* FROM (
                            SELECT s.account_id, search_tier(s.terms, s.texts, tiers, text_patterns) AS tier,
                                   s.status_rank, s.name_length, s.rank_band
                              FROM account_search AS s
                             WHERE s.terms @@ index_query AND s.facets @@ facet_query AND s.rank_band < ceiling
                               AND (excluded_pattern IS NULL OR s.texts !~ excluded_pattern)
                            OFFSET 0) AS found
                         WHERE tier BETWEEN first_tier AND last_tier
                           AND (after_tier IS NULL OR tier > after_tier
                                OR (tier = after_tier AND CASE
                                    WHEN rank_band <> after_rank_band THEN rank_band < after_rank_band
                                    ELSE (CASE WHEN rank_band < 100 THEN 1 ELSE (
                                              SELECT -f.followers FROM account_followers AS f
                                               WHERE f.account_id = found.account_id) END,
                                          status_rank, name_length, account_id)
                                         > (-after_followers, after_status_rank, after_name_length, after_id) END))
                         ORDER BY tier, rank_band DESC
                         FETCH FIRST remaining ROWS WITH TIES) AS ranked
                    OFFSET 0) AS counted
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

COMMENT ON FUNCTION public.search_page(tiers tsquery[], index_queries tsquery[], text_patterns text[], excluded_pattern text, facet_filter tsquery, group_starts integer[], by_band boolean[], band_facets tsquery[], band_floors integer[], after_tier integer, after_followers bigint, after_status_rank integer, after_name_length integer, after_id text, page_size integer) IS 'A page of a search in its order: tier, followers, status_rank, name_length, id. Groups of tiers are read one after
the other; a group `by_band` from the highest bands down, until the page is full.';

CREATE FUNCTION public.search_rank_band(followers bigint, status_rank smallint, name_length smallint) RETURNS smallint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    -- The position of the highest bit is the logarithm to base 2, which takes 30 times as long as type numeric.
    SELECT (CASE WHEN followers >= 0 THEN 100 + least(64 - position(B'1' IN (followers + 1)::bit(64)), 43)
            ELSE (4 - status_rank) * 20 + 19 - least(name_length / 2, 19) END)::smallint
$$;

COMMENT ON FUNCTION public.search_rank_band(followers bigint, status_rank smallint, name_length smallint) IS 'From 143 down: by the logarithm of followers; where these are unknown, below 100, by status and length of name.';

CREATE FUNCTION public.search_status_rank(status text) RETURNS smallint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT (CASE status WHEN 'active' THEN 0 WHEN 'unknown' THEN 1 WHEN 'dormant' THEN 2 WHEN 'suspended' THEN 3
            ELSE 4 END)::smallint
$$;

COMMENT ON FUNCTION public.search_status_rank(status text) IS 'Statuses in the order of a search, from 0 (active) to 4 (closed).';

CREATE FUNCTION public.search_tier(terms tsvector, texts text, tiers tsquery[], text_patterns text[]) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
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

COMMENT ON FUNCTION public.search_tier(terms tsvector, texts text, tiers tsquery[], text_patterns text[]) IS 'The best tier that an account matches, from 0; NULL: none. Tiers match terms and, where there is one, a pattern.';

CREATE FUNCTION public.stated_status(account_id text, own_status text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $_$
    SELECT coalesce((SELECT s.statement ->> 'status' FROM statements AS s
                      WHERE s.account_id = $1 AND s.statement ? 'status'
                      ORDER BY s.listed_until IS NULL DESC,
                               coalesce((s.key_revisions -> 'status' ->> 0)::bigint, s.revision) DESC,
                               coalesce((s.key_revisions -> 'status' ->> 1)::bigint, s.position) DESC
                      LIMIT 1),
                    CASE WHEN NOT EXISTS (SELECT FROM statements AS s WHERE s.account_id = $1) THEN own_status END)
$_$;

COMMENT ON FUNCTION public.stated_status(account_id text, own_status text) IS 'The status of an account that sources state: that of the latest statement with one; its own where nothing is stated of it.';

CREATE FUNCTION public.unpack_observations(accounts text[], months date[] DEFAULT NULL::date[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    -- A backlog is packed at once: there may be no partition of its months.
    PERFORM create_observation_partition(p.month::timestamp AT TIME ZONE 'UTC')
       FROM (SELECT DISTINCT b.month FROM observation_blocks AS b
              WHERE b.account_id = ANY (accounts) AND (months IS NULL OR b.month = ANY (months))) AS p;
    WITH unpacked AS (
        DELETE FROM observation_blocks
         WHERE account_id = ANY (accounts) AND (months IS NULL OR month = ANY (months))
        RETURNING *
    )
    INSERT INTO observations (account_id, observed_at, source, revision, followers, following, posts, last_post_at,
                              verified, stated)
    SELECT b.account_id, o.observed_at, b.source, coalesce(o.revision, b.revision), o.followers, o.following, o.posts,
           o.last_post_at, o.verified, o.stated
      FROM unpacked AS b
     CROSS JOIN LATERAL unnest(b.observed_at, b.revisions, b.followers, b.following, b.posts, b.last_post_at,
                               b.verified, b.stated)
             AS o (observed_at, revision, followers, following, posts, last_post_at, verified, stated);
END $$;

COMMENT ON FUNCTION public.unpack_observations(accounts text[], months date[]) IS 'Move packed observations of accounts back to rows, where they can be written. Writes: observation_blocks, observations.';

CREATE FUNCTION public.update_account_counts() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
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
END $_$;

COMMENT ON FUNCTION public.update_account_counts() IS 'Add and subtract the rows in the counts of accounts. Writes: account_counts, account_tallies.';

CREATE FUNCTION public.update_account_followers() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO account_followers (account_id, platform, division) SELECT id, platform, division FROM new_rows;
    ELSIF TG_OP = 'UPDATE' THEN
        UPDATE account_followers AS f SET (platform, division) = (n.platform, n.division)
          FROM new_rows AS n JOIN old_rows AS o USING (id)
         WHERE f.account_id = n.id AND (n.platform, n.division) IS DISTINCT FROM (o.platform, o.division);
    ELSE
        INSERT INTO account_follower_states
               (account_id, from_revision, to_revision, followers, followers_at, last_post_at)
        SELECT f.account_id, f.revision, current_revision(), f.followers, f.followers_at, f.last_post_at
          FROM account_followers AS f JOIN old_rows AS o ON o.id = f.account_id
         WHERE f.revision > 0 AND f.revision < current_revision()
            ON CONFLICT DO NOTHING;
        DELETE FROM account_followers AS f USING old_rows AS o WHERE f.account_id = o.id;
        DELETE FROM observations AS s USING old_rows AS o WHERE s.account_id = o.id;
        DELETE FROM observation_blocks AS b USING old_rows AS o WHERE b.account_id = o.id;
    END IF;
    RETURN NULL;
END $$;

COMMENT ON FUNCTION public.update_account_followers() IS 'Begin and end the latest counts of accounts. Writes: account_followers, account_follower_states, observations, observation_blocks.';

CREATE FUNCTION public.update_account_search() RETURNS trigger
    LANGUAGE plpgsql
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
           SET (status_rank, rank_band, facets)
             = (SELECT search_status_rank(a.status), band, search_facets(a, band)
                  FROM account_followers AS f
                 CROSS JOIN search_rank_band(search_followers(f.followers), search_status_rank(a.status),
                                             s.name_length) AS band
                 WHERE f.account_id = a.id)
          FROM new_rows AS n JOIN old_rows AS o USING (id) JOIN accounts AS a USING (id)
         WHERE s.account_id = n.id
           AND (n.status, n.verification, n.subject, n.platform, n.department_type, n.region_path)
               IS DISTINCT FROM
               (o.status, o.verification, o.subject, o.platform, o.department_type, o.region_path);
    END IF;
    RETURN NULL;
END $$;

COMMENT ON FUNCTION public.update_account_search() IS 'Queue accounts whose names changed, and update rank and facets of the others. Writes: account_search,
search_pending.';

CREATE FUNCTION public.update_handles() RETURNS trigger
    LANGUAGE plpgsql
    SET "TimeZone" TO 'UTC'
    AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO handles (account_id, platform, handle, handle_key, valid_from, public_id, department_id,
                             region_path, revision, document)
        SELECT h.account_id, h.platform, h.handle, h.handle_key, h.valid_from, h.public_id, h.department_id,
               h.region_path, h.revision,
               handle_document_opening(h.public_id, h.account_id, h.platform, h.handle, h.valid_from, NULL)
               || ',"revision":' || h.revision || '}'
          FROM (SELECT n.id AS account_id, n.platform, n.handle, n.handle_key, r.released_at AS valid_from,
                       new_id() AS public_id, n.department_id, n.region_path, current_revision() AS revision
                  FROM new_rows AS n LEFT JOIN released_handles AS r USING (platform, handle_key)
                 WHERE n.handle_key IS NOT NULL ORDER BY n.id
                -- Keeps the planner from inlining the subquery, which would draw several ids a row.
                OFFSET 0) AS h;
        RETURN NULL;
    END IF;
    IF TG_OP = 'DELETE' THEN
        UPDATE handles AS h SET (valid_to, released_in) = (r.at, r.revision)
          FROM old_rows AS o, revisions AS r
         WHERE h.account_id = o.id AND h.valid_to IS NULL AND r.revision = current_revision();
        RETURN NULL;
    END IF;
    UPDATE handles AS h SET (valid_to, released_in) = (n.updated_at, n.revision)
      FROM new_rows AS n JOIN old_rows AS o USING (id)
     WHERE h.account_id = n.id AND h.valid_to IS NULL AND o.handle_key IS DISTINCT FROM n.handle_key
       AND h.handle_key IS DISTINCT FROM n.handle_key;
    -- What was inherited in a merge is open already. An account that held a handle before begins the next one now.
    INSERT INTO handles (account_id, platform, handle, handle_key, valid_from)
    SELECT n.id, n.platform, n.handle, n.handle_key,
           CASE WHEN EXISTS (SELECT FROM handles AS h WHERE h.account_id = n.id) THEN n.updated_at
                ELSE r.released_at END
      FROM new_rows AS n JOIN old_rows AS o USING (id)
      LEFT JOIN released_handles AS r ON r.platform = n.platform AND r.handle_key = n.handle_key
     WHERE n.handle_key IS NOT NULL AND o.handle_key IS DISTINCT FROM n.handle_key
       AND NOT EXISTS (SELECT FROM handles AS h WHERE h.account_id = n.id AND h.valid_to IS NULL)
     ORDER BY n.id;
    UPDATE handles AS h SET handle = n.handle
      FROM new_rows AS n JOIN old_rows AS o USING (id)
     WHERE h.account_id = n.id AND h.valid_to IS NULL AND h.handle_key = n.handle_key AND h.handle <> n.handle;
    RETURN NULL;
END $$;

COMMENT ON FUNCTION public.update_handles() IS 'Begin, rename and end the intervals of handles that follow from a change of accounts.handle. Writes: handles.';

CREATE FUNCTION public.website_host(website text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $_$
    SELECT nullif(regexp_replace(lower(substring(website COLLATE "C" FROM '^(?:[A-Za-z]+://)?(?:[^/?#@]*@)?([^/?#:]+)')),
                                 '^www\.|\.$', '', 'g'), '')
$_$;

COMMENT ON FUNCTION public.website_host(website text) IS 'The host of the address of a website in lower case, without `www.`; NULL if there is none.';

CREATE TABLE jobs.procrastinate_events (
    id bigint NOT NULL,
    job_id bigint NOT NULL,
    type jobs.procrastinate_job_event_type,
    at timestamp with time zone DEFAULT now()
);

CREATE SEQUENCE jobs.procrastinate_events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE jobs.procrastinate_events_id_seq OWNED BY jobs.procrastinate_events.id;

CREATE SEQUENCE jobs.procrastinate_jobs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE jobs.procrastinate_jobs_id_seq OWNED BY jobs.procrastinate_jobs.id;

CREATE TABLE jobs.procrastinate_periodic_defers (
    id bigint NOT NULL,
    task_name character varying(128) NOT NULL,
    defer_timestamp bigint,
    job_id bigint,
    periodic_id character varying(128) DEFAULT ''::character varying NOT NULL
);

CREATE SEQUENCE jobs.procrastinate_periodic_defers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE jobs.procrastinate_periodic_defers_id_seq OWNED BY jobs.procrastinate_periodic_defers.id;

CREATE TABLE jobs.procrastinate_workers (
    id bigint NOT NULL,
    last_heartbeat timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE jobs.procrastinate_workers ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME jobs.procrastinate_workers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.account_activity (
    account_id text NOT NULL COLLATE pg_catalog."C",
    seen_at timestamp with time zone,
    status text COLLATE pg_catalog."C",
    CONSTRAINT account_activity_status_check CHECK ((status = ANY (ARRAY['active'::text, 'dormant'::text])))
);

COMMENT ON TABLE public.account_activity IS 'What activity_status() last said of accounts of which a post is known, by `directory dormancy` or a probe; imports keep to it.';

COMMENT ON COLUMN public.account_activity.seen_at IS 'When somebody last saw which post is the last one, as of the last `directory dormancy` or probe; NULL: not known.';

COMMENT ON COLUMN public.account_activity.status IS 'NULL: the last post is too old for `active`, and nobody has looked since.';

CREATE TABLE public.account_count_checkpoints (
    checkpoint bigint NOT NULL,
    size bigint NOT NULL,
    deltas bigint NOT NULL
);

COMMENT ON TABLE public.account_count_checkpoints IS 'Revisions at which the counts were copied: a count at a later one is the copy and its deltas.';

COMMENT ON COLUMN public.account_count_checkpoints.checkpoint IS 'The revision.';

COMMENT ON COLUMN public.account_count_checkpoints.size IS 'Number of rows of the copy.';

COMMENT ON COLUMN public.account_count_checkpoints.deltas IS 'Number of rows since; half of `size` begins the next checkpoint.';

CREATE TABLE public.account_count_deltas (
    checkpoint bigint NOT NULL,
    revision bigint NOT NULL,
    delta bigint NOT NULL,
    country text COLLATE pg_catalog."C",
    division text COLLATE pg_catalog."C",
    platform text NOT NULL COLLATE pg_catalog."C",
    department_type text COLLATE pg_catalog."C",
    status text NOT NULL COLLATE pg_catalog."C",
    subject text NOT NULL COLLATE pg_catalog."C",
    verification text NOT NULL COLLATE pg_catalog."C",
    language text COLLATE pg_catalog."C"
);

COMMENT ON TABLE public.account_count_deltas IS 'By how much rows of account_counts changed in a revision; at the checkpoint itself the counts.';

CREATE TABLE public.account_counts (
    country text COLLATE pg_catalog."C",
    division text COLLATE pg_catalog."C",
    platform text NOT NULL COLLATE pg_catalog."C",
    department_type text COLLATE pg_catalog."C",
    status text NOT NULL COLLATE pg_catalog."C",
    subject text NOT NULL COLLATE pg_catalog."C",
    verification text NOT NULL COLLATE pg_catalog."C",
    language text COLLATE pg_catalog."C",
    accounts bigint NOT NULL,
    CONSTRAINT account_counts_accounts_check CHECK ((accounts >= 0))
);

COMMENT ON TABLE public.account_counts IS 'Number of accounts for each combination of eight dimensions that occurs.';

CREATE TABLE public.account_decisions (
    id bigint NOT NULL,
    account_id text NOT NULL COLLATE pg_catalog."C",
    field text NOT NULL COLLATE pg_catalog."C",
    status text COLLATE pg_catalog."C",
    closed_on date,
    department_id text COLLATE pg_catalog."C",
    before jsonb NOT NULL,
    revision bigint DEFAULT public.current_revision() NOT NULL,
    withdrawn_in bigint,
    statement jsonb,
    CONSTRAINT account_decisions_closed_on CHECK (((closed_on IS NULL) OR (status = 'closed'::text))),
    CONSTRAINT account_decisions_department CHECK (((field = 'department'::text) OR (department_id IS NULL))),
    CONSTRAINT account_decisions_field_check CHECK ((field = ANY (ARRAY['status'::text, 'department'::text, 'name'::text, 'names'::text, 'description'::text, 'region'::text, 'subject'::text, 'language'::text, 'tags'::text, 'opened_on'::text]))),
    CONSTRAINT account_decisions_statement CHECK ((((field = ANY (ARRAY['status'::text, 'department'::text])) = (statement IS NULL)) AND (jsonb_typeof(statement) = 'object'::text))),
    CONSTRAINT account_decisions_status CHECK (((field = 'status'::text) = (status IS NOT NULL))),
    CONSTRAINT account_decisions_status_check CHECK ((status = ANY (ARRAY['active'::text, 'suspended'::text, 'closed'::text])))
);

COMMENT ON TABLE public.account_decisions IS 'What an operator decided of an account. The latest one of a field that is not withdrawn ranks above all sources.';

COMMENT ON COLUMN public.account_decisions.field IS '`status` (with `closed_on`), `department`, or a field that an editor corrected.';

COMMENT ON COLUMN public.account_decisions.department_id IS 'The department that runs the account; NULL also where it has been deleted since.';

COMMENT ON COLUMN public.account_decisions.before IS 'The values that the decision replaced, for accounts of which no source states any.';

COMMENT ON COLUMN public.account_decisions.withdrawn_in IS 'Revision in which the opposite operation withdrew it; NULL: it is in force, or a later one is.';

COMMENT ON COLUMN public.account_decisions.statement IS 'What an editor says of the field, in the keys of a statement; null in it: the account is known to have none.';

ALTER TABLE public.account_decisions ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.account_decisions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.account_eras (
    era integer NOT NULL,
    first_revision bigint NOT NULL,
    accounts bigint NOT NULL,
    changes bigint NOT NULL
);

COMMENT ON TABLE public.account_eras IS 'Ranges of revisions. An era begins with a copy of all accounts, so a read needs one partition.';

COMMENT ON COLUMN public.account_eras.first_revision IS 'The era ends before the first revision of the next one.';

COMMENT ON COLUMN public.account_eras.accounts IS 'Number of accounts at its end.';

COMMENT ON COLUMN public.account_eras.changes IS 'Number of changed accounts since its beginning; as many as accounts begin the next era.';

CREATE TABLE public.account_evidence (
    id bigint NOT NULL,
    account_id text NOT NULL COLLATE pg_catalog."C",
    revision bigint DEFAULT public.current_revision() NOT NULL,
    method text NOT NULL COLLATE pg_catalog."C",
    result text NOT NULL COLLATE pg_catalog."C",
    reason text NOT NULL COLLATE pg_catalog."C",
    verifier text COLLATE pg_catalog."C",
    handle_key text COLLATE pg_catalog."C",
    department_id text COLLATE pg_catalog."C",
    documents jsonb NOT NULL,
    excerpt text,
    checked_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    ended_at timestamp with time zone,
    end_reason text COLLATE pg_catalog."C",
    CONSTRAINT account_evidence_end_reason_check CHECK ((end_reason = ANY (ARRAY['too_old'::text, 'checked_again'::text, 'failed_since'::text, 'account_changed'::text]))),
    CONSTRAINT account_evidence_ended_check CHECK (((ended_at IS NULL) = (end_reason IS NULL))),
    CONSTRAINT account_evidence_excerpt_check CHECK ((length(excerpt) <= 1000)),
    CONSTRAINT account_evidence_expires_check CHECK (((result = 'proved'::text) = (expires_at IS NOT NULL))),
    CONSTRAINT account_evidence_method_check CHECK ((method = ANY (ARRAY['rel-me'::text, 'well-known'::text, 'dns'::text, 'link'::text, 'bluesky'::text, 'mastodon'::text]))),
    CONSTRAINT account_evidence_proved_check CHECK (((result = 'proved'::text) OR (ended_at IS NULL))),
    CONSTRAINT account_evidence_result_check CHECK ((result = ANY (ARRAY['proved'::text, 'failed'::text, 'unanswered'::text]))),
    CONSTRAINT account_evidence_verifier_check CHECK (((result <> 'proved'::text) OR (verifier IS NOT NULL)))
);

COMMENT ON TABLE public.account_evidence IS 'What checks of ownership found, the latest ten of each account and method; a few rows per account.';

COMMENT ON COLUMN public.account_evidence.revision IS 'The revision that wrote it.';

COMMENT ON COLUMN public.account_evidence.result IS '`unanswered` says nothing of the account; what was proved holds until it has ended.';

COMMENT ON COLUMN public.account_evidence.reason IS 'A code that says why.';

COMMENT ON COLUMN public.account_evidence.verifier IS 'Who vouches for the account: the host of the website, or the server; NULL where nobody does.';

COMMENT ON COLUMN public.account_evidence.handle_key IS 'The key of the handle that the account had: a proof holds for that one alone.';

COMMENT ON COLUMN public.account_evidence.department_id IS 'The department that the account had: a proof holds for that one alone.';

COMMENT ON COLUMN public.account_evidence.documents IS 'What was read: a list of `url` and `sha256`, which is null where nothing came.';

COMMENT ON COLUMN public.account_evidence.excerpt IS 'The link, the record or the entry that names the account.';

COMMENT ON COLUMN public.account_evidence.expires_at IS 'Until when what was proved holds unless it is checked again.';

COMMENT ON COLUMN public.account_evidence.ended_at IS 'When what was proved ceased to hold; NULL: it holds.';

ALTER TABLE public.account_evidence ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.account_evidence_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.account_follower_states (
    account_id text NOT NULL COLLATE pg_catalog."C",
    from_revision bigint NOT NULL,
    to_revision bigint NOT NULL,
    followers bigint,
    followers_at timestamp with time zone,
    last_post_at timestamp with time zone
);

COMMENT ON TABLE public.account_follower_states IS 'Replaced rows of account_followers, by revision, for point-in-time reads.';

COMMENT ON COLUMN public.account_follower_states.to_revision IS 'First revision after the state.';

CREATE TABLE public.account_followers (
    account_id text NOT NULL COLLATE pg_catalog."C",
    platform text NOT NULL COLLATE pg_catalog."C",
    division text COLLATE pg_catalog."C",
    followers bigint,
    followers_at timestamp with time zone,
    source text COLLATE pg_catalog."C",
    posts bigint,
    posts_at timestamp with time zone,
    last_post_at timestamp with time zone,
    revision bigint DEFAULT 0 NOT NULL,
    is_observed boolean GENERATED ALWAYS AS (((followers IS NOT NULL) OR (last_post_at IS NOT NULL))) STORED NOT NULL,
    CONSTRAINT account_followers_followers CHECK ((followers >= 0)),
    CONSTRAINT account_followers_followers_at CHECK (((followers IS NULL) = (followers_at IS NULL))),
    CONSTRAINT account_followers_posts CHECK ((posts >= 0))
)
WITH (fillfactor='80');

COMMENT ON TABLE public.account_followers IS 'The latest counts of each account, which is not written when they change.';

COMMENT ON COLUMN public.account_followers.platform IS 'As in accounts, for lists in the order of followers.';

COMMENT ON COLUMN public.account_followers.division IS 'As in accounts, for lists in the order of followers.';

COMMENT ON COLUMN public.account_followers.followers_at IS 'When `followers` was observed.';

COMMENT ON COLUMN public.account_followers.source IS 'Who observed `followers`; NULL: not known.';

COMMENT ON COLUMN public.account_followers.posts_at IS 'When `posts` was observed.';

COMMENT ON COLUMN public.account_followers.last_post_at IS 'Time of the latest post that any observation has.';

COMMENT ON COLUMN public.account_followers.revision IS 'Revision in which a value last changed; 0: never.';

COMMENT ON COLUMN public.account_followers.is_observed IS 'Whether the record of the account shows any of it.';

CREATE TABLE public.account_merges (
    duplicate_id text NOT NULL COLLATE pg_catalog."C",
    survivor_id text NOT NULL COLLATE pg_catalog."C",
    revision bigint DEFAULT public.current_revision() NOT NULL,
    statements jsonb NOT NULL,
    moved jsonb NOT NULL,
    undone_in bigint
);

COMMENT ON TABLE public.account_merges IS 'Merges of accounts by an operator, with what takes each apart again.';

COMMENT ON COLUMN public.account_merges.statements IS 'The statements about both accounts as they were.';

COMMENT ON COLUMN public.account_merges.moved IS 'What moved to the survivor: ids of handles, keys of exemptions and observations, former ids, predecessors.';

COMMENT ON COLUMN public.account_merges.undone_in IS 'Revision in which the merge was taken back; NULL: it was not.';

CREATE TABLE public.account_probes (
    account_id text NOT NULL COLLATE pg_catalog."C",
    handle_key text COLLATE pg_catalog."C",
    asked_at timestamp with time zone NOT NULL,
    method text NOT NULL COLLATE pg_catalog."C",
    outcome text NOT NULL COLLATE pg_catalog."C",
    evidence jsonb NOT NULL,
    answered_at timestamp with time zone,
    gone_since timestamp with time zone,
    status text COLLATE pg_catalog."C",
    CONSTRAINT account_probes_gone CHECK (((gone_since IS NULL) OR (answered_at IS NOT NULL))),
    CONSTRAINT account_probes_outcome_check CHECK ((outcome = ANY (ARRAY['present'::text, 'renamed'::text, 'reassigned'::text, 'moved'::text, 'suspended'::text, 'gone'::text, 'unclear'::text, 'refused'::text, 'unreachable'::text]))),
    CONSTRAINT account_probes_status_check CHECK ((status = ANY (ARRAY['suspended'::text, 'closed'::text])))
);

COMMENT ON TABLE public.account_probes IS 'What the last probe of an account found; earlier responses are in the data folder.';

COMMENT ON COLUMN public.account_probes.handle_key IS 'The key of the handle that the account had: what was found of a former handle says nothing of the next.';

COMMENT ON COLUMN public.account_probes.asked_at IS 'When it was asked for last, with or without an answer.';

COMMENT ON COLUMN public.account_probes.method IS 'How: mastodon-lookup, bluesky-profiles, youtube-feed, profile-page, or none if nothing can be asked by.';

COMMENT ON COLUMN public.account_probes.outcome IS 'What was found; `unclear`, `refused` and `unreachable` are no answer.';

COMMENT ON COLUMN public.account_probes.evidence IS 'What the platform said last: the URL, the status of HTTP, the digest of the response, what follows from it; `failure`: why no later answer came.';

COMMENT ON COLUMN public.account_probes.answered_at IS 'When the platform answered last.';

COMMENT ON COLUMN public.account_probes.gone_since IS 'When it was first not found, or another account had its handle, if it has not been found since.';

COMMENT ON COLUMN public.account_probes.status IS 'The end that follows from the answers; NULL: none does.';

CREATE VIEW public.account_records AS
 SELECT a.id,
    a.platform,
    a.platform_user_id,
    a.handle,
    a.handle_key,
    a.url,
    a.name,
    a.name_key,
    a.names,
    a.name_keys,
    a.description,
    a.department_id,
    a.department_type,
    a.region_code,
    a.region_path,
    a.country,
    a.division,
    a.subject,
    a.status,
    a.verification,
    a.verification_method,
    a.verification_checked_at,
    a.verification_expires_at,
    a.withdrawn_by,
    a.listed_from,
    a.listed_until,
    f.followers,
    f.followers_at,
    a.opened_on,
    a.closed_on,
    f.last_post_at,
    a.language,
    a.tags,
    a.sources,
    a.replaced_by,
    COALESCE(( SELECT public.compose_account(a.document, c.followers, c.followers_at, c.last_post_at) AS compose_account
           FROM public.account_followers c
          WHERE ((c.account_id = a.id) AND c.is_observed)), a.document) AS document,
    a.revision,
    a.created_at,
    a.updated_at,
    f.account_id AS counted_id,
    f.platform AS counted_platform,
    f.division AS counted_division,
    public.compose_account(a.document, f.followers, f.followers_at, f.last_post_at) AS joined_document
   FROM (public.accounts a
     LEFT JOIN public.account_followers f ON ((f.account_id = a.id)));

COMMENT ON VIEW public.account_records IS 'Accounts with their latest counts, which are in `document` too.';

COMMENT ON COLUMN public.account_records.counted_id IS 'account_followers.account_id: a condition on it makes the join an inner one.';

COMMENT ON COLUMN public.account_records.joined_document IS 'As `document`, of a row that is joined: for statements that read all accounts, or begin with their counts.';

CREATE TABLE public.account_search (
    account_id text NOT NULL COLLATE pg_catalog."C",
    terms tsvector NOT NULL,
    facets tsvector NOT NULL,
    look_alikes text[] NOT NULL COLLATE pg_catalog."C",
    texts text NOT NULL,
    status_rank smallint NOT NULL,
    name_length smallint NOT NULL,
    rank_band smallint NOT NULL
);
ALTER TABLE ONLY public.account_search ALTER COLUMN terms SET STATISTICS 1000;
ALTER TABLE ONLY public.account_search ALTER COLUMN facets SET STATISTICS 0;
ALTER TABLE ONLY public.account_search ALTER COLUMN look_alikes SET STATISTICS 0;
ALTER TABLE ONLY public.account_search ALTER COLUMN texts SET STATISTICS 0;
ALTER TABLE ONLY public.account_search ALTER COLUMN rank_band SET STATISTICS 144;

COMMENT ON TABLE public.account_search IS 'The search index: terms of each account, built again when its names change.';

COMMENT ON COLUMN public.account_search.terms IS 'Terms of names, handle and department; directory.search.terms makes them.';

COMMENT ON COLUMN public.account_search.facets IS 'What a search is filtered by, as prefixed lexemes: see search_facets().';

COMMENT ON COLUMN public.account_search.look_alikes IS 'Keys under which look-alikes of the handle are found.';

COMMENT ON COLUMN public.account_search.texts IS 'Normalized names and handle, one a line, for regular expressions.';

COMMENT ON COLUMN public.account_search.status_rank IS '0 active, 1 unknown, 2 dormant, 3 suspended, 4 closed.';

COMMENT ON COLUMN public.account_search.name_length IS 'Length of the shortest name, at most 1000.';

COMMENT ON COLUMN public.account_search.rank_band IS 'Rank by followers, status and length in 144 bands: a search reads the highest first, and stops when its page is full.';

CREATE TABLE public.account_states (
    era integer NOT NULL,
    sequence integer NOT NULL,
    revision bigint NOT NULL,
    from_revision bigint NOT NULL,
    to_revision bigint DEFAULT '9223372036854775807'::bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    opened_on date,
    id text NOT NULL COLLATE pg_catalog."C",
    platform text NOT NULL COLLATE pg_catalog."C",
    platform_user_id text COLLATE pg_catalog."C",
    handle_key text COLLATE pg_catalog."C",
    name_key text COLLATE pg_catalog."C",
    department_id text COLLATE pg_catalog."C",
    department_type text COLLATE pg_catalog."C",
    region_path text COLLATE pg_catalog."C",
    country text COLLATE pg_catalog."C",
    division text COLLATE pg_catalog."C",
    subject text NOT NULL COLLATE pg_catalog."C",
    status text NOT NULL COLLATE pg_catalog."C",
    verification text NOT NULL COLLATE pg_catalog."C",
    language text COLLATE pg_catalog."C",
    tags text[] NOT NULL COLLATE pg_catalog."C",
    sources text[] NOT NULL COLLATE pg_catalog."C"
)
PARTITION BY LIST (era);

COMMENT ON TABLE public.account_states IS 'What accounts are filtered and sorted by, by revision. Partitioned by era.';

COMMENT ON COLUMN public.account_states.sequence IS 'With `revision` the version that has the public JSON.';

COMMENT ON COLUMN public.account_states.from_revision IS 'First revision of the state.';

COMMENT ON COLUMN public.account_states.to_revision IS 'First revision after the state; infinite_revision() for the current one.';

CREATE TABLE public.account_tallies (
    dimension text NOT NULL COLLATE pg_catalog."C",
    value text NOT NULL COLLATE pg_catalog."C",
    accounts bigint NOT NULL,
    CONSTRAINT account_tallies_accounts_check CHECK ((accounts >= 0)),
    CONSTRAINT account_tallies_dimension_check CHECK ((dimension = ANY (ARRAY['department'::text, 'region'::text, 'source'::text, 'tag'::text])))
);

COMMENT ON TABLE public.account_tallies IS 'Number of accounts for each value of a dimension that has many values or lists of them.';

CREATE TABLE public.account_tally_deltas (
    checkpoint bigint NOT NULL,
    revision bigint NOT NULL,
    delta bigint NOT NULL,
    dimension text NOT NULL COLLATE pg_catalog."C",
    value text NOT NULL COLLATE pg_catalog."C"
);

COMMENT ON TABLE public.account_tally_deltas IS 'By how much rows of account_tallies changed in a revision; at the checkpoint itself the tallies.';

CREATE TABLE public.expected_counts (
    region_code text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL,
    department_type text NOT NULL COLLATE pg_catalog."C",
    expected integer NOT NULL,
    counted_on date NOT NULL,
    source text NOT NULL,
    regions text[] DEFAULT '{}'::text[] NOT NULL,
    bodies jsonb DEFAULT '[]'::jsonb NOT NULL,
    is_own boolean DEFAULT false NOT NULL,
    CONSTRAINT expected_counts_expected_check CHECK ((expected > 0))
);

COMMENT ON TABLE public.expected_counts IS 'How many bodies of a kind a region should have: reference data, which a start brings up to the program, and the operator''s own.';

COMMENT ON COLUMN public.expected_counts.kind IS 'A slug, such as `municipality`.';

COMMENT ON COLUMN public.expected_counts.counted_on IS 'The day for which the source states the number.';

COMMENT ON COLUMN public.expected_counts.source IS 'Who states it, and where.';

COMMENT ON COLUMN public.expected_counts.regions IS 'The regions that each have one such body; empty where the bodies are not those of regions.';

COMMENT ON COLUMN public.expected_counts.bodies IS 'The bodies where their names are known: objects with `name`, and `keys`, the folded names that departments have.';

COMMENT ON COLUMN public.expected_counts.is_own IS 'Whether the operator states it, in place of the program''s count of the same region and kind.';

CREATE VIEW public.current_expected_counts AS
 SELECT region_code,
    kind,
    name,
    department_type,
    expected,
    counted_on,
    source,
    regions,
    bodies
   FROM public.expected_counts e
  WHERE (is_own OR (NOT (EXISTS ( SELECT
           FROM public.expected_counts o
          WHERE (((o.region_code = e.region_code) AND (o.kind = e.kind)) AND o.is_own)))));

COMMENT ON VIEW public.current_expected_counts IS 'The expected counts that hold: the operator''s own, and the program''s of other regions and kinds.';

CREATE VIEW public.decisions_in_force AS
 SELECT DISTINCT ON (account_id, field) account_id,
    field,
    status,
    closed_on,
    department_id,
    id,
    statement,
    revision
   FROM public.account_decisions
  WHERE (withdrawn_in IS NULL)
  ORDER BY account_id, field, id DESC;

COMMENT ON VIEW public.decisions_in_force IS 'The decision of each field that holds now.';

CREATE TABLE public.department_aliases (
    name_key text NOT NULL COLLATE pg_catalog."C",
    region_code text COLLATE pg_catalog."C",
    department_id text NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT department_aliases_name_key_check CHECK ((name_key <> ''::text))
);

COMMENT ON TABLE public.department_aliases IS 'Other names by which sources mean a department: of departments that were merged into it, and of rows with its external id.';

COMMENT ON COLUMN public.department_aliases.name_key IS 'As in departments; no department has the same name in the same region.';

CREATE TABLE public.department_identifiers (
    scheme text NOT NULL COLLATE pg_catalog."C",
    value text NOT NULL COLLATE pg_catalog."C",
    department_id text NOT NULL COLLATE pg_catalog."C",
    from_revision bigint NOT NULL,
    to_revision bigint DEFAULT public.infinite_revision() NOT NULL
);

COMMENT ON TABLE public.department_identifiers IS 'Departments by external id and by the host of their website, by revision; written by triggers on departments.';

COMMENT ON COLUMN public.department_identifiers.scheme IS 'That of the external id, or `website`: a host, which several departments may have.';

COMMENT ON COLUMN public.department_identifiers.department_id IS 'departments.id; rows of a department that went stay, with an end.';

COMMENT ON COLUMN public.department_identifiers.to_revision IS 'First revision after it; infinite_revision() while it holds.';

CREATE TABLE public.department_types (
    slug text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL,
    name_zh text NOT NULL,
    cofog text NOT NULL,
    "position" integer NOT NULL,
    CONSTRAINT department_types_cofog_check CHECK ((cofog ~ '^(0[1-9]|10)$'::text)),
    CONSTRAINT department_types_slug_check CHECK ((slug ~ '^[a-z][a-z-]{0,30}$'::text))
);

COMMENT ON TABLE public.department_types IS 'Types of departments, from the reference data of the program.';

COMMENT ON COLUMN public.department_types.cofog IS 'Division of the UN''s Classification of the Functions of Government.';

COMMENT ON COLUMN public.department_types."position" IS 'Order in which the API lists the types.';

CREATE TABLE public.departments (
    id text DEFAULT public.new_id() NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL,
    name_key text NOT NULL COLLATE pg_catalog."C",
    type text NOT NULL COLLATE pg_catalog."C",
    region_code text COLLATE pg_catalog."C",
    region_path text COLLATE pg_catalog."C",
    parent_id text COLLATE pg_catalog."C",
    website text,
    document text NOT NULL,
    revision bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    external_ids text[] DEFAULT '{}'::text[] NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT departments_check CHECK ((parent_id <> id)),
    CONSTRAINT departments_id_check CHECK ((id ~ '^[0-9b-z]{7}$'::text)),
    CONSTRAINT departments_name_check CHECK (((name <> ''::text) AND (length(name) <= 500))),
    CONSTRAINT departments_name_key_check CHECK ((name_key <> ''::text))
);

COMMENT ON TABLE public.departments IS 'One row a government body. `document` is its public JSON, which triggers write.';

COMMENT ON COLUMN public.departments.name_key IS 'The normalized name: with the region it identifies the department.';

COMMENT ON COLUMN public.departments.region_path IS 'As in accounts.';

COMMENT ON COLUMN public.departments.document IS 'Public JSON, as the API returns it.';

COMMENT ON COLUMN public.departments.revision IS 'Revision in which the document last changed.';

COMMENT ON COLUMN public.departments.external_ids IS 'Ids in other registers, as `scheme:value`, at most one of each scheme, sorted.';

CREATE TABLE public.feedback (
    id text DEFAULT public.new_id() NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL COLLATE pg_catalog."C",
    state text DEFAULT 'received'::text NOT NULL COLLATE pg_catalog."C",
    account_id text COLLATE pg_catalog."C",
    region_code text COLLATE pg_catalog."C",
    url text,
    text text,
    email bytea,
    key_digest bytea NOT NULL,
    received_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    decided_at timestamp with time zone,
    erased_at timestamp with time zone,
    summary text,
    reason text,
    duplicate_of text COLLATE pg_catalog."C",
    revision bigint,
    mark text COLLATE pg_catalog."C",
    CONSTRAINT feedback_decided_check CHECK (((state = ANY (ARRAY['accepted'::text, 'rejected'::text, 'duplicate'::text])) = (decided_at IS NOT NULL))),
    CONSTRAINT feedback_duplicate_check CHECK ((((state = 'duplicate'::text) = (duplicate_of IS NOT NULL)) AND (duplicate_of <> id))),
    CONSTRAINT feedback_erased_check CHECK (((erased_at IS NULL) OR ((url IS NULL) AND (text IS NULL) AND (email IS NULL)))),
    CONSTRAINT feedback_key_digest_check CHECK ((length(key_digest) = 32)),
    CONSTRAINT feedback_kind_check CHECK ((kind = ANY (ARRAY['wrong_entry'::text, 'missing_account'::text, 'fake'::text, 'closed'::text, 'other'::text]))),
    CONSTRAINT feedback_public_check CHECK (((length(summary) <= 2000) AND (length(reason) <= 2000))),
    CONSTRAINT feedback_reason_check CHECK (((decided_at IS NULL) OR (reason IS NOT NULL))),
    CONSTRAINT feedback_revision_check CHECK ((((revision IS NULL) = (mark IS NULL)) AND ((revision IS NULL) OR (state = 'accepted'::text)))),
    CONSTRAINT feedback_state_check CHECK ((state = ANY (ARRAY['received'::text, 'under_review'::text, 'accepted'::text, 'rejected'::text, 'duplicate'::text]))),
    CONSTRAINT feedback_text_check CHECK (((length(text) <= 4000) AND (length(url) <= 2000) AND (length(email) <= 1100)))
);

COMMENT ON TABLE public.feedback IS 'What anybody reported, and what became of it. It is no part of the records, and no revision has it.';

COMMENT ON COLUMN public.feedback.account_id IS 'The account that it is about, as the reporter named it; NULL: none. It may have been merged or deleted since.';

COMMENT ON COLUMN public.feedback.region_code IS 'The region that the reporter stated; that of the account comes first.';

COMMENT ON COLUMN public.feedback.url IS 'What the reporter gave, never public; NULL: nothing, or erased.';

COMMENT ON COLUMN public.feedback.text IS 'What the reporter wrote, never public; NULL: nothing, or erased.';

COMMENT ON COLUMN public.feedback.email IS 'The encrypted e-mail address of the reporter (AES-GCM); NULL: none, or erased.';

COMMENT ON COLUMN public.feedback.key_digest IS 'SHA-256 of the key in the secret link, which is stored nowhere.';

COMMENT ON COLUMN public.feedback.erased_at IS 'When the personal data was erased; NULL: it was not.';

COMMENT ON COLUMN public.feedback.summary IS 'What it is about, in public words of the moderator.';

COMMENT ON COLUMN public.feedback.reason IS 'Why it was decided so, in public.';

COMMENT ON COLUMN public.feedback.revision IS 'The revision that an accepted report led to; NULL: none is stated.';

COMMENT ON COLUMN public.feedback.mark IS 'Its mark: a restore assigns numbers again.';

CREATE TABLE public.feedback_events (
    feedback_id text NOT NULL COLLATE pg_catalog."C",
    number integer NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    before text NOT NULL COLLATE pg_catalog."C",
    after text NOT NULL COLLATE pg_catalog."C",
    actor text NOT NULL,
    reason text,
    CONSTRAINT feedback_events_number_check CHECK (((number >= 1) AND (number <= 100))),
    CONSTRAINT feedback_events_step_check CHECK ((((before = 'received'::text) AND (after = 'under_review'::text)) OR ((before = 'under_review'::text) AND (after = ANY (ARRAY['accepted'::text, 'rejected'::text, 'duplicate'::text]))) OR ((before = ANY (ARRAY['accepted'::text, 'rejected'::text, 'duplicate'::text])) AND (after = 'under_review'::text))))
);

COMMENT ON TABLE public.feedback_events IS 'Each step of a report from one state to the next, numbered from 1.';

COMMENT ON COLUMN public.feedback_events.actor IS 'Who decided: the name of a token, or the command.';

CREATE TABLE public.feedback_limits (
    key bytea NOT NULL,
    hour timestamp with time zone NOT NULL,
    reports integer NOT NULL
);

COMMENT ON TABLE public.feedback_limits IS 'How many reports came from whom in an hour; rows of past hours are deleted.';

COMMENT ON COLUMN public.feedback_limits.key IS 'A keyed digest of the address of the client, or of all clients together.';

CREATE TABLE public.regions (
    code text NOT NULL COLLATE pg_catalog."C",
    parent_code text COLLATE pg_catalog."C",
    level text NOT NULL,
    name text NOT NULL,
    name_local text,
    aliases text[] DEFAULT '{}'::text[] NOT NULL,
    path text NOT NULL COLLATE pg_catalog."C",
    source text NOT NULL,
    document text NOT NULL,
    revision bigint NOT NULL,
    other_names text[] DEFAULT '{}'::text[] NOT NULL,
    established_on date,
    dissolved_on date,
    replaced_by text[] DEFAULT '{}'::text[] NOT NULL,
    name_keys text[] DEFAULT '{}'::text[] NOT NULL,
    CONSTRAINT regions_check CHECK (((parent_code IS NULL) = (level = 'country'::text))),
    CONSTRAINT regions_check1 CHECK ((path ~~ (('%'::text || code) || '/'::text))),
    CONSTRAINT regions_code_check CHECK ((code ~ '^[A-Z]{2}(-[A-Z0-9]{1,6})?$'::text)),
    CONSTRAINT regions_level_check CHECK ((level = ANY (ARRAY['country'::text, 'province'::text, 'subdivision'::text, 'prefecture'::text, 'county'::text]))),
    CONSTRAINT regions_life CHECK ((dissolved_on >= established_on)),
    CONSTRAINT regions_name_check CHECK ((name <> ''::text)),
    CONSTRAINT regions_replaced_by CHECK (((replaced_by = '{}'::text[]) OR (dissolved_on IS NOT NULL)))
);

COMMENT ON TABLE public.regions IS 'Countries and their subdivisions, from the reference data of the program.';

COMMENT ON COLUMN public.regions.path IS 'Codes from the country down to the region, each with a slash behind it.';

COMMENT ON COLUMN public.regions.replaced_by IS 'Codes of the regions that a dissolved one became.';

COMMENT ON COLUMN public.regions.name_keys IS 'All names, normalized, for look-ups.';

CREATE TABLE public.tombstones (
    kind text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    successor_id text COLLATE pg_catalog."C",
    revision bigint NOT NULL,
    category text,
    erased_in bigint,
    CONSTRAINT tombstones_category CHECK (((category IS NULL) OR (successor_id IS NULL))),
    CONSTRAINT tombstones_category_check CHECK ((category = ANY (ARRAY['erasure_request'::text, 'not_official'::text, 'mistake'::text, 'order'::text, 'other'::text]))),
    CONSTRAINT tombstones_check CHECK ((successor_id <> id))
);

COMMENT ON TABLE public.tombstones IS 'Ids of records that were merged or deleted. An id is never used again.';

COMMENT ON COLUMN public.tombstones.successor_id IS 'The record that it was merged into, carried on when that one is merged; NULL: deleted.';

COMMENT ON COLUMN public.tombstones.revision IS 'Revision of the merge or deletion.';

COMMENT ON COLUMN public.tombstones.category IS 'Category of the reason for the deletion; NULL: none was stated.';

COMMENT ON COLUMN public.tombstones.erased_in IS 'Revision in which the content of its versions was erased; NULL: versions still have it.';

CREATE VIEW public.feedback_records AS
 SELECT f.id,
    f.kind,
    f.state,
    f.url,
    f.text,
    f.email,
    f.key_digest,
    f.received_at,
    f.changed_at,
    f.decided_at,
    f.erased_at,
    f.summary,
    f.reason,
    f.duplicate_of,
    f.revision,
    f.mark,
    COALESCE(t.successor_id, f.account_id) AS account_id,
    a.name AS account_name,
    a.department_id,
    COALESCE(r.code, s.code) AS region_code,
    COALESCE(r.path, s.path) AS region_path
   FROM ((((public.feedback f
     LEFT JOIN public.tombstones t ON (((t.kind = 'account'::text) AND (t.id = f.account_id))))
     LEFT JOIN public.accounts a ON ((a.id = COALESCE(t.successor_id, f.account_id))))
     LEFT JOIN public.regions r ON ((r.code = a.region_code)))
     LEFT JOIN public.regions s ON (((s.code = f.region_code) AND (a.id IS NULL))));

COMMENT ON VIEW public.feedback_records IS 'Reports with the account that they are about today, and its place today.';

CREATE TABLE public.feedback_used_challenges (
    digest bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.feedback_used_challenges IS 'Challenges and tickets with which a report was sent: each counts once.';

COMMENT ON COLUMN public.feedback_used_challenges.expires_at IS 'From when on it is refused for its age, and the row is deleted.';

CREATE TABLE public.handles (
    id bigint NOT NULL,
    account_id text NOT NULL COLLATE pg_catalog."C",
    platform text NOT NULL COLLATE pg_catalog."C",
    handle text NOT NULL,
    handle_key text NOT NULL COLLATE pg_catalog."C",
    valid_from timestamp with time zone,
    valid_to timestamp with time zone,
    released_in bigint,
    public_id text DEFAULT public.new_id() NOT NULL COLLATE pg_catalog."C",
    department_id text COLLATE pg_catalog."C",
    region_path text COLLATE pg_catalog."C",
    revision bigint NOT NULL,
    document text NOT NULL,
    withdrawn_by text COLLATE pg_catalog."C",
    listed_from timestamp with time zone,
    CONSTRAINT handles_interval CHECK ((valid_from <= valid_to)),
    CONSTRAINT handles_public_id_check CHECK ((public_id ~ '^[0-9b-z]{7}$'::text)),
    CONSTRAINT handles_released_in CHECK (((valid_to IS NULL) = (released_in IS NULL))),
    CONSTRAINT handles_withdrawn CHECK (((withdrawn_by IS NULL) OR (valid_to IS NOT NULL)))
);
ALTER TABLE ONLY public.handles ALTER COLUMN document SET STATISTICS 0;

COMMENT ON TABLE public.handles IS 'Every handle an account has or had, written by triggers on accounts; stays when the account is deleted.';

COMMENT ON COLUMN public.handles.handle_key IS 'As in accounts.';

COMMENT ON COLUMN public.handles.valid_from IS 'NULL: since before the registry knew of it.';

COMMENT ON COLUMN public.handles.valid_to IS 'When the account released it; NULL: it has it now.';

COMMENT ON COLUMN public.handles.released_in IS 'Revision in which it was released.';

COMMENT ON COLUMN public.handles.public_id IS 'Id in the change feed and in versions.';

COMMENT ON COLUMN public.handles.department_id IS 'Department of the account; after a deletion the last one.';

COMMENT ON COLUMN public.handles.region_path IS 'Region path of the account; after a deletion the last one.';

COMMENT ON COLUMN public.handles.revision IS 'Revision in which the document last changed.';

COMMENT ON COLUMN public.handles.document IS 'Public JSON in the change feed.';

COMMENT ON COLUMN public.handles.withdrawn_by IS 'The source that listed it last, and stopped when it was released; NULL: it was released otherwise.';

COMMENT ON COLUMN public.handles.listed_from IS 'Since when `withdrawn_by` listed it; NULL: not known.';

CREATE TABLE public.quarantine_exemptions (
    platform text NOT NULL COLLATE pg_catalog."C",
    handle_key text NOT NULL COLLATE pg_catalog."C",
    account_id text COLLATE pg_catalog."C",
    revision bigint DEFAULT public.current_revision() NOT NULL
);

COMMENT ON TABLE public.quarantine_exemptions IS 'Quarantines that an operator lifted: releases before the revision no longer bar the account.';

COMMENT ON COLUMN public.quarantine_exemptions.account_id IS 'The account that may have the handle; NULL: every account.';

CREATE VIEW public.handle_quarantines AS
 SELECT platform,
    handle_key,
    handle,
    account_id AS released_by,
    valid_to AS released_at,
    ARRAY( SELECT c.account_id
           FROM public.quarantine_exemptions c
          WHERE (((c.platform = h.platform) AND (c.handle_key = h.handle_key)) AND (c.revision > h.released_in) AND (c.account_id IS NOT NULL))) AS exempt_accounts
   FROM public.handles h
  WHERE ((valid_to IS NOT NULL) AND (NOT (EXISTS ( SELECT
           FROM public.quarantine_exemptions c
          WHERE (((c.platform = h.platform) AND (c.handle_key = h.handle_key)) AND (c.revision > h.released_in) AND (c.account_id IS NULL))))));

COMMENT ON VIEW public.handle_quarantines IS 'Released handles in quarantine: for every account but `released_by` and `exempt_accounts`.';

CREATE TABLE public.handle_states (
    id bigint NOT NULL,
    from_revision bigint NOT NULL,
    to_revision bigint DEFAULT '9223372036854775807'::bigint NOT NULL,
    released_in bigint,
    valid_from timestamp with time zone,
    valid_to timestamp with time zone,
    account_id text NOT NULL COLLATE pg_catalog."C",
    platform text NOT NULL COLLATE pg_catalog."C",
    handle_key text NOT NULL COLLATE pg_catalog."C",
    handle text NOT NULL,
    withdrawn_by text COLLATE pg_catalog."C",
    listed_from timestamp with time zone
)
WITH (fillfactor='90');

COMMENT ON TABLE public.handle_states IS 'Rows of handles, by revision, for point-in-time reads.';

COMMENT ON COLUMN public.handle_states.id IS 'handles.id.';

COMMENT ON COLUMN public.handle_states.to_revision IS 'First revision after the state; infinite_revision() for the current one.';

ALTER TABLE public.handles ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.handles_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE SEQUENCE public.id_numbers
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    MAXVALUE 594823320
    CACHE 1;

CREATE TABLE public.idempotency_keys (
    token_id text NOT NULL COLLATE pg_catalog."C",
    key_digest bytea NOT NULL,
    request_digest bytea NOT NULL,
    answer text NOT NULL,
    location text NOT NULL,
    etag text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT idempotency_keys_digests CHECK (((length(key_digest) = 32) AND (length(request_digest) = 32)))
);

COMMENT ON TABLE public.idempotency_keys IS 'Answers to creations with an Idempotency-Key, for 24 hours. They are no part of the records. Without a foreign key, since they soon go.';

COMMENT ON COLUMN public.idempotency_keys.key_digest IS 'SHA-256 of the key.';

COMMENT ON COLUMN public.idempotency_keys.request_digest IS 'SHA-256 of the query and the body: another request with the key is refused.';

COMMENT ON COLUMN public.idempotency_keys.etag IS 'The tag of the record that was created.';

CREATE TABLE public.import_chunks (
    import_id text NOT NULL COLLATE pg_catalog."C",
    number integer NOT NULL,
    content bytea NOT NULL
);
ALTER TABLE ONLY public.import_chunks ALTER COLUMN content SET STORAGE EXTERNAL;

COMMENT ON TABLE public.import_chunks IS 'The files of imports, piece by piece, so that any host can read them.';

COMMENT ON COLUMN public.import_chunks.number IS 'Counted from 0.';

CREATE TABLE public.import_verdicts (
    import_id text NOT NULL COLLATE pg_catalog."C",
    line bigint NOT NULL,
    number bigint NOT NULL,
    verdict text NOT NULL,
    account text COLLATE pg_catalog."C",
    errors jsonb NOT NULL
);

COMMENT ON TABLE public.import_verdicts IS 'What becomes of each row of an import.';

COMMENT ON COLUMN public.import_verdicts.line IS 'Where the row begins in its file.';

COMMENT ON COLUMN public.import_verdicts.number IS 'Tells accounts of one row from each other.';

COMMENT ON COLUMN public.import_verdicts.verdict IS 'created, changed, merged, unchanged, accepted or rejected.';

COMMENT ON COLUMN public.import_verdicts.account IS 'NULL: one that is not yet there, or none.';

COMMENT ON COLUMN public.import_verdicts.errors IS 'Why it is rejected: field, value, code, message and remedy of each error.';

CREATE TABLE public.imports (
    id text DEFAULT public.new_id() NOT NULL COLLATE pg_catalog."C",
    token text NOT NULL COLLATE pg_catalog."C",
    actor text NOT NULL,
    source text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL,
    bytes bigint NOT NULL,
    options jsonb NOT NULL,
    regions text[] DEFAULT '{}'::text[] NOT NULL COLLATE pg_catalog."C",
    departments text[] DEFAULT '{}'::text[] NOT NULL COLLATE pg_catalog."C",
    status text DEFAULT 'queued'::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    job bigint,
    phase text,
    done bigint DEFAULT 0 NOT NULL,
    total bigint DEFAULT 0 NOT NULL,
    applied_by text,
    revision bigint,
    error text,
    report jsonb,
    CONSTRAINT imports_bytes_check CHECK ((bytes >= 0)),
    CONSTRAINT imports_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT imports_status_check CHECK ((status = ANY (ARRAY['queued'::text, 'checking'::text, 'checked'::text, 'refused'::text, 'applying'::text, 'applied'::text, 'failed'::text])))
);

COMMENT ON TABLE public.imports IS 'Files that were sent by HTTP, each with what became of it. They are no part of the public data.';

COMMENT ON COLUMN public.imports.token IS 'With which token it was sent.';

COMMENT ON COLUMN public.imports.actor IS 'The name of that token.';

COMMENT ON COLUMN public.imports.source IS 'Of rows that name none; imports of one source run one after the other.';

COMMENT ON COLUMN public.imports.name IS 'The name of the file.';

COMMENT ON COLUMN public.imports.bytes IS 'Its size, as it was sent.';

COMMENT ON COLUMN public.imports.options IS 'How it is to be read and merged.';

COMMENT ON COLUMN public.imports.regions IS 'Regions that it may write to, with all below; empty: all.';

COMMENT ON COLUMN public.imports.departments IS 'Departments that it may write to, with all below; empty: all.';

COMMENT ON COLUMN public.imports.status IS 'queued, checking, then checked or refused; applying, then applied; or failed.';

COMMENT ON COLUMN public.imports.job IS 'The job that works on it, or did last.';

COMMENT ON COLUMN public.imports.phase IS 'What the job does now.';

COMMENT ON COLUMN public.imports.done IS 'How much of the phase is done.';

COMMENT ON COLUMN public.imports.total IS 'How much of the phase there is.';

COMMENT ON COLUMN public.imports.applied_by IS 'The name of the token with which it was applied.';

COMMENT ON COLUMN public.imports.revision IS 'What it wrote; NULL: nothing.';

COMMENT ON COLUMN public.imports.error IS 'Why it was refused or failed.';

COMMENT ON COLUMN public.imports.report IS 'What it would change or has changed, as `directory import --report` writes it.';

CREATE TABLE public.observation_blocks (
    account_id text NOT NULL COLLATE pg_catalog."C",
    month date NOT NULL,
    source text NOT NULL COLLATE pg_catalog."C",
    revision bigint NOT NULL,
    is_thinned boolean DEFAULT false NOT NULL,
    observed_at timestamp with time zone[] NOT NULL,
    revisions bigint[],
    followers bigint[],
    following bigint[],
    posts bigint[],
    last_post_at timestamp with time zone[],
    verified boolean[],
    stated jsonb[]
);

COMMENT ON TABLE public.observation_blocks IS 'Observations of closed months, packed: in the order of time, an array that would have nothing but NULL is NULL.';

COMMENT ON COLUMN public.observation_blocks.month IS 'First day of the month (UTC).';

COMMENT ON COLUMN public.observation_blocks.revision IS 'The latest revision that wrote one of them.';

COMMENT ON COLUMN public.observation_blocks.is_thinned IS 'Whether days were thinned to weeks since the last one came.';

COMMENT ON COLUMN public.observation_blocks.revisions IS 'The revision of each; NULL: all are of `revision`.';

CREATE TABLE public.observations (
    account_id text CONSTRAINT observations_account_id_not_null1 NOT NULL COLLATE pg_catalog."C",
    observed_at timestamp with time zone CONSTRAINT observations_observed_at_not_null1 NOT NULL,
    source text CONSTRAINT observations_source_not_null1 NOT NULL COLLATE pg_catalog."C",
    revision bigint DEFAULT public.current_revision() NOT NULL,
    followers bigint,
    posts bigint,
    last_post_at timestamp with time zone,
    following bigint,
    verified boolean,
    stated jsonb,
    CONSTRAINT observations_followers_check CHECK ((followers >= 0)),
    CONSTRAINT observations_following_check CHECK ((following >= 0)),
    CONSTRAINT observations_posts_check CHECK ((posts >= 0))
)
PARTITION BY RANGE (observed_at);

COMMENT ON TABLE public.observations IS 'Followers, posts and last post of an account at a point in time, by source. Partitioned by month (UTC).';

COMMENT ON COLUMN public.observations.revision IS 'Revision that wrote it; 0: from before this was recorded.';

COMMENT ON COLUMN public.observations.following IS 'How many accounts it follows.';

COMMENT ON COLUMN public.observations.verified IS 'Whether the platform showed its own mark of a verified account.';

COMMENT ON COLUMN public.observations.stated IS 'What was stated and is no count, such as `{"followers": -1}`; what it replaced, under `replaced`.';

CREATE VIEW public.observation_series AS
 SELECT observations.account_id,
    (date_trunc('month'::text, (observations.observed_at AT TIME ZONE 'UTC'::text)))::date AS month,
    observations.observed_at,
    observations.source,
    observations.revision,
    observations.followers,
    observations.following,
    observations.posts,
    observations.last_post_at,
    observations.verified,
    observations.stated
   FROM public.observations
UNION ALL
 SELECT b.account_id,
    b.month,
    o.observed_at,
    b.source,
    COALESCE(o.revision, b.revision) AS revision,
    o.followers,
    o.following,
    o.posts,
    o.last_post_at,
    o.verified,
    o.stated
   FROM (public.observation_blocks b
     CROSS JOIN LATERAL UNNEST(b.observed_at, b.revisions, b.followers, b.following, b.posts, b.last_post_at, b.verified, b.stated) o(observed_at, revision, followers, following, posts, last_post_at, verified, stated));

COMMENT ON VIEW public.observation_series IS 'All observations, packed or not.';

COMMENT ON COLUMN public.observation_series.month IS 'First day of the month (UTC): a condition on it spares the packed months that are not needed.';

CREATE TABLE public.platforms (
    slug text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL,
    name_local text NOT NULL,
    language text NOT NULL,
    country text NOT NULL COLLATE pg_catalog."C",
    website text NOT NULL,
    aliases text[] NOT NULL,
    hosts text[] NOT NULL,
    url_forms text[] NOT NULL,
    handle_pattern text NOT NULL,
    user_id_pattern text,
    case_sensitive boolean NOT NULL,
    opened_on date,
    closed_on date,
    document text NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT platforms_check CHECK ((closed_on >= opened_on)),
    CONSTRAINT platforms_country_check CHECK ((country ~ '^[A-Z]{2}$'::text)),
    CONSTRAINT platforms_slug_check CHECK ((slug ~ '^[a-z][a-z0-9-]{0,30}$'::text))
);

COMMENT ON TABLE public.platforms IS 'Social platforms, from the reference data of the program.';

CREATE TABLE public.proof_checks (
    account_id text NOT NULL COLLATE pg_catalog."C",
    methods text[] NOT NULL,
    due_at timestamp with time zone NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    requested_by text,
    CONSTRAINT proof_checks_methods_check CHECK ((methods <@ ARRAY['rel-me'::text, 'well-known'::text, 'dns'::text, 'link'::text, 'bluesky'::text, 'mastodon'::text]))
);

COMMENT ON TABLE public.proof_checks IS 'When the ownership of accounts is checked again. It is no part of the public data, and no revision has it.';

COMMENT ON COLUMN public.proof_checks.methods IS 'By which methods; empty: by all that the account admits.';

COMMENT ON COLUMN public.proof_checks.failures IS 'How often in a row nothing was proved: waits double with each.';

COMMENT ON COLUMN public.proof_checks.requested_by IS 'The token whose holder asked for it; NULL: it is due by schedule.';

CREATE TABLE public.proposals (
    id text DEFAULT public.new_id() NOT NULL COLLATE pg_catalog."C",
    account_id text NOT NULL COLLATE pg_catalog."C",
    operation text NOT NULL COLLATE pg_catalog."C",
    body jsonb NOT NULL,
    digest bytea NOT NULL,
    reason text NOT NULL,
    token_id text NOT NULL COLLATE pg_catalog."C",
    proposer text NOT NULL,
    region_code text COLLATE pg_catalog."C",
    department_id text COLLATE pg_catalog."C",
    read_at bigint NOT NULL,
    before jsonb,
    after jsonb,
    filed_at timestamp with time zone DEFAULT now() NOT NULL,
    state text DEFAULT 'open'::text NOT NULL COLLATE pg_catalog."C",
    decided_at timestamp with time zone,
    decider text,
    decision text,
    revision bigint,
    mark text COLLATE pg_catalog."C",
    CONSTRAINT proposals_decided_check CHECK (((state = 'open'::text) = (decided_at IS NULL))),
    CONSTRAINT proposals_decision_check CHECK (
CASE state
    WHEN 'open'::text THEN ((decider IS NULL) AND (decision IS NULL))
    WHEN 'withdrawn'::text THEN ((decider IS NULL) AND (decision IS NULL))
    WHEN 'stale'::text THEN (decision IS NOT NULL)
    ELSE ((decider IS NOT NULL) AND (decision IS NOT NULL))
END),
    CONSTRAINT proposals_digest_check CHECK ((length(digest) = 32)),
    CONSTRAINT proposals_revision_check CHECK ((((revision IS NULL) = (mark IS NULL)) AND ((revision IS NULL) OR (state = 'accepted'::text)))),
    CONSTRAINT proposals_state_check CHECK ((state = ANY (ARRAY['open'::text, 'accepted'::text, 'rejected'::text, 'withdrawn'::text, 'stale'::text]))),
    CONSTRAINT proposals_text_check CHECK (((length(reason) <= 1000) AND (length(decision) <= 2000) AND (length((body)::text) <= 10000)))
);

COMMENT ON TABLE public.proposals IS 'Operations on accounts that somebody proposed, and what a moderator decided. They are no part of the records, and no revision has them.';

COMMENT ON COLUMN public.proposals.body IS 'The arguments of the operation, as its own URL takes them, without the reason.';

COMMENT ON COLUMN public.proposals.digest IS 'SHA-256 of account, operation and arguments: of equal proposals one is open.';

COMMENT ON COLUMN public.proposals.token_id IS 'The token that filed it, and may withdraw it.';

COMMENT ON COLUMN public.proposals.proposer IS 'The name of that token, which is public.';

COMMENT ON COLUMN public.proposals.region_code IS 'The region of the account when it was proposed; that of today comes first.';

COMMENT ON COLUMN public.proposals.read_at IS 'The revision that had last changed the account when it was proposed.';

COMMENT ON COLUMN public.proposals.before IS 'What the operation would have replaced then; NULL: there was no account.';

COMMENT ON COLUMN public.proposals.after IS 'What it would have made then; NULL: no account.';

COMMENT ON COLUMN public.proposals.decider IS 'The name of the token that decided; NULL: nobody did, or nobody needed to.';

COMMENT ON COLUMN public.proposals.decision IS 'Why it was decided so, in public.';

COMMENT ON COLUMN public.proposals.revision IS 'The revision that an accepted one led to; NULL: nothing had to change.';

COMMENT ON COLUMN public.proposals.mark IS 'Its mark: a restore assigns numbers again.';

CREATE VIEW public.proposal_records AS
 SELECT p.id,
    p.account_id,
    p.operation,
    p.body,
    p.reason,
    p.token_id,
    p.proposer,
    p.read_at,
    p.before,
    p.after,
    p.filed_at,
    p.state,
    p.decided_at,
    p.decider,
    p.decision,
    p.revision,
    p.mark,
        CASE
            WHEN (a.id IS NULL) THEN p.department_id
            ELSE a.department_id
        END AS department_id,
    r.code AS region_code,
    r.path AS region_path
   FROM (((public.proposals p
     LEFT JOIN public.tombstones t ON (((t.kind = 'account'::text) AND (t.id = p.account_id))))
     LEFT JOIN public.accounts a ON ((a.id = COALESCE(t.successor_id, p.account_id))))
     LEFT JOIN public.regions r ON ((r.code =
        CASE
            WHEN (a.id IS NULL) THEN p.region_code
            ELSE a.region_code
        END)));

COMMENT ON VIEW public.proposal_records IS 'Proposals with the place of their account today, or where it was.';

CREATE TABLE public.quarantine_exemption_accounts (
    platform text NOT NULL COLLATE pg_catalog."C",
    handle_key text NOT NULL COLLATE pg_catalog."C",
    revision bigint NOT NULL,
    to_revision bigint NOT NULL,
    account_id text COLLATE pg_catalog."C"
);

COMMENT ON TABLE public.quarantine_exemption_accounts IS 'For which accounts quarantines were lifted, before these were merged into others.';

COMMENT ON COLUMN public.quarantine_exemption_accounts.to_revision IS 'Revision of the merge.';

CREATE TABLE public.reference_digest (
    only_row boolean DEFAULT true NOT NULL,
    program text NOT NULL COLLATE pg_catalog."C",
    content bigint NOT NULL,
    CONSTRAINT reference_digest_only_row_check CHECK (only_row)
);

COMMENT ON TABLE public.reference_digest IS 'The reference data that was last brought up to a program: starts compare it, and not all regions.';

COMMENT ON COLUMN public.reference_digest.program IS 'Digest of the files of the program that reference data are read from.';

COMMENT ON COLUMN public.reference_digest.content IS 'Digest of the rows of regions, platforms, department_types, expected_counts and sources.';

CREATE VIEW public.released_handles AS
 SELECT platform,
    handle_key,
    max(valid_to) AS released_at
   FROM public.handles
  WHERE (valid_to IS NOT NULL)
  GROUP BY platform, handle_key;

COMMENT ON VIEW public.released_handles IS 'When a handle was last released: the next account has it from then on at the earliest.';

CREATE TABLE public.restored_tombstones (
    kind text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    successor_id text COLLATE pg_catalog."C",
    revision bigint NOT NULL,
    category text,
    restored_in bigint DEFAULT public.current_revision() NOT NULL
);

COMMENT ON TABLE public.restored_tombstones IS 'Tombstones of records that came back, for point-in-time reads.';

COMMENT ON COLUMN public.restored_tombstones.revision IS 'Revision of the merge or deletion.';

COMMENT ON COLUMN public.restored_tombstones.restored_in IS 'Revision in which the record came back.';

CREATE TABLE public.revisions (
    revision bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    reason text NOT NULL,
    source text,
    mark text DEFAULT "right"((gen_random_uuid())::text, 12) NOT NULL COLLATE pg_catalog."C",
    list_date timestamp with time zone,
    CONSTRAINT revisions_actor_check CHECK ((actor <> ''::text)),
    CONSTRAINT revisions_mark_check CHECK ((mark ~ '^[0-9a-f]{12}$'::text)),
    CONSTRAINT revisions_reason_check CHECK ((reason <> ''::text)),
    CONSTRAINT revisions_revision_check CHECK ((revision > 0)),
    CONSTRAINT revisions_source_check CHECK ((source <> ''::text))
);

COMMENT ON TABLE public.revisions IS 'One row a committed change of the registry. Revisions are committed in the order of their numbers.';

COMMENT ON COLUMN public.revisions.actor IS 'Who made the change.';

COMMENT ON COLUMN public.revisions.source IS 'The source that was imported; NULL: none, or several.';

COMMENT ON COLUMN public.revisions.mark IS 'Random: tells the revision from another one of its number, as after a restore from a backup.';

COMMENT ON COLUMN public.revisions.list_date IS 'Date of the list that was imported; NULL: that of the revision.';

CREATE TABLE public.search_pending (
    account_id text NOT NULL COLLATE pg_catalog."C"
);

COMMENT ON TABLE public.search_pending IS 'Queue of accounts to index: triggers fill it, the writer empties it before it commits.';

CREATE TABLE public.search_readings (
    reading text NOT NULL COLLATE pg_catalog."C",
    characters text NOT NULL COLLATE pg_catalog."C",
    "position" bigint NOT NULL
);

COMMENT ON TABLE public.search_readings IS 'Chinese characters and pairs of them that occur, by pinyin.';

COMMENT ON COLUMN public.search_readings."position" IS 'Order in which they were added: processes read what is new.';

ALTER TABLE public.search_readings ALTER COLUMN "position" ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.search_readings_position_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.search_states (
    account_id text NOT NULL COLLATE pg_catalog."C",
    from_revision bigint NOT NULL,
    to_revision bigint NOT NULL,
    name_length smallint NOT NULL,
    terms tsvector NOT NULL,
    look_alikes text[] NOT NULL COLLATE pg_catalog."C",
    texts text NOT NULL
);

COMMENT ON TABLE public.search_states IS 'Earlier rows of account_search, for point-in-time reads.';

COMMENT ON COLUMN public.search_states.to_revision IS 'First revision after the state.';

CREATE TABLE public.search_words (
    part text NOT NULL COLLATE pg_catalog."C",
    word text NOT NULL COLLATE pg_catalog."C"
);

COMMENT ON TABLE public.search_words IS 'Words that occur, by the parts that directory.search.spelling makes of them, to correct typos.';

CREATE TABLE public.secret_key_fingerprint (
    is_only boolean DEFAULT true NOT NULL,
    fingerprint bytea NOT NULL,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT secret_key_fingerprint_fingerprint_check CHECK ((length(fingerprint) = 32)),
    CONSTRAINT secret_key_fingerprint_is_only_check CHECK (is_only)
);

COMMENT ON TABLE public.secret_key_fingerprint IS 'Which secret key the hosts of this registry have, in its one row: another one is refused.';

COMMENT ON COLUMN public.secret_key_fingerprint.fingerprint IS 'A key that is derived from the secret key for this alone.';

CREATE TABLE public.snapshot_files (
    revision bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    media_type text NOT NULL,
    encoding text,
    bytes bigint NOT NULL,
    rows bigint,
    sha256 text NOT NULL,
    CONSTRAINT snapshot_files_bytes_check CHECK ((bytes >= 0)),
    CONSTRAINT snapshot_files_encoding_check CHECK ((encoding = ANY (ARRAY['gzip'::text, 'zstd'::text]))),
    CONSTRAINT snapshot_files_rows_check CHECK ((rows >= 0)),
    CONSTRAINT snapshot_files_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
);

COMMENT ON TABLE public.snapshot_files IS 'Files of each snapshot.';

COMMENT ON COLUMN public.snapshot_files.media_type IS 'Type of the content before compression.';

COMMENT ON COLUMN public.snapshot_files.encoding IS 'Compression, gzip or zstd; NULL: none.';

COMMENT ON COLUMN public.snapshot_files.rows IS 'Number of records; NULL: the file has none.';

CREATE TABLE public.snapshots (
    revision bigint NOT NULL,
    built_at timestamp with time zone NOT NULL,
    manifest text NOT NULL
);

COMMENT ON TABLE public.snapshots IS 'Published snapshots, with the text of manifest.json.';

CREATE TABLE public.sources (
    id text NOT NULL COLLATE pg_catalog."C",
    title text NOT NULL,
    publisher text,
    licence text NOT NULL,
    origin text,
    retrieved text,
    note text,
    document text NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT sources_id_check CHECK ((id ~ '^[a-z0-9][a-z0-9._-]{0,62}$'::text)),
    CONSTRAINT sources_retrieved_check CHECK ((retrieved ~ '^\d{4}(-\d{2}(-\d{2})?)?$'::text))
);

COMMENT ON TABLE public.sources IS 'Data sets and lists that accounts are imported from.';

COMMENT ON COLUMN public.sources.retrieved IS 'Year, month or day.';

CREATE TABLE public.statements (
    account_id text NOT NULL COLLATE pg_catalog."C",
    source text NOT NULL COLLATE pg_catalog."C",
    source_id text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    statement jsonb NOT NULL,
    department_id text COLLATE pg_catalog."C",
    revision bigint NOT NULL,
    "position" bigint NOT NULL,
    key_revisions jsonb,
    listed_from bigint,
    listed_until bigint,
    row_digest uuid,
    row_cleared integer,
    row_department_key text COLLATE pg_catalog."C"
);
ALTER TABLE ONLY public.statements ALTER COLUMN statement SET STATISTICS 0;

COMMENT ON TABLE public.statements IS 'What each source last stated about each account.';

COMMENT ON COLUMN public.statements.source_id IS 'The source''s own id of the entry; empty where it has none.';

COMMENT ON COLUMN public.statements.statement IS 'The stated fields; accounts are merged from these.';

COMMENT ON COLUMN public.statements."position" IS 'Position of the row in its import: of two in one revision the later one counts.';

COMMENT ON COLUMN public.statements.key_revisions IS 'Keys that were stated before `revision`, each with its revision and position: `{"name": [3, 17]}`.';

COMMENT ON COLUMN public.statements.listed_from IS 'Revision since which the source lists it; NULL: before this was recorded.';

COMMENT ON COLUMN public.statements.listed_until IS 'Revision in which the source stopped listing it; NULL: it lists it.';

COMMENT ON COLUMN public.statements.row_digest IS 'Digest of the import row that says exactly this, and of what it was validated with; NULL if none does.';

COMMENT ON COLUMN public.statements.row_cleared IS 'Fields that the row of `row_digest` clears: one bit each, all (-1).';

COMMENT ON COLUMN public.statements.row_department_key IS 'Key of the department in the row of `row_digest`; NULL: its name in lower case.';

CREATE TABLE public.suppressions (
    digest bytea NOT NULL,
    account_id text NOT NULL COLLATE pg_catalog."C",
    has_no_user_id boolean NOT NULL
);

COMMENT ON TABLE public.suppressions IS 'Digests of the ids and handles of deleted accounts, so that no import brings them back.';

COMMENT ON COLUMN public.suppressions.digest IS 'identity_digest() of a user id or handle. A digest, so that nothing names the account.';

COMMENT ON COLUMN public.suppressions.has_no_user_id IS 'A handle of an account without a known user id: any row with the handle is that account.';

CREATE TABLE public.tokens (
    id text DEFAULT public.new_id() NOT NULL COLLATE pg_catalog."C",
    digest bytea NOT NULL,
    name text NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    used_on date,
    regions text[] DEFAULT '{}'::text[] NOT NULL COLLATE pg_catalog."C",
    departments text[] DEFAULT '{}'::text[] NOT NULL COLLATE pg_catalog."C",
    tokens_key bigint NOT NULL,
    CONSTRAINT tokens_digest_check CHECK ((length(digest) = 32)),
    CONSTRAINT tokens_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT tokens_scopes_check CHECK (((scopes <> '{}'::text[]) AND (scopes <@ ARRAY['observe'::text, 'propose'::text, 'edit'::text, 'moderate'::text, 'admin'::text])))
);

COMMENT ON TABLE public.tokens IS 'Who may write by HTTP. They are no part of the public data, and no revision has them.';

COMMENT ON COLUMN public.tokens.digest IS 'SHA-256 of the token, which is stored nowhere.';

COMMENT ON COLUMN public.tokens.name IS 'Who has it: the actor of what is written with it.';

COMMENT ON COLUMN public.tokens.expires_at IS 'NULL: never.';

COMMENT ON COLUMN public.tokens.revoked_at IS 'NULL: it was not revoked.';

COMMENT ON COLUMN public.tokens.used_on IS 'The last day (UTC) on which it was used; NULL: never.';

COMMENT ON COLUMN public.tokens.regions IS 'Codes of the regions that it is narrowed to, with all below; empty: every region.';

COMMENT ON COLUMN public.tokens.departments IS 'Ids of the departments that it is narrowed to, with all below; empty: every department.';

COMMENT ON COLUMN public.tokens.tokens_key IS 'OID of the primary key of this table when the token was created or confirmed. A restore makes another key, and tokens of the backup are suspended until they are confirmed: they may have been revoked since.';

CREATE TABLE public.tombstone_successors (
    kind text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    to_revision bigint NOT NULL,
    successor_id text COLLATE pg_catalog."C"
);

COMMENT ON TABLE public.tombstone_successors IS 'Successors of merged records before these were merged in their turn, for point-in-time reads.';

COMMENT ON COLUMN public.tombstone_successors.to_revision IS 'Revision in which another successor took its place.';

CREATE TABLE public.versions (
    revision bigint NOT NULL,
    sequence integer NOT NULL,
    kind text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    action text NOT NULL,
    record text,
    replaced_by text COLLATE pg_catalog."C",
    facets tsvector,
    facets_before tsvector,
    CONSTRAINT versions_action_check CHECK ((action = ANY (ARRAY['create'::text, 'update'::text, 'delete'::text, 'merge'::text]))),
    CONSTRAINT versions_check CHECK (((record IS NULL) = (action = ANY (ARRAY['delete'::text, 'merge'::text])))),
    CONSTRAINT versions_kind_check CHECK ((kind = ANY (ARRAY['account'::text, 'department'::text, 'handle'::text, 'observations'::text, 'platform'::text, 'region'::text, 'source'::text]))),
    CONSTRAINT versions_replaced_by CHECK (((replaced_by IS NULL) OR (action = 'merge'::text))),
    CONSTRAINT versions_sequence_check CHECK ((sequence > 0))
);
ALTER TABLE ONLY public.versions ALTER COLUMN record SET STATISTICS 0;

COMMENT ON TABLE public.versions IS 'Every state of every record: its public JSON after each change. Read by the change feed and histories.';

COMMENT ON COLUMN public.versions.sequence IS 'Order within the revision.';

COMMENT ON COLUMN public.versions.record IS 'Public JSON; NULL: deleted or merged.';

COMMENT ON COLUMN public.versions.replaced_by IS 'Id of the record that it was merged into.';

COMMENT ON COLUMN public.versions.facets IS 'What the change feed filters by, after the change: see change_facets().';

COMMENT ON COLUMN public.versions.facets_before IS 'The same before the change, where it differs.';

CREATE TABLE public.webhook_attempts (
    id bigint NOT NULL,
    message_id text NOT NULL COLLATE pg_catalog."C",
    at timestamp with time zone DEFAULT now() NOT NULL,
    status smallint,
    error text COLLATE pg_catalog."C",
    milliseconds integer NOT NULL,
    CONSTRAINT webhook_attempts_result_check CHECK (((status IS NULL) <> (error IS NULL)))
);

COMMENT ON TABLE public.webhook_attempts IS 'Each attempt to deliver a message, about 20 of one that is given up.';

COMMENT ON COLUMN public.webhook_attempts.status IS 'The status of the answer; NULL: none came.';

COMMENT ON COLUMN public.webhook_attempts.error IS 'A code that says why none came.';

ALTER TABLE public.webhook_attempts ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.webhook_attempts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.webhook_messages (
    id text DEFAULT ('msg_'::text || replace((gen_random_uuid())::text, '-'::text, ''::text)) NOT NULL COLLATE pg_catalog."C",
    webhook_id text NOT NULL COLLATE pg_catalog."C",
    event text NOT NULL COLLATE pg_catalog."C",
    payload text,
    state text DEFAULT 'waiting'::text NOT NULL COLLATE pg_catalog."C",
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    due_at timestamp with time zone DEFAULT now(),
    failing_since timestamp with time zone,
    failures integer DEFAULT 0 NOT NULL,
    feedback_id text COLLATE pg_catalog."C",
    evidence_id bigint,
    CONSTRAINT webhook_messages_due_check CHECK (((state = 'waiting'::text) = (due_at IS NOT NULL))),
    CONSTRAINT webhook_messages_payload_check CHECK (((octet_length(payload) <= 262144) AND ((state = 'waiting'::text) OR (payload IS NULL)))),
    CONSTRAINT webhook_messages_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'delivered'::text, 'failed'::text]))),
    CONSTRAINT webhook_messages_subject_check CHECK ((num_nonnulls(feedback_id, evidence_id) <= 1))
);

COMMENT ON TABLE public.webhook_messages IS 'What is sent to webhooks: some waiting messages, and the last 1,000 of each webhook as its log.';

COMMENT ON COLUMN public.webhook_messages.id IS 'The `webhook-id` of every attempt.';

COMMENT ON COLUMN public.webhook_messages.payload IS 'The body, the same in every attempt; NULL once it was delivered or given up.';

COMMENT ON COLUMN public.webhook_messages.due_at IS 'When it is sent next.';

COMMENT ON COLUMN public.webhook_messages.failing_since IS 'When the first attempt failed: it is given up three days later.';

COMMENT ON COLUMN public.webhook_messages.feedback_id IS 'The report that it is about: the body is written at the first attempt.';

COMMENT ON COLUMN public.webhook_messages.evidence_id IS 'The check that it is about: the body is written at the first attempt.';

CREATE TABLE public.webhooks (
    id text DEFAULT public.new_id() NOT NULL COLLATE pg_catalog."C",
    url text NOT NULL,
    events text[] NOT NULL COLLATE pg_catalog."C",
    filter text NOT NULL,
    facets tsquery,
    description text,
    secret bytea NOT NULL,
    old_secret bytea,
    old_secret_until timestamp with time zone,
    token_id text COLLATE pg_catalog."C",
    created_by text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    revision bigint NOT NULL,
    sequence integer NOT NULL,
    failing_since timestamp with time zone,
    disabled_at timestamp with time zone,
    disabled_reason text COLLATE pg_catalog."C",
    places tsquery,
    CONSTRAINT webhooks_disabled_check CHECK (((disabled_at IS NULL) = (disabled_reason IS NULL))),
    CONSTRAINT webhooks_disabled_reason_check CHECK ((disabled_reason = ANY (ARRAY['failing'::text, 'gone'::text, 'secret_unreadable'::text, 'too_many_waiting'::text]))),
    CONSTRAINT webhooks_events_check CHECK (((cardinality(events) >= 1) AND (cardinality(events) <= 10))),
    CONSTRAINT webhooks_old_secret_check CHECK (((old_secret IS NULL) = (old_secret_until IS NULL))),
    CONSTRAINT webhooks_secret_check CHECK (((length(secret) <= 200) AND (length(old_secret) <= 200))),
    CONSTRAINT webhooks_text_check CHECK (((length(filter) <= 2000) AND (length(description) <= 500))),
    CONSTRAINT webhooks_url_check CHECK ((length(url) <= 2048))
);

COMMENT ON TABLE public.webhooks IS 'Who is told of changes by HTTP. It is no part of the records, and no revision has it.';

COMMENT ON COLUMN public.webhooks.events IS 'The types of messages that it gets.';

COMMENT ON COLUMN public.webhooks.filter IS 'Which changes it gets, as the query string of the change feed; empty: all.';

COMMENT ON COLUMN public.webhooks.facets IS 'The same as a query of `versions.facets`; NULL: all.';

COMMENT ON COLUMN public.webhooks.secret IS 'The encrypted secret that signs messages (AES-GCM).';

COMMENT ON COLUMN public.webhooks.old_secret IS 'The secret before it, which signs as well until `old_secret_until`.';

COMMENT ON COLUMN public.webhooks.token_id IS 'The token that made it, which may manage it even where it is narrowed; NULL: a command did.';

COMMENT ON COLUMN public.webhooks.revision IS 'With `sequence` the last change that was read for it.';

COMMENT ON COLUMN public.webhooks.failing_since IS 'Since when every delivery failed; NULL: the last one succeeded, or there was none.';

COMMENT ON COLUMN public.webhooks.disabled_reason IS 'Why nothing is sent any more; NULL: it is.';

COMMENT ON COLUMN public.webhooks.places IS 'The regions, departments and platforms of the filter, for reports and proofs; NULL: all.';

ALTER TABLE ONLY jobs.procrastinate_events ALTER COLUMN id SET DEFAULT nextval('jobs.procrastinate_events_id_seq'::regclass);

ALTER TABLE ONLY jobs.procrastinate_jobs ALTER COLUMN id SET DEFAULT nextval('jobs.procrastinate_jobs_id_seq'::regclass);

ALTER TABLE ONLY jobs.procrastinate_periodic_defers ALTER COLUMN id SET DEFAULT nextval('jobs.procrastinate_periodic_defers_id_seq'::regclass);

ALTER TABLE ONLY jobs.procrastinate_events
    ADD CONSTRAINT procrastinate_events_pkey PRIMARY KEY (id);

ALTER TABLE ONLY jobs.procrastinate_jobs
    ADD CONSTRAINT procrastinate_jobs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY jobs.procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY jobs.procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_unique UNIQUE (task_name, periodic_id, defer_timestamp);

ALTER TABLE ONLY jobs.procrastinate_workers
    ADD CONSTRAINT procrastinate_workers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.account_activity
    ADD CONSTRAINT account_activity_pkey PRIMARY KEY (account_id);

ALTER TABLE ONLY public.account_count_checkpoints
    ADD CONSTRAINT account_count_checkpoints_pkey PRIMARY KEY (checkpoint);

ALTER TABLE ONLY public.account_counts
    ADD CONSTRAINT account_counts_dimensions UNIQUE NULLS NOT DISTINCT (country, division, platform, department_type, status, subject, verification, language);

ALTER TABLE ONLY public.account_decisions
    ADD CONSTRAINT account_decisions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.account_eras
    ADD CONSTRAINT account_eras_pkey PRIMARY KEY (era);

ALTER TABLE ONLY public.account_evidence
    ADD CONSTRAINT account_evidence_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.account_follower_states
    ADD CONSTRAINT account_follower_states_pkey PRIMARY KEY (account_id, to_revision);

ALTER TABLE ONLY public.account_followers
    ADD CONSTRAINT account_followers_pkey PRIMARY KEY (account_id);

ALTER TABLE ONLY public.account_merges
    ADD CONSTRAINT account_merges_pkey PRIMARY KEY (duplicate_id, revision);

ALTER TABLE ONLY public.account_probes
    ADD CONSTRAINT account_probes_pkey PRIMARY KEY (account_id);

ALTER TABLE ONLY public.account_search
    ADD CONSTRAINT account_search_pkey PRIMARY KEY (account_id);

ALTER TABLE ONLY public.account_tallies
    ADD CONSTRAINT account_tallies_pkey PRIMARY KEY (dimension, value);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.department_aliases
    ADD CONSTRAINT department_aliases_identity UNIQUE NULLS NOT DISTINCT (name_key, region_code);

ALTER TABLE ONLY public.department_identifiers
    ADD CONSTRAINT department_identifiers_key PRIMARY KEY (scheme, value, department_id, from_revision);

ALTER TABLE ONLY public.department_types
    ADD CONSTRAINT department_types_pkey PRIMARY KEY (slug);

ALTER TABLE ONLY public.department_types
    ADD CONSTRAINT department_types_position_key UNIQUE ("position");

ALTER TABLE ONLY public.departments
    ADD CONSTRAINT departments_identity UNIQUE NULLS NOT DISTINCT (name_key, region_code);

ALTER TABLE ONLY public.departments
    ADD CONSTRAINT departments_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.expected_counts
    ADD CONSTRAINT expected_counts_pkey PRIMARY KEY (region_code, kind, is_own);

ALTER TABLE ONLY public.feedback_events
    ADD CONSTRAINT feedback_events_pkey PRIMARY KEY (feedback_id, number);

ALTER TABLE ONLY public.feedback_limits
    ADD CONSTRAINT feedback_limits_pkey PRIMARY KEY (key, hour);

ALTER TABLE ONLY public.feedback
    ADD CONSTRAINT feedback_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.feedback_used_challenges
    ADD CONSTRAINT feedback_used_challenges_pkey PRIMARY KEY (digest);

ALTER TABLE ONLY public.handles
    ADD CONSTRAINT handles_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.handles
    ADD CONSTRAINT handles_public_id UNIQUE (public_id);

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (token_id, key_digest);

ALTER TABLE ONLY public.import_chunks
    ADD CONSTRAINT import_chunks_pkey PRIMARY KEY (import_id, number);

ALTER TABLE ONLY public.import_verdicts
    ADD CONSTRAINT import_verdicts_pkey PRIMARY KEY (import_id, line, number);

ALTER TABLE ONLY public.imports
    ADD CONSTRAINT imports_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.observation_blocks
    ADD CONSTRAINT observation_blocks_pkey PRIMARY KEY (account_id, month, source);

ALTER TABLE ONLY public.observations
    ADD CONSTRAINT observations_pkey PRIMARY KEY (account_id, observed_at, source);

ALTER TABLE ONLY public.platforms
    ADD CONSTRAINT platforms_pkey PRIMARY KEY (slug);

ALTER TABLE ONLY public.proof_checks
    ADD CONSTRAINT proof_checks_pkey PRIMARY KEY (account_id);

ALTER TABLE ONLY public.proposals
    ADD CONSTRAINT proposals_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.quarantine_exemption_accounts
    ADD CONSTRAINT quarantine_exemption_accounts_pkey PRIMARY KEY (platform, handle_key, revision, to_revision);

ALTER TABLE ONLY public.quarantine_exemptions
    ADD CONSTRAINT quarantine_exemptions_pkey PRIMARY KEY (platform, handle_key, revision);

ALTER TABLE ONLY public.reference_digest
    ADD CONSTRAINT reference_digest_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY public.regions
    ADD CONSTRAINT regions_path_key UNIQUE (path);

ALTER TABLE ONLY public.regions
    ADD CONSTRAINT regions_pkey PRIMARY KEY (code);

ALTER TABLE ONLY public.restored_tombstones
    ADD CONSTRAINT restored_tombstones_pkey PRIMARY KEY (kind, id, revision);

ALTER TABLE ONLY public.revisions
    ADD CONSTRAINT revisions_pkey PRIMARY KEY (revision);

ALTER TABLE ONLY public.search_pending
    ADD CONSTRAINT search_pending_pkey PRIMARY KEY (account_id);

ALTER TABLE ONLY public.search_readings
    ADD CONSTRAINT search_readings_pkey PRIMARY KEY (reading, characters);

ALTER TABLE ONLY public.search_readings
    ADD CONSTRAINT search_readings_position_key UNIQUE ("position");

ALTER TABLE ONLY public.search_states
    ADD CONSTRAINT search_states_pkey PRIMARY KEY (account_id, to_revision);

ALTER TABLE ONLY public.search_words
    ADD CONSTRAINT search_words_pkey PRIMARY KEY (part, word);

ALTER TABLE ONLY public.secret_key_fingerprint
    ADD CONSTRAINT secret_key_fingerprint_pkey PRIMARY KEY (is_only);

ALTER TABLE ONLY public.snapshot_files
    ADD CONSTRAINT snapshot_files_pkey PRIMARY KEY (revision, name);

ALTER TABLE ONLY public.snapshots
    ADD CONSTRAINT snapshots_pkey PRIMARY KEY (revision);

ALTER TABLE ONLY public.sources
    ADD CONSTRAINT sources_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.statements
    ADD CONSTRAINT statements_pkey PRIMARY KEY (account_id, source, source_id);

ALTER TABLE ONLY public.suppressions
    ADD CONSTRAINT suppressions_pkey PRIMARY KEY (digest, account_id);

ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT tokens_digest UNIQUE (digest);

ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT tokens_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.tombstone_successors
    ADD CONSTRAINT tombstone_successors_pkey PRIMARY KEY (kind, id, to_revision);

ALTER TABLE ONLY public.tombstones
    ADD CONSTRAINT tombstones_pkey PRIMARY KEY (kind, id);

ALTER TABLE ONLY public.versions
    ADD CONSTRAINT versions_pkey PRIMARY KEY (revision, sequence);

ALTER TABLE ONLY public.webhook_attempts
    ADD CONSTRAINT webhook_attempts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.webhook_messages
    ADD CONSTRAINT webhook_messages_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.webhooks
    ADD CONSTRAINT webhooks_pkey PRIMARY KEY (id);

CREATE INDEX idx_procrastinate_jobs_worker_not_null ON jobs.procrastinate_jobs USING btree (worker_id) WHERE ((worker_id IS NOT NULL) AND (status = 'doing'::jobs.procrastinate_job_status));

CREATE INDEX idx_procrastinate_workers_last_heartbeat ON jobs.procrastinate_workers USING btree (last_heartbeat);

CREATE INDEX procrastinate_events_job_id_fkey_v1 ON jobs.procrastinate_events USING btree (job_id);

CREATE INDEX procrastinate_jobs_id_lock_idx_v1 ON jobs.procrastinate_jobs USING btree (id, lock) WHERE (status = ANY (ARRAY['todo'::jobs.procrastinate_job_status, 'doing'::jobs.procrastinate_job_status]));

CREATE UNIQUE INDEX procrastinate_jobs_lock_idx_v1 ON jobs.procrastinate_jobs USING btree (lock) WHERE (status = 'doing'::jobs.procrastinate_job_status);

CREATE INDEX procrastinate_jobs_priority_idx_v1 ON jobs.procrastinate_jobs USING btree (priority DESC, id) WHERE (status = 'todo'::jobs.procrastinate_job_status);

CREATE INDEX procrastinate_jobs_queue_name_idx_v1 ON jobs.procrastinate_jobs USING btree (queue_name);

CREATE UNIQUE INDEX procrastinate_jobs_queueing_lock_idx_v1 ON jobs.procrastinate_jobs USING btree (queueing_lock) WHERE (status = 'todo'::jobs.procrastinate_job_status);

CREATE INDEX procrastinate_periodic_defers_job_id_fkey_v1 ON jobs.procrastinate_periodic_defers USING btree (job_id);

CREATE INDEX account_count_deltas_revision ON public.account_count_deltas USING btree (checkpoint, revision);

CREATE INDEX account_decisions_department ON public.account_decisions USING btree (department_id) WHERE (department_id IS NOT NULL);

CREATE INDEX account_decisions_in_force ON public.account_decisions USING btree (account_id, field, id) WHERE (withdrawn_in IS NULL);

CREATE INDEX account_evidence_account ON public.account_evidence USING btree (account_id, id);

CREATE INDEX account_evidence_holding ON public.account_evidence USING btree (expires_at) WHERE ((result = 'proved'::text) AND (ended_at IS NULL));

CREATE INDEX account_followers_by_followers ON public.account_followers USING btree (COALESCE(followers, ('-1'::integer)::bigint), account_id);

CREATE INDEX account_followers_division ON public.account_followers USING btree (division, platform, COALESCE(followers, ('-1'::integer)::bigint), account_id);

CREATE UNIQUE INDEX account_followers_observed ON public.account_followers USING btree (account_id) WHERE is_observed;

CREATE INDEX account_followers_platform ON public.account_followers USING btree (platform, COALESCE(followers, ('-1'::integer)::bigint), account_id);

CREATE INDEX account_merges_survivor ON public.account_merges USING btree (survivor_id);

CREATE INDEX account_probes_asked_at ON public.account_probes USING btree (asked_at);

CREATE INDEX account_search_look_alikes ON public.account_search USING gin (look_alikes) WITH (fastupdate='on');

CREATE INDEX account_search_terms ON public.account_search USING gin (terms, facets) WITH (fastupdate='on');

CREATE INDEX account_states_by_created_at ON ONLY public.account_states USING btree (created_at, id);

CREATE INDEX account_states_by_name ON ONLY public.account_states USING btree (COALESCE(name_key, ''::text), id);

CREATE INDEX account_states_by_opened_on ON ONLY public.account_states USING btree (COALESCE(opened_on, '-infinity'::date), id);

CREATE INDEX account_states_by_updated_at ON ONLY public.account_states USING btree (updated_at, id);

CREATE INDEX account_states_department ON ONLY public.account_states USING btree (department_id, id);

CREATE INDEX account_states_department_type ON ONLY public.account_states USING btree (department_type, id);

CREATE INDEX account_states_division ON ONLY public.account_states USING btree (division, platform, id);

CREATE UNIQUE INDEX account_states_key ON ONLY public.account_states USING btree (id, from_revision, era);

CREATE INDEX account_states_lower_user_id ON ONLY public.account_states USING btree (platform, lower(platform_user_id)) WHERE (platform_user_id <> lower(platform_user_id));

CREATE INDEX account_states_platform ON ONLY public.account_states USING btree (platform, id);

CREATE INDEX account_states_region ON ONLY public.account_states USING btree (region_path, id);

CREATE INDEX account_states_sources ON ONLY public.account_states USING gin (sources);

CREATE INDEX account_states_tags ON ONLY public.account_states USING gin (tags);

CREATE INDEX account_states_user_id ON ONLY public.account_states USING btree (platform, platform_user_id) WHERE (platform_user_id IS NOT NULL);

CREATE INDEX account_tally_deltas_value ON public.account_tally_deltas USING btree (checkpoint, dimension, value, revision) INCLUDE (delta);

CREATE INDEX accounts_by_created_at ON public.accounts USING btree (created_at, id);

CREATE INDEX accounts_by_name ON public.accounts USING btree (COALESCE(name_key, ''::text), id);

CREATE INDEX accounts_by_opened_on ON public.accounts USING btree (COALESCE(opened_on, '-infinity'::date), id);

CREATE INDEX accounts_by_updated_at ON public.accounts USING btree (updated_at, id);

CREATE INDEX accounts_department ON public.accounts USING btree (department_id, id);

CREATE INDEX accounts_department_type ON public.accounts USING btree (department_type, id);

CREATE INDEX accounts_dimensions ON public.accounts USING btree (region_path, id) INCLUDE (platform, country, division, department_type, status, verification, subject, language, opened_on, updated_at);

CREATE INDEX accounts_division ON public.accounts USING btree (division, platform, id);

CREATE UNIQUE INDEX accounts_handle ON public.accounts USING btree (platform, handle_key) WHERE (handle_key IS NOT NULL);

CREATE INDEX accounts_lower_user_id ON public.accounts USING btree (platform, lower(platform_user_id)) WHERE (platform_user_id <> lower(platform_user_id));

CREATE INDEX accounts_platform ON public.accounts USING btree (platform, id);

CREATE INDEX accounts_sources ON public.accounts USING gin (sources);

CREATE INDEX accounts_tags ON public.accounts USING gin (tags);

CREATE INDEX accounts_unproven ON public.accounts USING btree (id) WHERE ((verification = 'none'::text) OR (verification_expires_at IS NOT NULL));

CREATE UNIQUE INDEX accounts_user_id ON public.accounts USING btree (platform, platform_user_id) WHERE (platform_user_id IS NOT NULL);

CREATE INDEX department_aliases_department ON public.department_aliases USING btree (department_id);

CREATE UNIQUE INDEX department_identifiers_current ON public.department_identifiers USING btree (scheme, value) WHERE ((to_revision = '9223372036854775807'::bigint) AND (scheme <> 'website'::text));

CREATE INDEX department_identifiers_department ON public.department_identifiers USING btree (department_id);

CREATE INDEX departments_parent ON public.departments USING btree (parent_id);

CREATE INDEX departments_region ON public.departments USING btree (region_path, id);

CREATE INDEX departments_type ON public.departments USING btree (type, id);

CREATE INDEX feedback_account ON public.feedback USING btree (account_id) WHERE (account_id IS NOT NULL);

CREATE INDEX feedback_limits_hour ON public.feedback_limits USING btree (hour);

CREATE INDEX feedback_received ON public.feedback USING btree (received_at, id);

CREATE INDEX feedback_unerased ON public.feedback USING btree (changed_at) WHERE (erased_at IS NULL);

CREATE INDEX feedback_used_challenges_expiry ON public.feedback_used_challenges USING btree (expires_at);

CREATE INDEX handle_states_account ON public.handle_states USING btree (account_id);

CREATE INDEX handle_states_handle ON public.handle_states USING btree (handle_key, platform);

CREATE UNIQUE INDEX handle_states_key ON public.handle_states USING btree (id, from_revision);

CREATE INDEX handles_account ON public.handles USING btree (account_id);

CREATE UNIQUE INDEX handles_current ON public.handles USING btree (platform, handle_key) WHERE (valid_to IS NULL);

CREATE INDEX handles_handle ON public.handles USING btree (handle_key, platform);

CREATE INDEX handles_released ON public.handles USING btree (platform, handle_key, valid_to) WHERE (valid_to IS NOT NULL);

CREATE INDEX idempotency_keys_created ON public.idempotency_keys USING btree (created_at);

CREATE INDEX imports_token ON public.imports USING btree (token);

CREATE INDEX observation_blocks_month ON public.observation_blocks USING btree (month);

CREATE INDEX observation_blocks_revision ON public.observation_blocks USING btree (revision);

CREATE INDEX observations_by_time ON ONLY public.observations USING brin (observed_at) WITH (pages_per_range='16', autosummarize='on');

CREATE INDEX observations_revision ON ONLY public.observations USING brin (revision) WITH (pages_per_range='32', autosummarize='on');

CREATE INDEX proof_checks_due ON public.proof_checks USING btree (due_at);

CREATE INDEX proposals_account ON public.proposals USING btree (account_id);

CREATE INDEX proposals_filed ON public.proposals USING btree (filed_at, id);

CREATE UNIQUE INDEX proposals_open ON public.proposals USING btree (digest) WHERE (state = 'open'::text);

CREATE INDEX proposals_token ON public.proposals USING btree (token_id, filed_at);

CREATE INDEX quarantine_exemptions_account ON public.quarantine_exemptions USING btree (account_id) WHERE (account_id IS NOT NULL);

CREATE INDEX regions_parent ON public.regions USING btree (parent_code);

CREATE INDEX revisions_at ON public.revisions USING btree (at);

CREATE INDEX search_states_look_alikes ON public.search_states USING gin (look_alikes);

CREATE INDEX search_states_terms ON public.search_states USING gin (terms);

CREATE INDEX statements_source ON public.statements USING btree (source, source_id);

CREATE INDEX suppressions_account ON public.suppressions USING btree (account_id);

CREATE INDEX versions_facets ON public.versions USING gin (facets, facets_before) WITH (fastupdate='on');

CREATE INDEX versions_gone ON public.versions USING btree (kind, id, revision) WHERE (record IS NULL);

CREATE INDEX versions_record ON public.versions USING btree (kind, id, revision, sequence);

CREATE INDEX webhook_attempts_message ON public.webhook_attempts USING btree (message_id);

CREATE INDEX webhook_messages_created ON public.webhook_messages USING btree (webhook_id, created_at, id);

CREATE INDEX webhook_messages_waiting ON public.webhook_messages USING btree (webhook_id, due_at) WHERE (state = 'waiting'::text);

CREATE TRIGGER procrastinate_jobs_notify_queue_job_aborted_v1 AFTER UPDATE OF abort_requested ON jobs.procrastinate_jobs FOR EACH ROW WHEN (((old.abort_requested = false) AND (new.abort_requested = true) AND (new.status = 'doing'::jobs.procrastinate_job_status))) EXECUTE FUNCTION jobs.procrastinate_notify_queue_abort_job_v1();

CREATE TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1 AFTER INSERT ON jobs.procrastinate_jobs FOR EACH ROW WHEN ((new.status = 'todo'::jobs.procrastinate_job_status)) EXECUTE FUNCTION jobs.procrastinate_notify_queue_job_inserted_v1();

CREATE TRIGGER procrastinate_trigger_abort_requested_events_v1 AFTER UPDATE OF abort_requested ON jobs.procrastinate_jobs FOR EACH ROW WHEN ((new.abort_requested = true)) EXECUTE FUNCTION jobs.procrastinate_trigger_abort_requested_events_procedure_v1();

CREATE TRIGGER procrastinate_trigger_delete_jobs_v1 BEFORE DELETE ON jobs.procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION jobs.procrastinate_unlink_periodic_defers_v1();

CREATE TRIGGER procrastinate_trigger_scheduled_events_v1 AFTER INSERT OR UPDATE ON jobs.procrastinate_jobs FOR EACH ROW WHEN (((new.scheduled_at IS NOT NULL) AND (new.status = 'todo'::jobs.procrastinate_job_status))) EXECUTE FUNCTION jobs.procrastinate_trigger_function_scheduled_events_v1();

CREATE TRIGGER procrastinate_trigger_status_events_insert_v1 AFTER INSERT ON jobs.procrastinate_jobs FOR EACH ROW WHEN ((new.status = 'todo'::jobs.procrastinate_job_status)) EXECUTE FUNCTION jobs.procrastinate_trigger_function_status_events_insert_v1();

CREATE TRIGGER procrastinate_trigger_status_events_update_v1 AFTER UPDATE OF status ON jobs.procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION jobs.procrastinate_trigger_function_status_events_update_v1();

CREATE TRIGGER before_document_end_proofs BEFORE UPDATE ON public.accounts FOR EACH ROW WHEN (((old.verification = 'registry'::text) AND (new.verification = 'registry'::text) AND ((old.handle_key IS DISTINCT FROM new.handle_key) OR (old.department_id IS DISTINCT FROM new.department_id)))) EXECUTE FUNCTION public.end_proofs();

CREATE TRIGGER build_document BEFORE INSERT OR UPDATE ON public.departments FOR EACH ROW EXECUTE FUNCTION public.build_department_document();

CREATE TRIGGER build_document BEFORE INSERT OR UPDATE ON public.platforms FOR EACH ROW EXECUTE FUNCTION public.build_platform_document();

CREATE TRIGGER build_document BEFORE INSERT OR UPDATE ON public.regions FOR EACH ROW EXECUTE FUNCTION public.build_region_document();

CREATE TRIGGER build_document BEFORE INSERT OR UPDATE ON public.sources FOR EACH ROW EXECUTE FUNCTION public.build_source_document();

CREATE TRIGGER build_document_insert BEFORE INSERT ON public.accounts FOR EACH ROW WHEN ((new.document IS NULL)) EXECUTE FUNCTION public.build_account_document();

CREATE TRIGGER build_document_insert BEFORE INSERT ON public.handles FOR EACH ROW WHEN ((new.document IS NULL)) EXECUTE FUNCTION public.build_handle_document();

CREATE TRIGGER build_document_update BEFORE UPDATE ON public.accounts FOR EACH ROW EXECUTE FUNCTION public.build_account_document();

CREATE TRIGGER build_document_update BEFORE UPDATE ON public.handles FOR EACH ROW EXECUTE FUNCTION public.build_handle_document();

CREATE TRIGGER deltas_delete AFTER DELETE ON public.account_counts REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_count_deltas();

CREATE TRIGGER deltas_delete AFTER DELETE ON public.account_tallies REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_count_deltas();

CREATE TRIGGER deltas_insert AFTER INSERT ON public.account_counts REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_count_deltas();

CREATE TRIGGER deltas_insert AFTER INSERT ON public.account_tallies REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_count_deltas();

CREATE TRIGGER deltas_update AFTER UPDATE ON public.account_counts REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_count_deltas();

CREATE TRIGGER deltas_update AFTER UPDATE ON public.account_tallies REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_count_deltas();

CREATE TRIGGER pending_lists_insert AFTER INSERT ON public.search_states FOR EACH STATEMENT EXECUTE FUNCTION public.clean_pending_lists();

CREATE TRIGGER pending_lists_update AFTER UPDATE ON public.search_states FOR EACH STATEMENT EXECUTE FUNCTION public.clean_pending_lists();

CREATE TRIGGER queue_feedback_messages AFTER INSERT ON public.feedback FOR EACH ROW EXECUTE FUNCTION public.queue_feedback_messages();

CREATE TRIGGER queue_feedback_messages AFTER INSERT ON public.feedback_events FOR EACH ROW EXECUTE FUNCTION public.queue_feedback_messages();

CREATE TRIGGER queue_proof_messages AFTER INSERT ON public.account_evidence FOR EACH ROW WHEN ((new.result = 'failed'::text)) EXECUTE FUNCTION public.queue_proof_messages();

CREATE TRIGGER step1_counts_delete AFTER DELETE ON public.accounts REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.update_account_counts();

CREATE TRIGGER step1_counts_insert AFTER INSERT ON public.accounts REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.update_account_counts();

CREATE TRIGGER step1_counts_update AFTER UPDATE ON public.accounts REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.update_account_counts();

CREATE TRIGGER step1_search_update AFTER UPDATE ON public.departments REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.queue_department_search();

CREATE TRIGGER step1_states_delete AFTER DELETE ON public.account_search REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_search_states();

CREATE TRIGGER step1_states_delete AFTER DELETE ON public.handles REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_handle_states();

CREATE TRIGGER step1_states_insert AFTER INSERT ON public.handles REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_handle_states();

CREATE TRIGGER step1_states_update AFTER UPDATE ON public.account_search REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_search_states();

CREATE TRIGGER step1_states_update AFTER UPDATE ON public.handles REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_handle_states();

CREATE TRIGGER step1_versions_delete AFTER DELETE ON public.regions REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('region', 'code');

CREATE TRIGGER step1_versions_insert AFTER INSERT ON public.regions REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('region', 'code');

CREATE TRIGGER step1_versions_update AFTER UPDATE ON public.regions REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('region', 'code');

CREATE TRIGGER step2_dependents_update AFTER UPDATE ON public.regions REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.refresh_dependents();

CREATE TRIGGER step2_pending_lists_insert AFTER INSERT ON public.account_search FOR EACH STATEMENT EXECUTE FUNCTION public.clean_pending_lists();

CREATE TRIGGER step2_pending_lists_update AFTER UPDATE ON public.account_search FOR EACH STATEMENT EXECUTE FUNCTION public.clean_pending_lists();

CREATE TRIGGER step2_search_delete AFTER DELETE ON public.accounts REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.update_account_search();

CREATE TRIGGER step2_search_insert AFTER INSERT ON public.accounts REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.update_account_search();

CREATE TRIGGER step2_search_update AFTER UPDATE ON public.accounts REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.update_account_search();

CREATE TRIGGER step2_versions_delete AFTER DELETE ON public.departments REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('department', 'id');

CREATE TRIGGER step2_versions_delete AFTER DELETE ON public.handles REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('handle', 'public_id');

CREATE TRIGGER step2_versions_insert AFTER INSERT ON public.departments REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('department', 'id');

CREATE TRIGGER step2_versions_insert AFTER INSERT ON public.handles REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('handle', 'public_id');

CREATE TRIGGER step2_versions_update AFTER UPDATE ON public.departments REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('department', 'id');

CREATE TRIGGER step2_versions_update AFTER UPDATE ON public.handles REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('handle', 'public_id');

CREATE TRIGGER step3_dependents_update AFTER UPDATE ON public.departments REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.refresh_dependents();

CREATE TRIGGER step3_versions_delete AFTER DELETE ON public.accounts REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('account', 'id');

CREATE TRIGGER step3_versions_insert AFTER INSERT ON public.accounts REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('account', 'id');

CREATE TRIGGER step3_versions_update AFTER UPDATE ON public.accounts REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('account', 'id');

CREATE TRIGGER step4_identifiers_delete AFTER DELETE ON public.departments REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_department_identifiers();

CREATE TRIGGER step4_identifiers_insert AFTER INSERT ON public.departments REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_department_identifiers();

CREATE TRIGGER step4_identifiers_update AFTER UPDATE ON public.departments REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_department_identifiers();

CREATE TRIGGER step4_states_delete AFTER DELETE ON public.accounts REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_account_states();

CREATE TRIGGER step4_states_insert AFTER INSERT ON public.accounts REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_account_states();

CREATE TRIGGER step4_states_update AFTER UPDATE ON public.accounts REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_account_states();

CREATE TRIGGER step5_handles_delete AFTER DELETE ON public.accounts REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.update_handles();

CREATE TRIGGER step5_handles_insert AFTER INSERT ON public.accounts REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.update_handles();

CREATE TRIGGER step5_handles_update AFTER UPDATE ON public.accounts REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.update_handles();

CREATE TRIGGER step6_followers_delete AFTER DELETE ON public.accounts REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.update_account_followers();

CREATE TRIGGER step6_followers_insert AFTER INSERT ON public.accounts REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.update_account_followers();

CREATE TRIGGER step6_followers_update AFTER UPDATE ON public.accounts REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.update_account_followers();

CREATE TRIGGER successors_update AFTER UPDATE ON public.quarantine_exemptions REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_successors();

CREATE TRIGGER successors_update AFTER UPDATE ON public.tombstones REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_successors();

CREATE TRIGGER versions_delete AFTER DELETE ON public.platforms REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('platform', 'slug');

CREATE TRIGGER versions_delete AFTER DELETE ON public.sources REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('source', 'id');

CREATE TRIGGER versions_insert AFTER INSERT ON public.platforms REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('platform', 'slug');

CREATE TRIGGER versions_insert AFTER INSERT ON public.sources REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('source', 'id');

CREATE TRIGGER versions_update AFTER UPDATE ON public.platforms REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('platform', 'slug');

CREATE TRIGGER versions_update AFTER UPDATE ON public.sources REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('source', 'id');

ALTER TABLE ONLY jobs.procrastinate_events
    ADD CONSTRAINT procrastinate_events_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs.procrastinate_jobs(id) ON DELETE CASCADE;

ALTER TABLE ONLY jobs.procrastinate_jobs
    ADD CONSTRAINT procrastinate_jobs_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES jobs.procrastinate_workers(id) ON DELETE SET NULL;

ALTER TABLE ONLY jobs.procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs.procrastinate_jobs(id);

ALTER TABLE ONLY public.account_activity
    ADD CONSTRAINT account_activity_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.account_decisions
    ADD CONSTRAINT account_decisions_department_id_fkey FOREIGN KEY (department_id) REFERENCES public.departments(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.account_decisions
    ADD CONSTRAINT account_decisions_revision_fkey FOREIGN KEY (revision) REFERENCES public.revisions(revision);

ALTER TABLE ONLY public.account_decisions
    ADD CONSTRAINT account_decisions_withdrawn_in_fkey FOREIGN KEY (withdrawn_in) REFERENCES public.revisions(revision);

ALTER TABLE ONLY public.account_evidence
    ADD CONSTRAINT account_evidence_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.account_merges
    ADD CONSTRAINT account_merges_revision_fkey FOREIGN KEY (revision) REFERENCES public.revisions(revision);

ALTER TABLE ONLY public.account_merges
    ADD CONSTRAINT account_merges_survivor_id_fkey FOREIGN KEY (survivor_id) REFERENCES public.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.account_merges
    ADD CONSTRAINT account_merges_undone_in_fkey FOREIGN KEY (undone_in) REFERENCES public.revisions(revision);

ALTER TABLE ONLY public.account_probes
    ADD CONSTRAINT account_probes_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_department_id_fkey FOREIGN KEY (department_id) REFERENCES public.departments(id);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_platform_fkey FOREIGN KEY (platform) REFERENCES public.platforms(slug);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_region_code_fkey FOREIGN KEY (region_code) REFERENCES public.regions(code);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_replaced_by_fkey FOREIGN KEY (replaced_by) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.department_aliases
    ADD CONSTRAINT department_aliases_department_id_fkey FOREIGN KEY (department_id) REFERENCES public.departments(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.department_aliases
    ADD CONSTRAINT department_aliases_region_code_fkey FOREIGN KEY (region_code) REFERENCES public.regions(code);

ALTER TABLE ONLY public.departments
    ADD CONSTRAINT departments_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES public.departments(id);

ALTER TABLE ONLY public.departments
    ADD CONSTRAINT departments_region_code_fkey FOREIGN KEY (region_code) REFERENCES public.regions(code);

ALTER TABLE ONLY public.departments
    ADD CONSTRAINT departments_revision_fkey FOREIGN KEY (revision) REFERENCES public.revisions(revision);

ALTER TABLE ONLY public.departments
    ADD CONSTRAINT departments_type_fkey FOREIGN KEY (type) REFERENCES public.department_types(slug);

ALTER TABLE ONLY public.expected_counts
    ADD CONSTRAINT expected_counts_department_type_fkey FOREIGN KEY (department_type) REFERENCES public.department_types(slug);

ALTER TABLE ONLY public.expected_counts
    ADD CONSTRAINT expected_counts_region_code_fkey FOREIGN KEY (region_code) REFERENCES public.regions(code);

ALTER TABLE ONLY public.feedback
    ADD CONSTRAINT feedback_duplicate_of_fkey FOREIGN KEY (duplicate_of) REFERENCES public.feedback(id);

ALTER TABLE ONLY public.feedback_events
    ADD CONSTRAINT feedback_events_feedback_fkey FOREIGN KEY (feedback_id) REFERENCES public.feedback(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.import_chunks
    ADD CONSTRAINT import_chunks_import_id_fkey FOREIGN KEY (import_id) REFERENCES public.imports(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.import_verdicts
    ADD CONSTRAINT import_verdicts_import_id_fkey FOREIGN KEY (import_id) REFERENCES public.imports(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.platforms
    ADD CONSTRAINT platforms_revision_fkey FOREIGN KEY (revision) REFERENCES public.revisions(revision);

ALTER TABLE ONLY public.proof_checks
    ADD CONSTRAINT proof_checks_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.quarantine_exemptions
    ADD CONSTRAINT quarantine_exemptions_platform_fkey FOREIGN KEY (platform) REFERENCES public.platforms(slug);

ALTER TABLE ONLY public.quarantine_exemptions
    ADD CONSTRAINT quarantine_exemptions_revision_fkey FOREIGN KEY (revision) REFERENCES public.revisions(revision);

ALTER TABLE ONLY public.regions
    ADD CONSTRAINT regions_parent_code_fkey FOREIGN KEY (parent_code) REFERENCES public.regions(code);

ALTER TABLE ONLY public.regions
    ADD CONSTRAINT regions_revision_fkey FOREIGN KEY (revision) REFERENCES public.revisions(revision);

ALTER TABLE ONLY public.restored_tombstones
    ADD CONSTRAINT restored_tombstones_restored_in_fkey FOREIGN KEY (restored_in) REFERENCES public.revisions(revision);

ALTER TABLE ONLY public.restored_tombstones
    ADD CONSTRAINT restored_tombstones_revision_fkey FOREIGN KEY (revision) REFERENCES public.revisions(revision);

ALTER TABLE ONLY public.snapshot_files
    ADD CONSTRAINT snapshot_files_revision_fkey FOREIGN KEY (revision) REFERENCES public.snapshots(revision) ON DELETE CASCADE;

ALTER TABLE ONLY public.snapshots
    ADD CONSTRAINT snapshots_revision_fkey FOREIGN KEY (revision) REFERENCES public.revisions(revision);

ALTER TABLE ONLY public.sources
    ADD CONSTRAINT sources_revision_fkey FOREIGN KEY (revision) REFERENCES public.revisions(revision);

ALTER TABLE ONLY public.statements
    ADD CONSTRAINT statements_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.statements
    ADD CONSTRAINT statements_department_id_fkey FOREIGN KEY (department_id) REFERENCES public.departments(id);

ALTER TABLE ONLY public.statements
    ADD CONSTRAINT statements_source_fkey FOREIGN KEY (source) REFERENCES public.sources(id);

ALTER TABLE ONLY public.tombstones
    ADD CONSTRAINT tombstones_revision_fkey FOREIGN KEY (revision) REFERENCES public.revisions(revision);

ALTER TABLE ONLY public.webhook_attempts
    ADD CONSTRAINT webhook_attempts_message_fkey FOREIGN KEY (message_id) REFERENCES public.webhook_messages(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.webhook_messages
    ADD CONSTRAINT webhook_messages_webhook_fkey FOREIGN KEY (webhook_id) REFERENCES public.webhooks(id) ON DELETE CASCADE;

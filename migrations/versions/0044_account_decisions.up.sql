CREATE TABLE account_decisions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id text COLLATE "C" NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    field text COLLATE "C" NOT NULL CHECK (field IN ('status', 'department')),
    status text COLLATE "C" CHECK (status IN ('active', 'suspended', 'closed')),
    closed_on date,
    department_id text COLLATE "C" REFERENCES departments (id) ON DELETE SET NULL,
    before jsonb NOT NULL,
    revision bigint NOT NULL DEFAULT current_revision() REFERENCES revisions,
    withdrawn_in bigint REFERENCES revisions,
    CONSTRAINT account_decisions_status CHECK ((field = 'status') = (status IS NOT NULL)),
    CONSTRAINT account_decisions_department CHECK (field = 'department' OR department_id IS NULL),
    CONSTRAINT account_decisions_closed_on CHECK (closed_on IS NULL OR status = 'closed')
);
COMMENT ON TABLE account_decisions IS 'What an operator decided of an account. The latest one of a field that is not withdrawn ranks above all sources.';
COMMENT ON COLUMN account_decisions.field IS '`status` (with `closed_on`) or `department`.';
COMMENT ON COLUMN account_decisions.department_id IS 'The department that runs the account; NULL also where it has been deleted since.';
COMMENT ON COLUMN account_decisions.before IS 'The values that the decision replaced, for accounts of which no source states any.';
COMMENT ON COLUMN account_decisions.withdrawn_in IS 'Revision in which the opposite operation withdrew it; NULL: it is in force, or a later one is.';
CREATE INDEX account_decisions_in_force ON account_decisions (account_id, field, id) WHERE withdrawn_in IS NULL;
CREATE INDEX account_decisions_department ON account_decisions (department_id) WHERE department_id IS NOT NULL;

CREATE VIEW decisions_in_force AS
SELECT DISTINCT ON (account_id, field) account_id, field, status, closed_on, department_id, id
  FROM account_decisions WHERE withdrawn_in IS NULL
 ORDER BY account_id, field, id DESC;
COMMENT ON VIEW decisions_in_force IS 'The decision of each field that holds now.';

CREATE FUNCTION decided_status(account_id text, stated text, probed text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN d.status IN ('suspended', 'closed') THEN d.status
                ELSE probed_status(coalesce(d.status, stated), probed) END
      FROM (SELECT (SELECT o.status FROM account_decisions AS o
                     WHERE o.account_id = $1 AND o.field = 'status' AND o.withdrawn_in IS NULL
                     ORDER BY o.id DESC LIMIT 1) AS status) AS d
$$;
COMMENT ON FUNCTION decided_status(text, text, text) IS
    'The status of an account: an end that an operator decided holds; otherwise probed_status() of what was decided or else stated.';

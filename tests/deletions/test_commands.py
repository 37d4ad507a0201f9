"""`directory delete`, `directory readmit` and `directory snapshot drop`, one after the other."""

import json
import re
from pathlib import Path

import psycopg
from click.testing import CliRunner

from directory.cli import main
from tests.deletions.conftest import MAYOR, TELLING, TOWN, id_of


def test_an_account_is_erased_its_snapshots_dropped_and_no_file_tells_of_it_any_more(
    database_url: str, tmp_path: Path
) -> None:
    runner = CliRunner(env={"DATABASE_URL": database_url, "DIRECTORY_DATA_DIR": str(tmp_path / "data")})

    def run(*words: str, code: int = 0) -> str:
        done = runner.invoke(main, words)
        assert done.exit_code == code, done.output
        return done.stdout + done.stderr

    path = tmp_path / "list.ndjson"
    path.write_text("".join(json.dumps(row) + "\n" for row in (MAYOR, TOWN)), encoding="utf-8")
    run("import", str(path))
    run("snapshot", "build")
    with psycopg.connect(database_url) as conn:
        account_id = id_of(conn, "MayorExample")
    assert "--reason" in run("delete", account_id, code=2)
    reason = ("--reason", "asked for it", "--category", "erasure_request")
    told = run("delete", account_id, *reason)
    assert f"the account {account_id} is deleted" in told
    assert f"directory delete {account_id} --erase" in told
    told = run("delete", account_id, *reason, "--erase")
    (command,) = re.findall(r"directory (snapshot drop .+)", told)
    assert "deleted already" in run("delete", account_id, *reason, code=1)
    run("snapshot", "build")
    assert run(*command.split()).startswith("removed the snapshot of revision")
    assert "there is no snapshot" in run(*command.split(), code=1)
    kept = [each for each in (tmp_path / "data" / "snapshots").rglob("*.*") if each.suffix in {".ndjson", ".csv"}]
    assert any(each.name.startswith("delta-from-") for each in kept)
    for each in kept:
        text = each.read_text(encoding="utf-8")
        assert not [word for word in TELLING if word in text], each.name
    told = run("import", str(path))
    assert f"the account {account_id} was deleted on" in told
    assert "asked for it" in told
    assert "under a new id" in run("readmit", account_id, "--reason", "elected again")
    assert "accounts: 1 created" in run("import", str(path))

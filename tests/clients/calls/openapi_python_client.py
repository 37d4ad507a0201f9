"""Call the service at the address given with what openapi-python-client made of the contract."""

import json
import sys
from io import BytesIO

from directory_client import Client
from directory_client.api.accounts import get_account, get_accounts, get_accounts_csv, get_accounts_ndjson
from directory_client.api.changes import get_changes, get_changes_atom, get_changes_ndjson
from directory_client.api.resolve import get_resolve, post_resolve, post_resolve_ndjson
from directory_client.api.snapshots import get_snapshot_file
from directory_client.models import (
    Account,
    AccountList,
    ChangeList,
    PostResolveBody,
    Problem,
    Resolution,
    ResolutionList,
)
from directory_client.types import File

client = Client(base_url=sys.argv[1], raise_on_unexpected_status=True)

accounts = get_accounts.sync(client=client, platform=["weibo"], limit=3)
assert isinstance(accounts, AccountList)
assert len(accounts.data) == 3
account = get_account.sync(str(accounts.data[0].id), client=client)
assert isinstance(account, Account)
assert account.name == accounts.data[0].name

alone = get_resolve.sync(client=client, q=account.url or "")
assert isinstance(alone, Resolution)
assert alone.verdict == "official"
both = post_resolve.sync(client=client, body=PostResolveBody(queries=[account.url or "", "@nobody-at-all"]))
assert isinstance(both, ResolutionList)
assert [each.verdict for each in both.data] == ["official", "unknown"]
lines = post_resolve_ndjson.sync(client=client, body=File(BytesIO(json.dumps(account.url).encode())))
assert isinstance(lines, File)
assert json.loads(lines.payload.read())["verdict"] == "official"

downloaded = get_accounts_ndjson.sync(client=client, platform=["weibo"], region=["CN"])
assert isinstance(downloaded, File)
assert all(json.loads(line)["platform"] == "weibo" for line in downloaded.payload)
table = get_accounts_csv.sync(client=client, platform=["weibo"])
assert isinstance(table, str)
assert table.startswith("id,")

for name, beginning in (("sources.ndjson", b'{"id"'), ("sources.csv", b"id,"), ("sources.csv.gz", b"\x1f\x8b")):
    file = get_snapshot_file.sync("latest", name, client=client)
    assert isinstance(file, File)
    assert file.payload.read().startswith(beginning), name

changes = get_changes.sync(client=client, limit=2)
assert isinstance(changes, ChangeList)
assert changes.data[0].revision > 0
change = get_changes_ndjson.sync(client=client, since=changes.through.revision if changes.through else 0)
assert isinstance(change, File)
feed = get_changes_atom.sync(client=client, limit=1)
assert isinstance(feed, File)
assert b"<feed" in feed.payload.read()

refused = get_accounts.sync(client=client, limit=1, cursor="damaged")
assert isinstance(refused, Problem)
assert refused.status == 400
assert refused.type_ == "/problems/invalid-cursor"
missing = get_account.sync("0000000", client=client)
assert isinstance(missing, Problem)
print("called")  # noqa: T201 - the test hears it

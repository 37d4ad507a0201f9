"""Call the service at the address given with what OpenAPI Generator made of the contract."""

import json
import sys

from openapi_client import (
    AccountsApi,
    ApiClient,
    ChangesApi,
    Configuration,
    PostResolveRequest,
    ResolveApi,
    SnapshotsApi,
)
from openapi_client.exceptions import BadRequestException, NotFoundException

client = ApiClient(Configuration(host=sys.argv[1]))
accounts, changes = AccountsApi(client), ChangesApi(client)
resolve, snapshots = ResolveApi(client), SnapshotsApi(client)

listed = accounts.get_accounts(platform=["weibo"], limit=3)
assert len(listed.data) == 3
account = accounts.get_account(str(listed.data[0].id))
assert account.name == listed.data[0].name

assert resolve.get_resolve(q=account.url or "").verdict == "official"
both = resolve.post_resolve(PostResolveRequest(queries=[account.url or "", "@nobody-at-all"]))
assert [each.verdict for each in both.data] == ["official", "unknown"]
lines = resolve.post_resolve_ndjson(json.dumps(account.url).encode())
assert json.loads(lines)["verdict"] == "official"

downloaded = accounts.get_accounts_ndjson(platform=["weibo"], region=["CN"])
assert all(json.loads(line)["platform"] == "weibo" for line in downloaded.splitlines())
assert accounts.get_accounts_csv(platform=["weibo"]).startswith("id,")

for name, beginning in (("sources.ndjson", b'{"id"'), ("sources.csv", b"id,"), ("sources.csv.gz", b"\x1f\x8b")):
    assert snapshots.get_snapshot_file("latest", name).startswith(beginning), name

assert changes.get_changes(limit=2).data[0].revision > 0
through = changes.get_changes(limit=1).through
assert through is not None
assert isinstance(changes.get_changes_ndjson(since=through.revision), bytes | bytearray)
assert b"<feed" in changes.get_changes_atom(limit=1)

try:
    accounts.get_accounts(cursor="damaged")
except BadRequestException as error:
    assert json.loads(error.body or "")["type"] == "/problems/invalid-cursor"  # noqa: PT017 - no pytest here
else:
    raise AssertionError("a damaged cursor was taken")
try:
    accounts.get_account("0000000")
except NotFoundException as error:
    assert json.loads(error.body or "")["status"] == 404  # noqa: PT017 - no pytest here
else:
    raise AssertionError("an account that never was is found")
print("called")  # noqa: T201 - the test hears it

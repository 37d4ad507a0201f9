// Call the service, whose address the generated client knows, with what orval made of the contract.
import assert from "node:assert/strict";
import {
  getAccount,
  getAccounts,
  getAccountsCsv,
  getAccountsNdjson,
  getChanges,
  getChangesAtom,
  getResolve,
  getSnapshotFile,
  postResolve,
  postResolveNdjson,
} from "./client.ts";

const accounts = await getAccounts({ platform: ["weibo"], limit: 3 });
if (accounts.status !== 200) throw new Error(`status ${accounts.status}`);
assert.equal(accounts.data.data.length, 3);
const first = accounts.data.data[0]!;
const account = await getAccount(first.id!);
if (account.status !== 200) throw new Error(`status ${account.status}`);
assert.equal(account.data.name, first.name);
const url: string = account.data.url!;

const alone = await getResolve({ q: url });
if (alone.status !== 200) throw new Error(`status ${alone.status}`);
assert.equal(alone.data.verdict, "official");
const both = await postResolve({ queries: [url, "@nobody-at-all"] });
if (both.status !== 200) throw new Error(`status ${both.status}`);
assert.deepEqual(both.data.data.map((each) => each.verdict), ["official", "unknown"]);
const lines = await postResolveNdjson(new Blob([JSON.stringify(url)]));
if (lines.status !== 200) throw new Error(`status ${lines.status}`);
assert.equal(JSON.parse(await lines.stream.text()).verdict, "official");

const downloaded = await getAccountsNdjson({ platform: ["weibo"], region: ["CN"] });
if (downloaded.status !== 200) throw new Error(`status ${downloaded.status}`);
assert.equal(JSON.parse((await downloaded.stream.text()).split("\n")[0]!).platform, "weibo");
const table = await getAccountsCsv({ platform: ["weibo"] });
if (table.status !== 200) throw new Error(`status ${table.status}`);
assert.ok(table.data.startsWith("id,"));

for (const name of ["sources.ndjson", "sources.csv", "sources.csv.gz"]) {
  const file = await getSnapshotFile("latest", name);
  if (file.status !== 200) throw new Error(`status ${file.status}`);
  assert.ok(file.data.size > 0, name);
}

const changes = await getChanges({ limit: 2 });
if (changes.status !== 200) throw new Error(`status ${changes.status}`);
assert.ok(changes.data.data[0]!.revision > 0);
const feed = await getChangesAtom({ limit: 1 });
if (feed.status !== 200) throw new Error(`status ${feed.status}`);
assert.ok((await feed.data.text()).includes("<feed"));

const refused = await getAccounts({ limit: 5000 });
if (refused.status !== 400) throw new Error(`status ${refused.status}`);
assert.equal(refused.data.errors?.[0]?.parameter, "limit");
assert.equal((await getAccount("0000000")).status, 404);
console.log("called");

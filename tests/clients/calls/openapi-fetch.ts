// Call the service at the address given with openapi-fetch and what openapi-typescript made of the contract.
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.ts";

const client = createClient<paths>({ baseUrl: process.argv[2]! });

const accounts = await client.GET("/v1/accounts", { params: { query: { platform: ["weibo"], limit: 3 } } });
if (accounts.error) throw new Error(accounts.error.title);
assert.equal(accounts.data.data.length, 3);
const first: components["schemas"]["ListedAccount"] = accounts.data.data[0]!;
const account = await client.GET("/v1/accounts/{account_id}", { params: { path: { account_id: first.id! } } });
if (account.error) throw new Error(account.error.title);
assert.equal(account.data.name, first.name);
const url: string = account.data.url!;

const alone = await client.GET("/v1/resolve", { params: { query: { q: url } } });
assert.equal(alone.data?.verdict, "official");
const both = await client.POST("/v1/resolve", { body: { queries: [url, "@nobody-at-all"] } });
if (both.error) throw new Error(both.error.title);
assert.deepEqual(both.data.data.map((each) => each.verdict), ["official", "unknown"]);
const lines = await client.POST("/v1/resolve.ndjson", {
  body: JSON.stringify(url),
  bodySerializer: (body) => body,
  headers: { "Content-Type": "application/x-ndjson" },
  parseAs: "text",
});
if (lines.error) throw new Error(lines.error.title);
assert.equal(JSON.parse(lines.data).verdict, "official");

const query = { platform: ["weibo"], region: ["CN"] };
const downloaded = await client.GET("/v1/accounts.ndjson", { params: { query }, parseAs: "text" });
if (downloaded.error) throw new Error(downloaded.error.title);
assert.equal(JSON.parse(downloaded.data.split("\n")[0]!).platform, "weibo");
const table = await client.GET("/v1/accounts.csv", { params: { query }, parseAs: "text" });
assert.ok(table.data?.startsWith("id,"));

for (const name of ["sources.ndjson", "sources.csv", "sources.csv.gz"]) {
  const path = { revision: "latest", name };
  const file = await client.GET("/v1/snapshots/{revision}/{name}", { params: { path }, parseAs: "arrayBuffer" });
  assert.ok(file.data!.byteLength > 0, name);
}

const changes = await client.GET("/v1/changes", { params: { query: { limit: 2 } } });
if (changes.error) throw new Error(changes.error.title);
assert.ok(changes.data.data[0]!.revision > 0);
const feed = await client.GET("/v1/changes.atom", { params: { query: { limit: 1 } }, parseAs: "text" });
assert.ok(feed.data?.includes("<feed"));

const refused = await client.GET("/v1/accounts", { params: { query: { limit: 5000 } } });
if (!refused.error) throw new Error("a limit of 5,000 was taken");
assert.equal(refused.error.type, "/problems/invalid-parameters");
assert.equal(refused.error.errors?.[0]?.parameter, "limit");
const missing = await client.GET("/v1/accounts/{account_id}", { params: { path: { account_id: "0000000" } } });
assert.equal(missing.error?.status, 404);
console.log("called");

#!/usr/bin/env bash
# Expected: a contract that lists application/x-ndjson beside application/json for one answer adds a choice. Who does
#   not ask for it still gets JSON, and a client generated anew still hands it over as `data`, as the types it writes
#   say (…Response200ApplicationJson is { data: List, status: 200 }).
# Seen: orval's fetch client takes its way of reading from the contract, not from the Content-Type of the answer. With
#   NDJSON anywhere among the types of the 200, in whatever order, nothing is read: the JSON answer comes as { status,
#   stream, headers }, `data` is undefined, and so is the `data` of an error, a 404 in application/problem+json. It
#   sends no Accept of its own, so JSON is what it gets. TypeScript asks for a check such as `"data" in answer`, which
#   then is false for every answer. CSV beside JSON is read as it should be.
# Why it matters to a registry: NDJSON beside JSON is how open data offers a whole list. Adding it breaks no client over
#   HTTP, and breaks each orval client at its next generation. Give NDJSON an operation of its own, or leave it out of
#   the contract that orval reads.
# Versions: npm orval 8.38.0, node 22.23.3 (orval 8 needs 22.18 or newer). Date: 2026-11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"type": "module"}' >package.json
npm install --silent --no-audit --no-fund --no-update-notifier orval@8.38.0 node@22.23.3 >npm 2>&1
node=node_modules/node/bin/node

cat >contract.mjs <<'JAVASCRIPT'
import { writeFileSync } from 'node:fs'

const list = { schema: { $ref: '#/components/schemas/List' } }
const account = { schema: { $ref: '#/components/schemas/Account' } }
const problem = { schema: { $ref: '#/components/schemas/Problem' } }
const OPERATIONS = {
  jsonOnly: { 'application/json': list },
  jsonAndCsv: { 'application/json': list, 'text/csv': { schema: { type: 'string' } } },
  jsonThenLines: { 'application/json': list, 'application/x-ndjson': account },
  linesThenJson: { 'application/x-ndjson': account, 'application/json': list },
}

const paths = {}
for (const [operationId, content] of Object.entries(OPERATIONS)) {
  const responses = {
    200: { description: 'The accounts.', content },
    404: { description: 'No such agency.', content: { 'application/problem+json': problem } },
  }
  const parameters = [{ name: 'agency', in: 'path', required: true, schema: { type: 'string' } }]
  paths[`/${operationId}/{agency}`] = { get: { operationId, parameters, responses } }
}
const text = { type: 'string' }
const schemas = {
  Account: { type: 'object', required: ['handle'], properties: { handle: text } },
  List: {
    type: 'object',
    required: ['items'],
    properties: { items: { type: 'array', items: { $ref: '#/components/schemas/Account' } } },
  },
  Problem: { type: 'object', required: ['title'], properties: { title: text } },
}
const info = { title: 'Accounts', version: '1' }
writeFileSync('contract.json', JSON.stringify({ openapi: '3.1.0', info, paths, components: { schemas } }))
JAVASCRIPT

cat >program.ts <<'TYPESCRIPT'
import { createServer } from 'node:http'
import * as client from './client.ts'

const server = createServer((request, response) => {
  if (request.url.endsWith('/missing')) {
    response.writeHead(404, { 'Content-Type': 'application/problem+json' }).end('{"title": "No such agency."}')
  } else {
    response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"items": [{"handle": "example"}]}')
  }
})
await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
const { port } = server.address() as { port: number }
const fetchOfNode = globalThis.fetch
globalThis.fetch = (path, options) => fetchOfNode(`http://127.0.0.1:${port}${path}`, options)

for (const name of ['jsonOnly', 'jsonAndCsv', 'jsonThenLines', 'linesThenJson']) {
  for (const agency of ['here', 'missing']) {
    const answer = await client[name](agency)
    const type = answer.headers.get('content-type')
    console.log(`${name} ${answer.status} ${type}: ${Object.keys(answer).sort()}; data: ${JSON.stringify(answer.data)}`)
    if ('stream' in answer) await answer.stream.text()
  }
}
server.close()
server.closeAllConnections()
TYPESCRIPT

cat >expected <<'TEXT'
the types of the answer to jsonThenLines:
export type jsonThenLinesResponse200ApplicationJson = {
  data: List
  status: 200
}
export type jsonThenLinesResponse200ApplicationXNdjson = {
  stream: TypedResponse<Account>
  status: 200
}
jsonOnly 200 application/json: data,headers,status; data: {"items":[{"handle":"example"}]}
jsonOnly 404 application/problem+json: data,headers,status; data: {"title":"No such agency."}
jsonAndCsv 200 application/json: data,headers,status; data: {"items":[{"handle":"example"}]}
jsonAndCsv 404 application/problem+json: data,headers,status; data: {"title":"No such agency."}
jsonThenLines 200 application/json: headers,status,stream; data: undefined
jsonThenLines 404 application/problem+json: headers,status,stream; data: undefined
linesThenJson 200 application/json: headers,status,stream; data: undefined
linesThenJson 404 application/problem+json: headers,status,stream; data: undefined
TEXT

"$node" contract.mjs
"$node" node_modules/orval/dist/bin/orval.mjs --input contract.json --output client.ts --client fetch >orval 2>&1 || {
  cat orval
  exit 1
}
{
  echo "the types of the answer to jsonThenLines:"
  sed -n '/^export type jsonThenLinesResponse200/,/^}/p' client.ts
  "$node" --no-warnings program.ts
} | tee seen
diff -u expected seen

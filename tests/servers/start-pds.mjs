#!/usr/bin/env node
// Starts a did:plc directory (in memory) and the reference Bluesky PDS in one process,
// both bound to 127.0.0.1 only, makes accounts, and prints one JSON line when ready.
// Stops, and removes its data directory, on SIGTERM or SIGINT.
//
//   node start-pds.mjs [--modules DIR] [--port 2583] [--plc-port 2582] [--accounts 2]
//                      [--data DIR] [--rate-limits] [--blob-limit BYTES] [--prefix user]
//                      [--did-doc] [--profile-stub]
//
// --did-doc: createSession also returns the account's DID document, as bsky.social does.
// --profile-stub: a PDS alone has no app.bsky.actor.getProfile (that is the AppView's), so the
//   Python SDK's Client.login() leaves client.me empty and send_post() refuses. This flag adds a
//   stand-in AppView of our own that answers that one call, and nothing else, from the PDS.
//
// --modules is the folder that holds node_modules with @atproto/pds and @did-plc/server
// (default: the current directory). A port of 0 takes any free port. Needs Node >= 22.
import { createServer as tcp } from 'node:net'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

const { values: opt } = parseArgs({
  options: {
    modules: { type: 'string', default: process.env.PDS_MODULES ?? process.cwd() },
    port: { type: 'string', default: '2583' },
    'plc-port': { type: 'string', default: '2582' },
    accounts: { type: 'string', default: '2' },
    prefix: { type: 'string', default: 'user' },
    data: { type: 'string' },
    'rate-limits': { type: 'boolean', default: false },
    'blob-limit': { type: 'string' },
    'did-doc': { type: 'boolean', default: false },
    'profile-stub': { type: 'boolean', default: false },
  },
})
// Both servers log through pino to stdout when enabled; stdout is for our one JSON line.
process.env.LOG_ENABLED ??= 'false'
process.env.NODE_ENV ??= 'test'
process.env.OTEL_SDK_DISABLED ??= 'true'

const started = Date.now()
const require = createRequire(path.join(path.resolve(opt.modules), 'noop.cjs'))
const load = async (name) => import(pathToFileURL(require.resolve(name)).href)
const plcModule = await load('@did-plc/server')
const { PlcServer, Database } = plcModule.default?.PlcServer ? plcModule.default : plcModule
const { PDS, envToCfg, envToSecrets } = await load('@atproto/pds')

const freePort = () =>
  new Promise((done) => {
    const s = tcp().listen(0, '127.0.0.1', () => {
      const { port } = s.address()
      s.close(() => done(port))
    })
  })
const plcPort = Number(opt['plc-port']) || (await freePort())
const port = Number(opt.port) || (await freePort())
// Both call app.listen(port), which would bind every interface.
const onLoopback = (server) => {
  server.app.listen = (p, ...rest) => createServer(server.app).listen(p, '127.0.0.1', ...rest)
  return server
}

const ownData = !opt.data
const data = opt.data ? path.resolve(opt.data) : mkdtempSync(path.join(tmpdir(), 'pds-'))
mkdirSync(path.join(data, 'blobs'), { recursive: true })

let plc, pds, appView
let stopping = false
const stop = async () => {
  if (stopping) return
  stopping = true
  await pds?.destroy().catch(() => {})
  await plc?.destroy().catch(() => {})
  appView?.close()
  if (ownData) rmSync(data, { recursive: true, force: true })
  process.exit(0)
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)

plc = onLoopback(PlcServer.create({ db: Database.mock(), port: plcPort }))
await plc.start()
// By name: the PDS resolves DIDs only at a host name, not at an address.
const plcUrl = `http://localhost:${plcPort}`

// The stand-in AppView.
if (opt['profile-stub']) {
  appView = createServer(async (req, res) => {
    const asked = new URL(req.url, 'http://x')
    const send = (status, body) => {
      res.writeHead(status, { 'content-type': 'application/json' })
      res.end(JSON.stringify(body))
    }
    if (asked.pathname !== '/xrpc/app.bsky.actor.getProfile')
      return send(501, { error: 'MethodNotImplemented', message: 'Method Not Implemented' })
    const actor = asked.searchParams.get('actor')
    const found = await fetch(
      `http://127.0.0.1:${port}/xrpc/com.atproto.repo.describeRepo?repo=${encodeURIComponent(actor)}`,
    )
    if (!found.ok) return send(400, { error: 'InvalidRequest', message: 'Profile not found' })
    const { did, handle } = await found.json()
    send(200, { did, handle, followersCount: 0, followsCount: 0, postsCount: 0 })
  })
  await new Promise((done) => appView.listen(0, '127.0.0.1', done))
}

const adminPassword = 'admin-' + randomBytes(8).toString('hex')
const env = {
  port,
  hostname: 'localhost',
  serviceHandleDomains: ['.test'],
  dataDirectory: data,
  blobstoreDiskLocation: path.join(data, 'blobs'),
  blobstoreDiskTmpLocation: path.join(data, 'blobs-tmp'),
  blobUploadLimit: opt['blob-limit'] ? Number(opt['blob-limit']) : undefined,
  didPlcUrl: plcUrl,
  inviteRequired: false,
  devMode: true,
  crawlers: [],
  enableDidDocWithSession: opt['did-doc'],
  bskyAppViewUrl: appView && `http://localhost:${appView.address().port}`,
  bskyAppViewDid: appView && 'did:web:appview.test',
  rateLimitsEnabled: opt['rate-limits'],
  jwtSecret: randomBytes(16).toString('hex'),
  dpopSecret: randomBytes(32).toString('hex'),
  adminPassword,
  // any 32-byte hex number below the curve order is a valid secp256k1 key
  plcRotationKeyK256PrivateKeyHex: '0' + randomBytes(32).toString('hex').slice(1),
}
pds = onLoopback(await PDS.create(envToCfg(env), envToSecrets(env)))
await pds.start()
const url = `http://127.0.0.1:${port}`

const post = async (nsid, body, headers = {}) => {
  const res = await fetch(`${url}/xrpc/${nsid}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  const out = await res.json()
  if (!res.ok) throw new Error(`${nsid}: ${res.status} ${JSON.stringify(out)}`)
  return out
}
const accounts = []
for (let i = 1; i <= Number(opt.accounts); i++) {
  const handle = `${opt.prefix}${i}.test`
  const password = `pw-${opt.prefix}${i}-` + randomBytes(4).toString('hex')
  const made = await post('com.atproto.server.createAccount', {
    handle,
    email: `${opt.prefix}${i}@localhost.test`,
    password,
  })
  const app = await post(
    'com.atproto.server.createAppPassword',
    { name: 'tests' },
    { authorization: `Bearer ${made.accessJwt}` },
  )
  accounts.push({ handle, did: made.did, password, appPassword: app.password })
}

process.stdout.write(
  JSON.stringify({
    ready: true,
    pid: process.pid,
    startMs: Date.now() - started,
    pds: url,
    plc: plcUrl,
    adminPassword,
    accounts,
  }) + '\n',
)

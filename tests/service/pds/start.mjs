// Starts a real AT Protocol personal data server for the tests, its identity directory (PLC) in memory.
//
//   node start.mjs DATA_DIRECTORY [PORT]
//
// Prints one JSON line, {"pds": "http://…", "plc": "http://…", "admin": "…"}, when both accept
// connections; ends on SIGTERM, SIGINT, or when its standard input is closed, so that it never
// outlives the test run that started it. Listens on loopback only and speaks to nobody else. The
// server's own log is DATA_DIRECTORY/pds.log. Never a server for real accounts: nothing is kept.

import crypto from 'node:crypto'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'

const LOOPBACK = '127.0.0.1'
const [directory, givenPort] = process.argv.slice(2)
if (!directory) {
  console.error('usage: node start.mjs DATA_DIRECTORY [PORT]')
  process.exit(2)
}
fs.mkdirSync(path.join(directory, 'blobs'), { recursive: true })

// Both servers call listen(port) without an address, which means every interface of the machine.
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (first, ...rest) {
  if (typeof first === 'object' && first !== null) {
    return listen.call(this, { ...first, host: LOOPBACK }, ...rest)
  }
  const callback = rest.find((argument) => typeof argument === 'function')
  return listen.call(this, { port: Number(first), host: LOOPBACK }, callback)
}

// The PDS writes its own address into every account's document, so it must know its port beforehand.
const freePort = () =>
  new Promise((resolve, reject) => {
    const probe = net.createServer()
    probe.once('error', reject)
    probe.listen(0, () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })

// Read by the servers' logger while they are imported.
process.env.LOG_DESTINATION = path.join(directory, 'pds.log')
process.env.LOG_LEVEL = 'warn'
const { PlcServer, MockDatabase } = await import('@did-plc/server')
const { PDS, envToCfg, envToSecrets } = await import('@atproto/pds')

const plc = PlcServer.create({ db: new MockDatabase(), port: 0 })
const plcUrl = `http://${LOOPBACK}:${(await plc.start()).address().port}`

const port = Number(givenPort) || (await freePort())
const admin = crypto.randomBytes(16).toString('hex')
const env = {
  port,
  hostname: 'localhost',
  devMode: true, // lets the server speak to loopback addresses, which it otherwise refuses
  dataDirectory: directory,
  blobstoreDiskLocation: path.join(directory, 'blobs'),
  didPlcUrl: plcUrl,
  inviteRequired: false,
  rateLimitsEnabled: false,
  jwtSecret: crypto.randomBytes(16).toString('hex'),
  dpopSecret: crypto.randomBytes(32).toString('hex'),
  adminPassword: admin,
  plcRotationKeyK256PrivateKeyHex: crypto.randomBytes(32).toString('hex'),
}
const pds = await PDS.create(envToCfg(env), envToSecrets(env))
await pds.start()

let ending = false
const end = async () => {
  if (ending) return
  ending = true
  setTimeout(() => process.exit(0), 3000).unref()
  await pds.destroy()
  await plc.destroy()
  process.exit(0)
}
process.on('SIGTERM', end)
process.on('SIGINT', end)
process.stdin.on('end', end).resume()

console.log(JSON.stringify({ pds: `http://${LOOPBACK}:${port}`, plc: plcUrl, admin }))

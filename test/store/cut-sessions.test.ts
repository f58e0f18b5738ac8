/** Sessions that PostgreSQL ends in the moment they begin. */
import { once } from 'node:events'
import { connect as dial, createServer, type AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import type { DatabaseConfig } from '../../src/store/database/database-hosts.ts'
import { connect, openDatabase } from '../../src/store/database/pool.ts'
import type { Address } from '../../src/store/embedded/server-lease.ts'
import { createTestDatabase } from '../harness/database.ts'

/** The message with which a server says that it takes statements: whatever comes before it belongs to the sign-in. */
const ready = Buffer.from('5a0000000549', 'hex')

/** What a server says to sessions when it is stopped: error 57P01. */
function sayStopped(): Buffer {
  const fields = ['SFATAL', 'VFATAL', 'C57P01', 'Mterminating connection due to administrator command', ''].join('\0') + '\0'
  const message = Buffer.alloc(5 + fields.length)
  message.write('E')
  message.writeInt32BE(4 + fields.length, 1)
  message.write(fields, 5)
  return message
}

/** In front of a real PostgreSQL: while `cuts` is on, a session's first chance to ask arrives in one piece with its end. */
async function startCutter() {
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  const address = toAddress(database.config)
  const { host, port } = address
  const cutter = { cuts: true }
  const server = createServer((client) => {
    const upstream = host.startsWith('/') ? dial(`${host}/.s.PGSQL.${port}`) : dial(port, host)
    client.on('error', () => upstream.destroy()).pipe(upstream)
    upstream.on('error', () => client.destroy()).on('end', () => client.end())
    upstream.on('data', (said: Buffer) => {
      if (!cutter.cuts || !said.subarray(-ready.length).equals(ready)) return void client.write(said)
      client.end(Buffer.concat([said, sayStopped()]))
      upstream.destroy()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { cutter, address: { ...address, host: '127.0.0.1', port: (server.address() as AddressInfo).port } }
}

function toAddress(config: DatabaseConfig): Address {
  if (typeof config !== 'string') return config
  const { hostname, port, username, password, pathname } = new URL(config)
  return { host: hostname, port: Number(port), user: username, password: decodeURIComponent(password), database: pathname.slice(1) }
}

test('a session that is cut as it begins fails its first statement, and never ends the program', async () => {
  const { cutter, address } = await startCutter()
  const session = await connect(address, 'sluice test')
  await expect(session.query('select 1')).rejects.toThrow(/not queryable/)
  cutter.cuts = false
  const { pool, close } = await openDatabase(address, { connections: 1 })
  onTestFinished(close)
  await pool.query('select pg_terminate_backend(pg_backend_pid())').catch(() => undefined)
  cutter.cuts = true
  await expect(pool.query('select 1')).rejects.toThrow('not queryable')
  cutter.cuts = false
  expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
})

/** The settings of the embedded server: durable, small, private, and silent about what is in the data. Written anew at every start. */
import { open, readFile, rename } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { changeOwner, type Place } from './folder.ts'

/** Connections of one server: 20 of the pool, 8 of the queue, 2 that hold locks, and the same for a few command line tools beside it. */
const maxConnections = 100

const settings = {
  // Durable: an answered write survives a power cut.
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',

  // Small: about 60 MB idle. No replicas, no parallel plans, no helper processes for either, no compiler.
  max_connections: maxConnections,
  shared_buffers: '48MB',
  work_mem: '4MB',
  maintenance_work_mem: '32MB',
  effective_cache_size: '512MB',
  min_wal_size: '32MB',
  max_wal_size: '256MB',
  wal_level: 'minimal',
  max_wal_senders: 0,
  max_logical_replication_workers: 0,
  max_parallel_workers_per_gather: 0,
  max_worker_processes: 4,
  io_method: 'sync',
  jit: 'off',
  autovacuum: 'on',
  autovacuum_max_workers: 2,

  // Private: the socket's folder is closed as well.
  unix_socket_permissions: '0700',

  // Silent: an error's text, detail or statement can hold a record, and Sluice has it anyway. The log is for starts, stops and disasters.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_statement: 'none',
  log_min_duration_statement: -1,
  log_checkpoints: 'off',
  log_autovacuum_min_duration: -1,
  log_connections: 'off',
  logging_collector: 'off',

  // A query whose program was killed ends soon after it.
  client_connection_check_interval: process.platform === 'linux' ? '5s' : 0,
  timezone: 'UTC',
  log_timezone: 'UTC',
  default_text_search_config: 'pg_catalog.simple',
} as const

const heading = '# Sluice writes this file at every start. Keep changes with ALTER SYSTEM, which wins over it.\n'

/** `port` is that of before, for a server that connections are made to already. */
export async function writeSettings(place: Place, port?: number): Promise<void> {
  const all: Record<string, string | number> = { ...settings, ...(await address(place, port)) }
  const text =
    heading +
    Object.entries(all)
      .map(([name, value]) => `${name} = ${quote(String(value))}\n`)
      .join('')
  const file = join(place.data, 'postgresql.conf')
  if ((await readFile(file, 'utf8').catch(() => '')) === text) return
  const draft = join(place.data, `postgresql.conf.${process.pid}`)
  const handle = await open(draft, 'w', 0o600)
  await handle.writeFile(text)
  await handle.sync()
  await handle.close()
  await changeOwner(place.as, draft)
  await rename(draft, file)
}

/** A socket in a closed folder, and no network at all; on Windows, which lacks such sockets, the machine's own loopback. */
async function address(place: Place, port?: number): Promise<Record<string, string | number>> {
  if (process.platform === 'win32') return { listen_addresses: '127.0.0.1', port: port ?? (await freePort()), unix_socket_directories: '' }
  return { listen_addresses: '', port: 5432, unix_socket_directories: `"${place.socket.replaceAll('"', '""')}"` }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const bound = server.address()
      server.close(() => resolve(typeof bound === 'object' && bound ? bound.port : 0))
    })
  })
}

const quote = (value: string) => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`

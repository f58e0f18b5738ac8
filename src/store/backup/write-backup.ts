/**
 * Writes a backup of a database that is in use: one snapshot of everything, table after table, packed as it is read. The snapshot belongs to one
 * connection, and each table is read in a short transaction of another one, so that no lock outlasts its table.
 */
import { createHash } from 'node:crypto'
import { Transform, type Readable, type Writable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import { createZstdCompress } from 'node:zlib'
import type pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { ZipFile } from 'yazl'
import { SetupError } from '../../domain/errors.ts'
import type { DatabaseConfig } from '../database/database-hosts.ts'
import { explain } from '../database/explain-connection-error.ts'
import { knownKey } from '../database/key-names.ts'
import { connect, type Client } from '../database/pool.ts'
import { format, manifestName, readManifest, type KeptTable, type Manifest } from './manifest.ts'
import { estimateBytes, listPartitions, listSequences, listTables, quote, quoteTable, type Table } from './tables.ts'

export interface Watch {
  /** Bytes that are through, of about so many. */
  readonly onProgress?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

/** However the server is set up: a table takes as long as it takes, and values are written as every PostgreSQL reads them. */
const session = `
  set statement_timeout = 0; set lock_timeout = 0; set idle_in_transaction_session_timeout = 0;
  set client_encoding = 'UTF8'; set datestyle = 'ISO'; set intervalstyle = 'postgres'; set timezone = 'UTC'; set extra_float_digits = 1;
  set bytea_output = 'hex'; set row_security = off`

export async function openSession(config: DatabaseConfig, name: string, onlyReads = false): Promise<pg.Client> {
  const client = await connect(config, name, { onlyReads }).catch((error: unknown) => {
    throw explain(error, config)
  })
  // Who uses it is told by his own query. Unheard, the event would end the program.
  client.on('error', () => {})
  await client.query(session)
  return client
}

/** To `output`, which it ends. `version` is that of the program. */
export async function writeBackup(config: DatabaseConfig, output: Writable, version: string, watch: Watch = {}): Promise<Manifest> {
  const holder = await openSession(config, 'sluice backup', true)
  const reader = await openSession(config, 'sluice backup', true)
  try {
    const migration = await readMigration(holder)
    if (!migration) throw new SetupError('There is nothing to back up: no Sluice has been started on this database.')
    await holder.query('begin isolation level repeatable read read only')
    const { rows } = await holder.query<{ snapshot: string }>('select pg_export_snapshot() as snapshot')
    const manifest = await writeParts(holder, reader, { version, snapshot: rows[0]?.snapshot ?? '', migration }, output, watch)
    await holder.query('commit')
    // A snapshot of rows is none of how tables are built.
    if ((await readMigration(holder))?.number !== migration.number)
      throw new SetupError('The database was brought to a newer version meanwhile: back it up again.')
    return manifest
  } finally {
    await Promise.all([holder.end(), reader.end()])
  }
}

interface Source {
  readonly version: string
  readonly snapshot: string
  readonly migration: Manifest['migration']
}

async function writeParts(
  holder: Client,
  reader: pg.Client,
  { version, snapshot, migration }: Source,
  output: Writable,
  { onProgress, signal }: Watch,
): Promise<Manifest> {
  const madeAt = new Date().toISOString()
  const [all, partitions, keyId, estimate] = [
    await listTables(holder),
    await listPartitions(holder),
    await knownKey(holder),
    await estimateBytes(holder),
  ]
  const zip = new ZipFile()
  const packed = zip.outputStream as Readable
  const written = pipeline(packed, output, { ...(signal && { signal }) })
  const failed = new Promise<never>((_, reject) => void written.catch(reject))
  failed.catch(() => {})
  try {
    let done = 0
    const tables: KeptTable[] = []
    for (const table of all) {
      const part = `${table.schema}/${table.name}.copy.zst`
      const add = (stream: Readable) => zip.addReadStream(stream, part, { compress: false, forceZip64Format: true, mode: 0o100600 })
      const count = (bytes: number): void => onProgress?.((done += bytes), Math.max(done, estimate))
      tables.push({ ...table, part, ...(await Promise.race([packTable(reader, snapshot, table, add, count), failed])) })
    }
    const { rows } = await holder.query<{ version: string }>(`select current_setting('server_version') as version`)
    const sequences = await listSequences(holder)
    const postgres = rows[0]?.version ?? ''
    const manifest: Manifest = { format, sluice: version, madeAt, postgres, migration, keyId: keyId ?? null, tables, partitions, sequences }
    const text = JSON.stringify(manifest, null, 1)
    // What could not be read again is not to be found out when it is needed.
    readManifest(text, 'What was written')
    zip.addBuffer(Buffer.from(text), manifestName, { compress: false, mode: 0o100600 })
    zip.end({ forceZip64Format: false, comment: createHash('sha256').update(text).digest('hex') })
    await written
    return manifest
  } catch (error) {
    packed.destroy(error as Error)
    await written.catch(() => {})
    throw signal?.aborted ? signal.reason : error
  }
}

async function packTable(
  reader: pg.Client,
  snapshot: string,
  { schema, name, columns }: Table,
  add: (stream: Readable) => void,
  count: (bytes: number) => void,
): Promise<Pick<KeptTable, 'rows' | 'bytes' | 'sha256'>> {
  await reader.query('begin isolation level repeatable read read only')
  await reader.query(`set transaction snapshot '${snapshot}'`)
  // A query, since a partitioned table cannot be copied itself.
  const copy = reader.query(copyTo(`copy (select ${columns.map(quote).join(', ')} from ${quoteTable({ schema, name })}) to stdout`))
  let bytes = 0
  const hash = createHash('sha256')
  const counted = pass((chunk) => {
    bytes += chunk.length
    count(chunk.length)
  })
  const hashed = pass((chunk) => hash.update(chunk))
  const packing = pipeline(copy, counted, createZstdCompress(), hashed)
  add(hashed)
  await Promise.all([packing, finished(hashed)])
  await reader.query('commit')
  return { rows: copy.rowCount, bytes, sha256: hash.digest('hex') }
}

/** A stream that looks at what goes through it. */
export const pass = (look: (chunk: Buffer) => unknown): Transform =>
  new Transform({
    transform(chunk: Buffer, _, next) {
      look(chunk)
      next(null, chunk)
    },
  })

/** The newest one; undefined where no Sluice has been. */
export async function readMigration(db: Client): Promise<Manifest['migration'] | undefined> {
  const { rows: found } = await db.query<{ there: boolean }>(`select to_regclass('sluice.migrations') is not null as there`)
  if (!found[0]?.there) return undefined
  const { rows } = await db.query<Manifest['migration']>(`select number, name from sluice.migrations order by number desc limit 1`)
  return rows[0]
}

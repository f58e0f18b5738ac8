/** What a flow between databases is compared with: the drivers by themselves, which read a result by their own cursor and write rows as many at once as a connection allows. */
import mysql from 'mysql2'
import type { Connection } from 'mysql2/promise'
import pg from 'pg'
import Cursor from 'pg-cursor'
import { serveParent } from './child.ts'

export interface BareWork {
  readonly kind: 'postgresql' | 'mariadb'
  readonly login: {
    readonly host: string
    readonly port: number
    readonly database: string
    readonly user: string
    readonly password: string
  }
  /** Reads the result of it. */
  readonly query: string
  /** Writes each row that was read, by its values. */
  readonly write?: string
  /** Rows that are read, and written, at a time. */
  readonly perRead: number
  readonly concurrency: number
}

type Rows = AsyncIterable<readonly Record<string, unknown>[]>

async function* readPostgres({ login, query, perRead }: BareWork): Rows {
  const client = new pg.Client({ ...login, ssl: false })
  await client.connect()
  const cursor = client.query(new Cursor<Record<string, unknown>>(query))
  for (let rows = await cursor.read(perRead); rows.length > 0; rows = await cursor.read(perRead)) yield rows
  await client.end()
}

async function* readMariaDB({ login, query, perRead }: BareWork): Rows {
  const connection = mysql.createConnection(login)
  let rows: Record<string, unknown>[] = []
  for await (const row of connection.execute(query).stream({ highWaterMark: perRead })) {
    rows.push(row as Record<string, unknown>)
    if (rows.length < perRead) continue
    yield rows
    rows = []
  }
  yield rows
  connection.destroy()
}

interface Writer {
  write(text: string, values: unknown[]): Promise<unknown>
  end(): Promise<unknown>
}

async function openWriter({ kind, login }: BareWork): Promise<Writer> {
  if (kind === 'mariadb') {
    const connection: Connection = await (await import('mysql2/promise')).createConnection(login)
    return { write: (text, values) => connection.execute(text, values as never), end: () => connection.end() }
  }
  const client = new pg.Client({ ...login, ssl: false })
  await client.connect()
  return { write: (text, values) => client.query(text, values), end: () => client.end() }
}

serveParent<BareWork>(async (work) => {
  const { write, concurrency } = work
  const writers = write === undefined ? [] : await Promise.all(Array.from({ length: concurrency }, () => openWriter(work)))
  const began = performance.now()
  let count = 0
  for await (const rows of work.kind === 'mariadb' ? readMariaDB(work) : readPostgres(work)) {
    count += rows.length
    const left = rows.values()
    await Promise.all(
      writers.map(async (writer) => {
        for (const row of left) await writer.write(write ?? '', Object.values(row))
      }),
    )
  }
  const seconds = (performance.now() - began) / 1000
  await Promise.all(writers.map((writer) => writer.end()))
  return { perSecond: count / seconds, count }
})

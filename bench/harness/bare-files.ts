/** What flows of files are compared with: the parts by themselves. CSV from SFTP into a table by COPY, rows as CSV to SFTP, XML and JSON through a parser. */
import { createReadStream } from 'node:fs'
import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parse } from 'csv-parse'
import { stringify } from 'csv-stringify'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { SaxesParser } from 'saxes'
import { Client, type SFTPWrapper } from 'ssh2'
import { serveParent } from './child.ts'

interface Server {
  readonly host: string
  readonly port: number
  readonly username: string
  readonly privateKey: string
}

export type FileWork =
  | { readonly what: 'load'; readonly server: Server; readonly path: string; readonly database: pg.ClientConfig; readonly table: string }
  | { readonly what: 'write'; readonly server: Server; readonly path: string; readonly rows: number }
  | { readonly what: 'xml' | 'json'; readonly path: string }

async function withSftp<T>(server: Server, work: (sftp: SFTPWrapper) => Promise<T>): Promise<T> {
  const client = new Client()
  await new Promise<void>((resolve, reject) => {
    client.once('ready', () => resolve()).once('error', reject)
    client.connect(server)
  })
  try {
    return await work(await new Promise((resolve, reject) => client.sftp((error, sftp) => (error ? reject(error) : resolve(sftp)))))
  } finally {
    client.end()
  }
}

/** Quotes as COPY reads them. */
const toCsv = (row: Readonly<Record<string, string>>): string => {
  const values = [row['id'], `${row['name']} of ${row['city']}`, row['amount'], row['at']]
  return `${values.map((value) => `"${(value ?? '').replaceAll('"', '""')}"`).join()}\n`
}

async function load({ server, path, database, table }: FileWork & { what: 'load' }): Promise<void> {
  const client = new pg.Client(database)
  await client.connect()
  await withSftp(server, (sftp) =>
    pipeline(
      sftp.createReadStream(path),
      parse({ columns: true }),
      async function* (rows: AsyncIterable<Record<string, string>>) {
        let text = ''
        for await (const row of rows) {
          text += toCsv(row)
          if (text.length < 64 * 1024) continue
          yield text
          text = ''
        }
        yield text
      },
      client.query(copyFrom(`copy ${table} from stdin (format csv)`)),
    ),
  )
  await client.end()
}

const write = ({ server, path, rows }: FileWork & { what: 'write' }): Promise<void> =>
  withSftp(server, (sftp) => {
    const records = function* () {
      for (let id = 1; id <= rows; id++) yield { id, name: `name ${id}`, amount: id / 100, at: '2026-01-01T00:00:00Z' }
    }
    return pipeline(Readable.from(records()), stringify({ header: true }), sftp.createWriteStream(path))
  })

/** Every element and text is looked at, and nothing is made of it. */
async function parseXml(path: string): Promise<void> {
  const parser = new SaxesParser()
  let seen = 0
  parser.on('opentag', () => (seen += 1))
  parser.on('text', (text) => (seen += text.length))
  for await (const chunk of createReadStream(path, { encoding: 'utf8' })) parser.write(chunk as string)
  parser.close()
  if (seen === 0) throw new Error('there was nothing in the file')
}

/** A line is a record: no parser of whole documents takes 500 MB. */
async function parseJson(path: string): Promise<void> {
  let rest = ''
  let seen = 0
  const take = (line: string): void => {
    const record = line.startsWith(',') ? line.slice(1) : line
    if (record.startsWith('{"id"')) seen += Object.keys(JSON.parse(record) as object).length
  }
  await pipeline(
    createReadStream(path, { encoding: 'utf8' }),
    new Writable({
      decodeStrings: false,
      write(chunk: string, _encoding, done) {
        const lines = (rest + chunk).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) take(line)
        done()
      },
    }),
  )
  if (seen === 0) throw new Error('there was nothing in the file')
}

serveParent<FileWork>(async (work) => {
  const began = performance.now()
  if (work.what === 'load') await load(work)
  else if (work.what === 'write') await write(work)
  else if (work.what === 'xml') await parseXml(work.path)
  else await parseJson(work.path)
  return { seconds: (performance.now() - began) / 1000 }
})

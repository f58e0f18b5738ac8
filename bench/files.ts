/** How much of the parts' own speed flows keep that read and write files, and what memory they take where files are large. */
import { createWriteStream, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { isInstalled, sshd, startSshd, type SftpServer } from '../test/harness/file-servers.ts'
import { startPostgreSQL, type OutsideDatabase } from '../test/harness/outside-databases.ts'
import type { FileWork } from './harness/bare-files.ts'
import { startChild, type Asked } from './harness/child.ts'
import { awaitRun, runFlow, startRun, type Run } from './harness/flow.ts'
import { memoryOf } from './harness/memory.ts'
import { rounds } from './harness/rounds.ts'
import type { Question, Row } from './harness/row.ts'
import { makeFolder, startSluice, type Sluice } from './harness/sluice.ts'

/** What can be asked for by itself, in this order. */
const names = ['load', 'write', 'xml', 'json', 'large', 'sorted'] as const

/** Enough for a round to take many seconds. */
const rows = 1_000_000
const pageSize = 1_000
const countOfRounds = 3
const mb = 1024 * 1024
const parsedBytes = 500 * mb
const largeBytes = 5 * 1024 * mb
const sortedRows = 10_000_000
/** How often memory is weighed while a run is under way, in milliseconds. */
const weighMs = 1_000

const secondsOf = ({ startedAt, endedAt }: Run): number => (Date.parse(endedAt) - Date.parse(startedAt)) / 1000

/** A flow takes a file that stays once: this makes it another one. */
const writeAnew = (path: string): void => utimesSync(path, new Date(), new Date())

/** Text of about 64 KB at a time, until there is as much as is asked for. */
async function fill(path: string, head: string, line: (n: number) => string, foot: string, until: { rows?: number; bytes?: number }) {
  const parts = function* (): Generator<string> {
    let [n, bytes, text] = [0, 0, head]
    while (n < (until.rows ?? Infinity) && bytes < (until.bytes ?? Infinity)) {
      text += line(n++)
      if (text.length < 64 * 1024) continue
      bytes += text.length
      yield text
      text = ''
    }
    yield text + foot
  }
  await pipeline(Readable.from(parts()), createWriteStream(path))
}

const mappings = [
  { generate: 'id', dataType: 'string', extract: '$.id', sourceDataType: 'string', status: 'Active' },
  { generate: 'name', dataType: 'string', extract: '{{record.name}} of {{record.city}}', status: 'Active' },
  { generate: 'amount', dataType: 'string', extract: '$.amount', sourceDataType: 'string', status: 'Active' },
  { generate: 'at', dataType: 'string', extract: '$.at', sourceDataType: 'string', status: 'Active' },
]

class Bench {
  readonly #sluice: Sluice
  readonly #bare: Asked
  readonly #server: SftpServer
  readonly #database: OutsideDatabase
  /** Where flows find files without a server. */
  readonly #root: string

  constructor(sluice: Sluice, bare: Asked, server: SftpServer, database: OutsideDatabase, root: string) {
    this.#sluice = sluice
    this.#bare = bare
    this.#server = server
    this.#database = database
    this.#root = root
  }

  async *answers(parts: readonly string[]): AsyncGenerator<Row> {
    const sftp = await this.#connectSftp()
    const disk = await this.#connectDisk()
    const rowsOf: Readonly<Record<(typeof names)[number], () => AsyncIterable<Row> | Promise<Row>>> = {
      load: () => this.#load(sftp),
      write: () => this.#write(sftp),
      xml: () => this.#parse(disk, 'xml'),
      json: () => this.#parse(disk, 'json'),
      large: () => this.#large(sftp),
      sorted: () => this.#sorted(disk),
    }
    for (const name of names) {
      if (!parts.includes(name)) continue
      const answered = rowsOf[name]()
      if (answered instanceof Promise) yield await answered
      else yield* answered
    }
  }

  async *#load(_connectionId: string): AsyncGenerator<Row> {
    const path = join(this.#server.home, 'in', 'orders.csv')
    await fill(path, 'id,name,city,amount,at\n', (n) => `${n},name ${n},town ${n % 100},${n / 100},2026-01-01T00:00:00Z\n`, '', { rows })
    await this.#database.ask('create table loaded (id int, name text, amount numeric, at timestamptz)')
    const flow = await this.#flow(
      {
        adaptorType: 'FTPExport',
        _connectionId,
        ftp: { directoryPath: 'in' },
        file: { type: 'csv', csv: { hasHeaderRow: true }, skipDelete: true },
      },
      {
        adaptorType: 'RDBMSImport',
        _connectionId: await this.#connectDatabase(),
        rdbms: { queryType: ['bulk_insert'], bulkInsert: { tableName: 'loaded' } },
        mappings,
      },
    )
    const emptied = (): Promise<unknown> => this.#database.ask('truncate loaded')
    const found = await rounds(
      countOfRounds,
      async () => {
        await emptied()
        writeAnew(path)
        const seconds = await this.#secondsOf(flow)
        const there = Number((await this.#database.ask('select count(*) as n from loaded'))[0]?.['n'])
        if (there !== rows) throw new Error(`there are ${there} rows of ${rows}`)
        return rows / seconds
      },
      async () => {
        await emptied()
        const { host, port, user, password, database } = this.#database
        const login = { host, port, user, password, database, ssl: false }
        return rows / (await this.#ask({ what: 'load', server: this.#bareServer, path: 'in/orders.csv', database: login, table: 'loaded' }))
      },
    )
    const detail = `${found.ours.toFixed(0)} to ${found.theirs.toFixed(0)} rows/s, ${rows.toLocaleString('en')} rows, pages of ${pageSize}`
    yield {
      what: 'CSV from SFTP through a mapping into a table of PostgreSQL, to csv-parse into COPY',
      detail,
      value: found.ratio,
      goal: { than: 'at least', value: 0.5, unit: '' },
    }
    yield { what: 'the same in thousands of rows/s', detail, value: found.ours / 1000, goal: { than: 'at least', value: 25, unit: '' } }
  }

  async #write(_connectionId: string): Promise<Row> {
    await this.#database.ask(
      'create table sold (id int primary key, name text, amount numeric, at timestamptz)',
      `insert into sold select n, 'name ' || n, n / 100.0, '2026-01-01' from generate_series(1, ${rows}) as n`,
    )
    const flow = await this.#flow(
      {
        adaptorType: 'RDBMSExport',
        _connectionId: await this.#connectDatabase(),
        rdbms: { query: 'select id, name, amount, at from sold order by id' },
      },
      {
        adaptorType: 'FTPImport',
        _connectionId,
        ftp: { directoryPath: 'out', fileName: 'sold.csv' },
        file: { type: 'csv', fileName: 'sold.csv', csv: { includeHeader: true } },
      },
    )
    const out = join(this.#server.home, 'out')
    const emptied = (): void => readdirSync(out).forEach((name) => rmSync(join(out, name)))
    const found = await rounds(
      countOfRounds,
      async () => {
        emptied()
        const seconds = await this.#secondsOf(flow)
        const names = readdirSync(out)
        if (names.length !== 1 || statSync(join(out, names[0] ?? '')).size < rows * 20)
          throw new Error(`there is no file of all rows: ${names.join(', ')}`)
        return rows / seconds
      },
      async () => {
        emptied()
        return rows / (await this.#ask({ what: 'write', server: this.#bareServer, path: 'out/bare.csv', rows }))
      },
    )
    return {
      what: 'rows of PostgreSQL written as one CSV file over SFTP, to csv-stringify into the same server',
      detail: `${found.ours.toFixed(0)} to ${found.theirs.toFixed(0)} rows/s, ${rows.toLocaleString('en')} rows, read from PostgreSQL on our side alone`,
      value: found.ratio,
      goal: { than: 'at least', value: 0.5, unit: '' },
    }
  }

  async #parse(_connectionId: string, type: 'xml' | 'json'): Promise<Row> {
    const folder = this.#own(type)
    const path = join(folder, `orders.${type}`)
    const line = (n: number): string =>
      type === 'xml'
        ? `<order id="${n}"><name>name ${n}</name><lines><line><sku>A-${n % 7}</sku><quantity>2</quantity></line></lines></order>\n`
        : `${n > 0 ? ',' : ''}{"id":${n},"name":"name ${n}","lines":[{"sku":"A-${n % 7}","quantity":2}]}\n`
    const [head, foot] = type === 'xml' ? ['<orders>\n', '</orders>'] : ['{"orders":[\n', ']}']
    await fill(path, head, line, foot, { bytes: parsedBytes })
    const resourcePath = type === 'xml' ? '/orders/order' : 'orders'
    const flow = await this.#flow({
      adaptorType: 'FileSystemExport',
      _connectionId,
      filesystem: { directoryPath: type },
      file: { type, [type]: { resourcePath }, skipDelete: true },
    })
    const found = await rounds(
      1,
      async () => {
        writeAnew(path)
        return parsedBytes / mb / (await this.#secondsOf(flow))
      },
      async () => parsedBytes / mb / (await this.#ask({ what: type, path })),
    )
    rmSync(path)
    return {
      what: `MB/s of ${type === 'xml' ? 'XML' : 'JSON'} read by an export to those of its parser alone`,
      detail: `${found.ours.toFixed(0)} to ${found.theirs.toFixed(0)} MB/s, a file of ${parsedBytes / mb} MB`,
      value: found.ratio,
      goal: { than: 'at least', value: 0.5, unit: '' },
    }
  }

  async #large(_connectionId: string): Promise<Row> {
    const text = 'x'.repeat(5_000)
    const path = join(this.#server.home, 'large', 'large.csv')
    await fill(path, 'id,text\n', (n) => `${n},${text}\n`, '', { bytes: largeBytes })
    const flow = await this.#flow({
      adaptorType: 'FTPExport',
      _connectionId,
      ftp: { directoryPath: 'large' },
      file: { type: 'csv', csv: { hasHeaderRow: true }, skipDelete: true },
    })
    const { most, seconds } = await this.#weigh(flow)
    rmSync(path)
    return {
      what: 'memory of the worker, which is the server too, while a file of 5 GB is read over SFTP',
      detail: `${(largeBytes / mb / seconds).toFixed(0)} MB/s`,
      value: most,
      goal: { than: 'under', value: 300, unit: 'MB' },
    }
  }

  async #sorted(_connectionId: string): Promise<Row> {
    const path = join(this.#own('sorted'), 'rows.csv')
    // Neighbours in the file are far apart when they are sorted.
    await fill(path, 'key,n\n', (n) => `${(n * 7_919) % sortedRows},${n}\n`, '', { rows: sortedRows })
    const flow = await this.#flow({
      adaptorType: 'FileSystemExport',
      _connectionId,
      filesystem: { directoryPath: 'sorted' },
      file: {
        type: 'csv',
        csv: { hasHeaderRow: true },
        sortByFields: [{ field: 'key' }],
        groupByFields: ['key'],
        skipDelete: true,
      },
    })
    const { most, seconds } = await this.#weigh(flow)
    rmSync(path)
    return {
      what: `memory of the worker, which is the server too, while ${sortedRows.toLocaleString('en')} rows are sorted and grouped`,
      detail: `${(sortedRows / seconds).toFixed(0)} rows/s`,
      value: most,
      goal: { than: 'under', value: 500, unit: 'MB' },
    }
  }

  /** Throws where a record failed. */
  async #secondsOf(flowId: string): Promise<number> {
    const run = await runFlow(this.#sluice, flowId)
    if (run.numError > 0) throw new Error(`${run.numError} records failed`)
    return secondsOf(run)
  }

  async #weigh(flowId: string): Promise<{ readonly most: number; readonly seconds: number }> {
    let most = 0
    const timer = setInterval(
      () => void memoryOf([this.#sluice.pid], 'postgres').then((weight) => (most = Math.max(most, weight))),
      weighMs,
    )
    try {
      return { seconds: secondsOf(await awaitRun(this.#sluice, await startRun(this.#sluice, flowId))), most }
    } finally {
      clearInterval(timer)
    }
  }

  async #ask(work: FileWork): Promise<number> {
    return (await this.#bare.ask(work))['seconds'] as number
  }

  get #bareServer() {
    const { port, username, key } = this.#server
    return { host: '127.0.0.1', port, username, privateKey: key }
  }

  async #create(collection: string, body: object): Promise<string> {
    return (await this.#sluice.call('POST', `/v1/${collection}`, body))._id
  }

  async #connectSftp(): Promise<string> {
    const { port, username, key, fingerprint, home } = this.#server
    for (const name of ['in', 'out', 'large']) mkdirSync(join(home, name))
    const ftp = {
      type: 'sftp',
      hostURI: '127.0.0.1',
      port,
      username,
      authKey: key,
      hostKey: fingerprint,
      userDirectoryIsRoot: true,
    }
    return this.#create('connections', { name: 'SFTP', type: 'ftp', ftp })
  }

  async #connectDisk(): Promise<string> {
    const id = await this.#create('connections', { name: 'files', type: 'filesystem', filesystem: { ping: { directoryPath: '/' } } })
    await this.#sluice.call('GET', `/v1/connections/${id}/ping`)
    return id
  }

  /** Each environment has a folder of its own below the root. */
  #own(name: string): string {
    const folder = join(this.#root, readdirSync(this.#root)[0] ?? '', name)
    mkdirSync(folder, { recursive: true })
    return folder
  }

  #databaseId: Promise<string> | undefined
  #connectDatabase(): Promise<string> {
    const { kind, host, port, database, user, password } = this.#database
    const options = [{ name: 'sslmode', value: 'disable' }]
    return (this.#databaseId ??= this.#create('connections', {
      name: kind,
      type: 'rdbms',
      rdbms: { type: kind, host, port, database, user, password, options },
    }))
  }

  async #flow(source: object, sink?: object): Promise<string> {
    const _exportId = await this.#create('exports', { name: 'source', pageSize, ...source })
    const steps = sink && [{ type: 'import', _importId: await this.#create('imports', { name: 'sink', ...sink }) }]
    return this.#create('flows', { name: 'files', pageGenerators: [{ _exportId }], ...(steps && { pageProcessors: steps }) })
  }
}

async function answer(parts: readonly string[] = names): Promise<readonly Row[]> {
  if (!isInstalled(sshd, 'openssh-server')) return []
  const [folder, server, database, bare] = [
    await makeFolder(),
    await startSshd(),
    await startPostgreSQL(),
    await startChild('./bare-files.ts'),
  ]
  const root = mkdtempSync(join(tmpdir(), 'sluice-bench-files-'))
  const sluice = await startSluice(folder, { SLUICE_FILES: root, SLUICE_FILE_SETTLE_SECONDS: '0' })
  const found: Row[] = []
  try {
    for await (const row of new Bench(sluice, bare, server, database, root).answers(parts)) found.push(row)
    return found
  } finally {
    await sluice.stop()
    await bare.stop()
    await database.stop()
    server.stop()
    rmSync(root, { recursive: true })
    await folder.remove()
  }
}

export const files: Question = { name: 'files', asks: "How much of the parts' own speed do flows of files keep?", parts: names, answer }

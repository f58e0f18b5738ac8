/** How much of the drivers' own speed flows keep that read a database and write into one. */
import { listOutsideDatabases, type OutsideDatabase } from '../test/harness/outside-databases.ts'
import type { BareWork } from './harness/bare-database.ts'
import { startChild, type Asked } from './harness/child.ts'
import { runFlow } from './harness/flow.ts'
import { rounds } from './harness/rounds.ts'
import type { Question, Row } from './harness/row.ts'
import { withSluice, type Sluice } from './harness/sluice.ts'

/** Enough for a round to take seconds. */
const exported = 1_000_000
const upserted = 20_000
const inserted = 200_000
const countOfRounds = 3
const pageSize = 1_000
/** integrator.io's default for databases. */
const concurrency = 5

const query = (rows: number): string => `select id, name, amount, at from rows_of_bench where id <= ${rows} order by id`

async function fill(database: OutsideDatabase): Promise<void> {
  await database.ask(
    'create table rows_of_bench (id int primary key, name varchar(40), amount decimal(12,2), at timestamp)',
    'create table copies (id int primary key, name varchar(40), amount decimal(12,2), at timestamp)',
    database.kind === 'postgresql'
      ? `insert into rows_of_bench select n, 'name ' || n, n / 100.0, '2026-01-01'::timestamp + n * interval '1 second' from generate_series(1, ${exported}) as n`
      : `insert into rows_of_bench select seq, concat('name ', seq), seq / 100, '2026-01-02' + interval seq second from seq_1_to_${exported}`,
  )
}

const upsert = (kind: OutsideDatabase['kind'], places: readonly string[]): string =>
  `insert into copies (id, name, amount, at) values (${places.join(', ')}) ${
    kind === 'postgresql'
      ? 'on conflict (id) do update set name = excluded.name, amount = excluded.amount'
      : 'on duplicate key update name = values(name), amount = values(amount)'
  }`

class Bench {
  readonly #sluice: Sluice
  readonly #bare: Asked
  readonly #database: OutsideDatabase

  constructor(sluice: Sluice, bare: Asked, database: OutsideDatabase) {
    this.#sluice = sluice
    this.#bare = bare
    this.#database = database
  }

  async rows(): Promise<Row[]> {
    const { kind } = this.#database
    const _connectionId = await this.#connect()
    const fields = ['id', 'name', 'amount', "{{dateFormat 'YYYY-MM-DD HH:mm:ss' record.at}}"].map((name) =>
      name.startsWith('{') ? name : `{{record.${name}}}`,
    )
    // The same work on both sides: dates go as they came where the database reads them.
    const places = kind === 'postgresql' ? fields.slice(0, 3).concat('{{record.at}}') : fields
    const one = upsert(kind, places)
    const bare = upsert(kind, kind === 'postgresql' ? ['$1', '$2', '$3', '$4'] : ['?', '?', '?', '?'])
    const read = await this.#flow(_connectionId, exported)
    const written = await this.#flow(_connectionId, upserted, { queryType: ['per_record'], query: [one] })
    const bulk = await this.#flow(_connectionId, inserted, { queryType: ['bulk_insert'], bulkInsert: { tableName: 'copies' } })
    return [
      await this.#compare(`rows/s of an export to those of the driver's own cursor, ${kind}`, read, exported, undefined, 0.5),
      await this.#compare(
        `upserts/s, a statement for each record, to those of the driver, ${concurrency} at once, ${kind}`,
        written,
        upserted,
        bare,
        0.7,
      ),
      await this.#compare(`rows/s of a bulk insert to upserts/s of the driver, ${kind}`, bulk, inserted, bare, 1),
    ]
  }

  async #connect(): Promise<string> {
    const { kind, host, port, database, user, password } = this.#database
    const options = [{ name: 'sslmode', value: 'disable' }]
    const rdbms = { type: kind, host, port, database, user, password, options, concurrencyLevel: concurrency }
    return (await this.#sluice.call('POST', '/v1/connections', { name: kind, type: 'rdbms', rdbms }))._id
  }

  async #flow(_connectionId: string, rows: number, rdbms?: object): Promise<string> {
    const create = async (collection: string, body: object): Promise<string> =>
      (await this.#sluice.call('POST', `/v1/${collection}`, body))._id
    const _exportId = await create('exports', {
      name: 'rows',
      adaptorType: 'RDBMSExport',
      _connectionId,
      pageSize,
      rdbms: { query: query(rows) },
    })
    const steps = rdbms && [
      { type: 'import', _importId: await create('imports', { name: 'copies', adaptorType: 'RDBMSImport', _connectionId, rdbms }) },
    ]
    return create('flows', { name: 'rows', pageGenerators: [{ _exportId }], ...(steps && { pageProcessors: steps }) })
  }

  async #compare(what: string, flowId: string, rows: number, write: string | undefined, goal: number): Promise<Row> {
    const { kind, host, port, database, user, password } = this.#database
    const work: BareWork = {
      kind,
      login: { host, port, database, user, password },
      query: query(Math.min(rows, write ? upserted : rows)),
      perRead: pageSize,
      concurrency,
      ...(write && { write }),
    }
    const emptied = (): Promise<unknown> => this.#database.ask('delete from copies')
    const ours = async (): Promise<number> => {
      await emptied()
      const { startedAt, endedAt, numError } = await runFlow(this.#sluice, flowId)
      if (numError > 0) throw new Error(`${numError} records failed`)
      if (write) {
        const there = Number((await this.#database.ask('select count(*) as n from copies'))[0]?.['n'])
        if (there !== rows) throw new Error(`there are ${there} rows of ${rows}`)
      }
      return rows / ((Date.parse(endedAt) - Date.parse(startedAt)) / 1000)
    }
    const theirs = async (): Promise<number> => {
      await emptied()
      return (await this.#bare.ask(work))['perSecond'] as number
    }
    const found = await rounds(countOfRounds, ours, theirs)
    return {
      what,
      detail: `${found.ours.toFixed(0)} to ${found.theirs.toFixed(0)} a second, ${rows.toLocaleString('en')} rows, pages of ${pageSize}`,
      value: found.ratio,
      goal: { than: 'at least', value: goal, unit: '' },
    }
  }
}

async function measure(sluice: Sluice): Promise<readonly Row[]> {
  const bare = await startChild('./bare-database.ts')
  const rows: Row[] = []
  try {
    for (const [, start] of listOutsideDatabases()) {
      const database = await start()
      try {
        await fill(database)
        rows.push(...(await new Bench(sluice, bare, database).rows()))
      } finally {
        await database.stop()
      }
    }
    return rows
  } finally {
    await bare.stop()
  }
}

export const databases: Question = {
  name: 'databases',
  asks: "How much of the drivers' own speed do flows between databases keep?",
  answer: () => withSluice(measure),
}

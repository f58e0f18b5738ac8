/** What a clone costs beyond the rows it writes: an integration of 1,000 documents against an insert of the same rows. */
import type pg from 'pg'
import { makeLarge } from './harness/large-integration.ts'
import type { Question, Row } from './harness/row.ts'
import { rounds } from './harness/rounds.ts'
import { withDatabase, withSluice, type Folder, type Sluice } from './harness/sluice.ts'

const countOfRounds = 15

/** Tables that a clone writes to, which of their rows are its own, and the columns by which a copy of the rows is told from the original. */
const tables = {
  documents: {
    own: `_id in (select target_id from sluice.clone_pairs where integration_id = $1 and source_id <> target_id)`,
    key: ['env_id'],
  },
  edges: {
    own: `from_id in (select target_id from sluice.clone_pairs where integration_id = $1 and source_id <> target_id)`,
    key: ['env_id'],
  },
  audit: {
    own: `resource_id in (select target_id from sluice.clone_pairs where integration_id = $1 and source_id <> target_id)`,
    key: ['account_id', 'env_id'],
  },
  clones: { own: 'integration_id = $1', key: ['env_id'] },
  clone_pairs: { own: 'integration_id = $1', key: ['env_id'] },
} as const

interface Rows {
  readonly text: string
  readonly values: readonly (readonly unknown[])[]
}

/** The rows of one clone as an insert of arrays, the fastest way in that a client without COPY has. `$1` is the environment. */
async function rowsOf(client: pg.Client, clone: string): Promise<readonly Rows[]> {
  const found: Rows[] = []
  for (const [table, { own, key }] of Object.entries(tables)) {
    const { rows: columns } = await client.query<{ name: string; type: string }>(
      `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped`,
      [`sluice.${table}`],
    )
    const rest = columns.filter(({ name }) => !(key as readonly string[]).includes(name))
    const { rows } = await client.query({
      text: `select ${rest.map(({ name }) => `${name}::text`).join(', ')} from sluice.${table} where ${own}`,
      values: [clone],
      rowMode: 'array',
    })
    if (rows.length === 0) throw new Error(`the clone wrote nothing into ${table}`)
    const arrays = rest.map(({ type }, i) => `$${i + 2}::text[]::${type}[]`)
    found.push({
      text: `insert into sluice.${table} (${[...key, ...rest.map(({ name }) => name)].join(', ')}) select ${key.map(() => '$1').join(', ')}, * from unnest(${arrays.join(', ')})`,
      values: rest.map((_, column) => (rows as unknown[][]).map((row) => row[column])),
    })
  }
  return found
}

async function measure(sluice: Sluice, folder: Folder): Promise<readonly Row[]> {
  const { id, resources } = await makeLarge(sluice)
  const clone = (): Promise<{ _id: string }> => sluice.call('POST', `/v1/integrations/${id}/clone`)
  const first = await clone()
  return withDatabase(folder, async (client) => {
    const rows = await rowsOf(client, first._id)
    await client.query('vacuum analyze')
    let environment = 0
    const time = async (work: () => Promise<unknown>): Promise<number> => {
      const began = performance.now()
      await work()
      return performance.now() - began
    }
    const insert = async (): Promise<void> => {
      const name = `bench-${++environment}`
      await client.query('begin')
      for (const { text, values } of rows) await client.query(text, [name, ...values])
      await client.query('commit')
    }
    const found = await rounds(
      countOfRounds,
      () => time(clone),
      () => time(insert),
    )
    const count = rows.reduce((sum, { values }) => sum + (values[0]?.length ?? 0), 0)
    return [
      {
        what: `time of cloning an integration of ${resources.toLocaleString('en')} resources to that of inserting the same rows`,
        detail: `${found.ours.toFixed(0)} to ${found.theirs.toFixed(0)} ms, ${count.toLocaleString('en')} rows`,
        value: found.ratio,
        goal: { than: 'at most', value: 3, unit: '' },
      },
    ]
  })
}

export const clone: Question = {
  name: 'clone',
  asks: 'What does a clone cost beyond the rows that it writes?',
  answer: () => withSluice(measure),
}

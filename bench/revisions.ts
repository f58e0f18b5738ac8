/** What history costs: snapshots of an integration of 1,000 resources, and the differences between them. */
import type pg from 'pg'
import { median, type Question, type Row } from './harness/row.ts'
import { withDatabase, withSluice, type Folder, type Sluice } from './harness/sluice.ts'

/** Flows of the integration; with each come an export, an import and a script. The connection and the integration make 1,002. */
const flows = 250
const countOfRounds = 7
const unchanged = 1000

interface Made {
  readonly integration: string
  readonly connection: string
  readonly imports: readonly string[]
}

const importBody = (connection: string, script: string, number: number, price = 'price'): Record<string, unknown> => ({
  name: `Order ${number} to the warehouse`,
  _connectionId: connection,
  adaptorType: 'HTTPImport',
  http: { method: ['POST'], relativeURI: ['/orders'], body: ['{{{json record}}}'] },
  hooks: { preMap: { function: 'preMap', _scriptId: script } },
  mappings: ['id', 'customer', 'city', 'amount', 'currency', 'sku', 'quantity', price].map((field) => ({
    generate: field,
    dataType: 'string',
    extract: `$.${field}`,
    status: 'Active',
  })),
})

const exportBody = (connection: string, number: number): Record<string, unknown> => ({
  name: `Orders of store ${number}`,
  _connectionId: connection,
  adaptorType: 'HTTPExport',
  http: { method: 'GET', relativeURI: `/stores/${number}/orders?page={{export.http.paging.page}}`, paging: { method: 'page', page: 1 } },
})

const script = (number: number): string =>
  Array.from(
    { length: 40 },
    (_, line) => `function step${line}(options) {\n  return options.data.map((record) => ({ ...record, step: ${line + number} }))\n}`,
  ).join('\n')

async function makeIntegration(sluice: Sluice): Promise<Made & { readonly scripts: readonly string[] }> {
  const post = async (collection: string, body: object): Promise<string> => (await sluice.call('POST', `/v1/${collection}`, body))._id
  const integration = await post('integrations', { name: 'Stores to warehouse' })
  const connection = await post('connections', { name: 'Store', type: 'http', http: { baseURI: 'https://example.com', mediaType: 'json' } })
  const imports: string[] = []
  const scripts: string[] = []
  for (let number = 0; number < flows; number++) {
    const _scriptId = await post('scripts', { name: `Hooks ${number}`, content: script(number) })
    const _exportId = await post('exports', exportBody(connection, number))
    const _importId = await post('imports', importBody(connection, _scriptId, number))
    scripts.push(_scriptId)
    imports.push(_importId)
    const steps = { pageGenerators: [{ _exportId }], pageProcessors: [{ type: 'import', _importId }] }
    await post('flows', { name: `Store ${number}`, _integrationId: integration, ...steps })
  }
  return { integration, connection, imports, scripts }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

async function measureWith(sluice: Sluice, client: pg.Client): Promise<readonly Row[]> {
  const { integration, connection, imports, scripts } = await makeIntegration(sluice)
  await client.query('analyze')
  const snapshot = () => sluice.call('POST', `/v1/integrations/${integration}/revisions/create`, { description: 'bench' })
  const forget = () => client.query('truncate sluice.definitions, sluice.trees, sluice.definition_hashes, sluice.revisions')
  const change = (number: number, price: string) =>
    sluice.call('PUT', `/v1/imports/${imports[number]}`, importBody(connection, scripts[number] as string, number, price))
  const first: number[] = []
  const again: number[] = []
  const changed: number[] = []
  for (let round = 0; round <= countOfRounds; round++) {
    await forget()
    const times = [await timed(snapshot), await timed(snapshot)] as const
    await change(0, `price${round}`)
    const afterChange = await timed(snapshot)
    if (round === 0) continue
    first.push(times[0])
    again.push(times[1])
    changed.push(afterChange)
  }
  const clone = await sluice.call('POST', `/v1/integrations/${integration}/clone`, { connectionMap: {} })
  const pulls = await measurePulls(sluice, { integration, clone: clone._id, change })
  const bytes = await bytesOfUnchanged(client, snapshot)
  const ms = (values: readonly number[]) => median(values).toFixed(1)
  return [
    {
      what: `time of a snapshot of ${4 * flows + 2} resources that did not change to that of the first one`,
      detail: `${ms(again)} to ${ms(first)} ms; after one change ${ms(changed)} ms`,
      value: median(again) / median(first),
      goal: { than: 'at most', value: 0.15, unit: '' },
    },
    ...pulls,
    {
      what: `bytes stored by each of ${unchanged.toLocaleString('en')} snapshots without a change, in kB`,
      detail: `${bytes.toFixed(0)} bytes with indexes`,
      value: bytes / 1000,
      goal: { than: 'under', value: 2, unit: '' },
    },
  ]
}

interface Pulls {
  readonly integration: string
  readonly clone: string
  readonly change: (number: number, price: string) => Promise<unknown>
}

/** Changes that are pulled at once. */
const manyChanges = 100
const pullRounds = 3

/** Changes of the source, pulled into its clone, and the differences on the way. */
async function measurePulls(sluice: Sluice, { integration, clone, change }: Pulls): Promise<readonly Row[]> {
  const updates: number[] = []
  const pulls: number[] = []
  const few: number[] = []
  const many: number[] = []
  const changeMany = async (count: number, round: number): Promise<void> => {
    for (let number = 0; number < count; number++) await change(number, `price${round}of${count}`)
  }
  const pull = async (): Promise<string> =>
    (await sluice.call('POST', `/v1/integrations/${clone}/revisions/pull`, { _fromIntegrationId: integration, description: 'bench' }))._id
  const apply = (id: string) => sluice.call('POST', `/v1/integrations/${clone}/revisions/${id}/apply`)
  for (let round = 0; round <= pullRounds; round++) {
    await changeMany(1, round)
    const small = await pull()
    const diffOfOne = await timed(() => sluice.call('GET', `/v1/integrations/${clone}/revisions/${small}/diff?format=changes`))
    await apply(small)
    const plain = await timed(() => changeMany(manyChanges, round))
    let large = ''
    const opened = await timed(async () => (large = await pull()))
    const diffOfMany = await timed(() => sluice.call('GET', `/v1/integrations/${clone}/revisions/${large}/diff?format=changes`))
    const applied = await timed(() => apply(large))
    if (round === 0) continue
    updates.push(plain)
    pulls.push(opened + applied)
    few.push(diffOfOne)
    many.push(diffOfMany)
  }
  return [
    {
      what: `time of a pull with ${manyChanges} changes, opened and applied, to that of as many plain updates`,
      detail: `${median(pulls).toFixed(0)} to ${median(updates).toFixed(0)} ms, of an integration of ${4 * flows + 2} resources`,
      value: median(pulls) / median(updates),
      goal: { than: 'at most', value: 3, unit: '' },
    },
    {
      what: `time of the difference of ${4 * flows + 2} resources with ${manyChanges} changes`,
      detail: `${median(many).toFixed(1)} ms; with one change ${median(few).toFixed(1)} ms`,
      value: median(many),
      goal: { than: 'under', value: 200, unit: 'ms' },
    },
  ]
}

async function bytesOfUnchanged(client: pg.Client, snapshot: () => Promise<unknown>): Promise<number> {
  const tables = ['definitions', 'trees', 'definition_hashes', 'revisions'].map((table) => `pg_total_relation_size('sluice.${table}')`)
  const size = async (): Promise<number> => Number((await client.query(`select ${tables.join(' + ')} as bytes`)).rows[0].bytes)
  const before = await size()
  for (let count = 0; count < unchanged; count++) await snapshot()
  return ((await size()) - before) / unchanged
}

const measure = (sluice: Sluice, folder: Folder): Promise<readonly Row[]> => withDatabase(folder, (client) => measureWith(sluice, client))

export const revisions: Question = {
  name: 'revisions',
  asks: 'What does the history of an integration cost?',
  answer: () => withSluice(measure),
}

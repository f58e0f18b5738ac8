/** Whether what belongs to an integration, and who depends on it, takes longer to tell the more the account holds: 100,000 documents against 1,000. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type pg from 'pg'
import { startChild, type Asked } from './harness/child.ts'
import type { Load } from './harness/load-generator.ts'
import type { Question, Row } from './harness/row.ts'
import { rounds } from './harness/rounds.ts'
import { token, withDatabase, withSluice, type Folder, type Sluice } from './harness/sluice.ts'

const large = 100_000
const small = 1000
/** Flows of the integration that is asked about, each with an export and an import of its own. */
const flows = 10
/** Many short ones: what else the machine does comes and goes within a second. */
const countOfRounds = 21
const roundMs = 200
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

interface Account {
  readonly token: string
  readonly integrationId: string
}

type Create = (collection: string, body: object) => Promise<string>

/** As a user other than the owner of the installation, or as the owner. */
const creator =
  ({ url }: Sluice, as: string): Create =>
  async (collection, body) => {
    const headers = { authorization: `Bearer ${as}`, 'content-type': 'application/json' }
    const response = await fetch(`${url}/v1/${collection}`, { method: 'POST', headers, body: JSON.stringify(body) })
    if (response.status !== 201) throw new Error(`${collection}: ${response.status} ${await response.text()}`)
    return ((await response.json()) as { _id: string })._id
  }

async function makeAccount(sluice: Sluice, as: string): Promise<Account> {
  const create = creator(sluice, as)
  const integrationId = await create('integrations', { name: 'Asked about' })
  const http = { formType: 'http', mediaType: 'json', baseURI: 'http://127.0.0.1:9' }
  const _connectionId = await create('connections', { name: 'Shop', type: 'http', http })
  for (let number = 0; number < flows; number++) {
    const exportHttp = { relativeURI: `/orders/${number}`, method: 'GET' }
    const importHttp = { relativeURI: [`/invoices/${number}`], method: ['POST'] }
    const _exportId = await create('exports', { name: `Orders ${number}`, _connectionId, adaptorType: 'HTTPExport', http: exportHttp })
    const _importId = await create('imports', { name: `Invoices ${number}`, _connectionId, adaptorType: 'HTTPImport', http: importHttp })
    const steps = { pageGenerators: [{ _exportId }], pageProcessors: [{ type: 'import', _importId }] }
    await create('flows', { name: `Flow ${number}`, _integrationId: integrationId, ...steps })
  }
  return { token: as, integrationId }
}

/** Copies of the account's documents, with integrations, connections and references of their own, straight into the tables. */
async function fill(client: pg.Client, { integrationId }: Account, documents: number): Promise<void> {
  const { rows } = await client.query<{ env_id: string }>('select env_id from sluice.documents where _id = $1', [integrationId])
  const copies = Math.ceil(documents / (3 * flows + 2))
  const id = (of: string): string => `substr(md5(n || ${of}), 1, 24)`
  // Every id in a copy is a hash of the copy's number and the id it stands for, in documents and edges alike.
  const renamed = `regexp_replace((d.doc - '_id' - '_integrationId' - '_registeredConnectionIds')::text, '^.', '{"_id": "' || ${id('d._id')} || '", ' ||
    case when d.doc ? '_integrationId' then '"_integrationId": "' || ${id(`(d.doc ->> '_integrationId')`)} || '", ' else '' end)`
  await client.query(
    `insert into sluice.documents (env_id, collection, _id, doc)
     select d.env_id, d.collection, ${id('d._id')}, (${renamed})::jsonb from sluice.documents d, generate_series(1, $2::int) n
     where d.env_id = $1 and d.collection in ('integrations', 'connections', 'exports', 'imports', 'flows')`,
    [rows[0]?.env_id, copies],
  )
  await client.query(
    `insert into sluice.edges (env_id, from_collection, from_id, path, to_collection, to_id)
     select e.env_id, e.from_collection, ${id('e.from_id')}, e.path, e.to_collection, ${id('e.to_id')} from sluice.edges e, generate_series(1, $2::int) n
     where e.env_id = $1`,
    [rows[0]?.env_id, copies],
  )
  const held = await client.query('select from sluice.documents where env_id = $1', [rows[0]?.env_id])
  if ((held.rowCount ?? 0) < documents) throw new Error(`the account holds ${held.rowCount} documents, not ${documents}`)
}

async function compare(sluice: Sluice, generator: Asked, crowded: Account, quiet: Account, what: string): Promise<Row> {
  const latency = (account: Account) => async (): Promise<number> => {
    const paths = [`/v1/integrations/${account.integrationId}/${what}`]
    const asked: Load = { origin: sluice.url, method: 'GET', paths, token: account.token, status: 200, connections: 1, ms: roundMs }
    return (await generator.ask(asked))['ms'] as number
  }
  const found = await rounds(countOfRounds, latency(crowded), latency(quiet))
  return {
    what: `time of GET /v1/integrations/{id}/${what} in an account of ${large.toLocaleString('en')} documents to that in one of ${small.toLocaleString('en')}`,
    detail: `${found.ours.toFixed(2)} to ${found.theirs.toFixed(2)} ms, one request at a time`,
    value: found.ratio,
    goal: { than: 'at most', value: 1.5, unit: '' },
  }
}

async function measure(sluice: Sluice, folder: Folder): Promise<readonly Row[]> {
  const env = { ...process.env, SLUICE_DATA: folder.path }
  const added = await promisify(execFile)(process.execPath, [main, 'user', 'add', 'quiet@example.com', '--json'], { env })
  const crowded = await makeAccount(sluice, token)
  const quiet = await makeAccount(sluice, (JSON.parse(added.stdout) as { token: string }).token)
  await withDatabase(folder, async (client) => {
    await fill(client, crowded, large)
    await fill(client, quiet, small)
    await client.query('vacuum analyze')
  })
  const generator = await startChild('./load-generator.ts')
  try {
    const answers: Row[] = []
    for (const what of ['dependencies', 'flows', 'exports', 'imports', 'connections'])
      answers.push(await compare(sluice, generator, crowded, quiet, what))
    return answers
  } finally {
    await generator.stop()
  }
}

export const accountSize: Question = {
  name: 'account-size',
  asks: 'Does an integration take longer to look through the more its account holds?',
  answer: () => withSluice(measure),
}

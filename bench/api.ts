/** How much of a bare Fastify's speed the API keeps: one document, a list of 100, a new document. */
import type { Peer } from './harness/bare-fastify.ts'
import type { Load } from './harness/load-generator.ts'
import { startChild, type Asked } from './harness/child.ts'
import type { Question, Row } from './harness/row.ts'
import { rounds } from './harness/rounds.ts'
import { token, withDatabase, withSluice, type Folder, type Sluice } from './harness/sluice.ts'

const connections = 16
const roundMs = 2000
const countOfRounds = 7
/** Documents that are there: more than one page of a list. */
const documents = 1000

interface Case {
  readonly what: string
  readonly goal: number
  readonly load: Omit<Load, 'origin' | 'connections' | 'ms' | 'token'>
}

/** A document as people have them: 0.7 kB. */
const document = (connectionId: string, number: number): Record<string, unknown> => ({
  name: `Orders of store ${number}`,
  description: 'Fetches the orders that changed since the last run, newest first.',
  _connectionId: connectionId,
  adaptorType: 'HTTPExport',
  type: 'delta',
  pageSize: 100,
  delta: { dateFormat: 'YYYY-MM-DD', lagOffset: 60_000 },
  http: {
    relativeURI: '/api/v2/orders.json?updated_after={{{lastExportDateTime}}}&status=any&page={{export.http.paging.page}}',
    method: 'GET',
    response: { resourcePath: 'orders' },
    paging: { method: 'page', page: 1, maxPagePath: 'meta.pages' },
  },
  filter: { type: 'expression', expression: { rules: ['notequals', ['string', ['extract', 'status']], 'cancelled'], version: '1' } },
  traceKeyTemplate: '{{order_number}}',
})

async function cases(sluice: Sluice): Promise<readonly Case[]> {
  const connection = { name: 'Store', type: 'http', http: { formType: 'http', baseURI: 'https://example.com', mediaType: 'json' } }
  const { _id: connectionId } = await sluice.call('POST', '/v1/connections', connection)
  const ids: string[] = []
  for (let number = 0; number < documents; number++)
    ids.push((await sluice.call('POST', '/v1/exports', document(connectionId, number)))._id)
  const whole = document(connectionId, 0)
  const { _connectionId: _none, ...free } = whole
  const post = (body: object): Case['load'] => ({ method: 'POST', paths: ['/v1/exports'], body: JSON.stringify(body), status: 201 })
  return [
    { what: 'GET a document', goal: 0.6, load: { method: 'GET', paths: ids.map((id) => `/v1/exports/${id}`), status: 200 } },
    { what: 'GET a list of 100', goal: 0.5, load: { method: 'GET', paths: ['/v1/exports?limit=100'], status: 200 } },
    {
      what: `GET the names of ${documents.toLocaleString('en')}`,
      goal: 0.5,
      load: { method: 'GET', paths: ['/v1/exports?include=name'], status: 200 },
    },
    { what: 'POST a document', goal: 0.5, load: post(free) },
    { what: 'POST one with a reference to check', goal: 0.6, load: post(whole) },
  ]
}

async function compare(ours: string, theirs: string, generator: Asked, { what, goal, load }: Case): Promise<Row> {
  const perSecond = (origin: string) => async (): Promise<number> => {
    const asked: Load = { ...load, origin, token, connections, ms: roundMs }
    return (await generator.ask(asked))['perSecond'] as number
  }
  const found = await rounds(countOfRounds, perSecond(ours), perSecond(theirs))
  return {
    what: `${what}: requests/s of the API to those of a bare Fastify with one statement`,
    detail: `${found.ours.toFixed(0)} to ${found.theirs.toFixed(0)} requests/s, ${connections} connections`,
    value: found.ratio,
    goal: { than: 'at least', value: goal, unit: '' },
  }
}

async function measure(sluice: Sluice, folder: Folder): Promise<readonly Row[]> {
  const all = await cases(sluice)
  const peer = await startChild('./bare-fastify.ts')
  const generator = await startChild('./load-generator.ts')
  try {
    const theirs = await withDatabase(folder, async (client, config) => {
      await client.query('analyze sluice.documents')
      const { rows } = await client.query<{ env_id: string }>('select env_id from sluice.documents limit 1')
      return peer.ask({ config, envId: rows[0]?.env_id as string, writesTo: 'peer' } satisfies Peer)
    })
    const answers: Row[] = []
    for (const each of all) answers.push(await compare(sluice.url, theirs['url'] as string, generator, each))
    return answers
  } finally {
    await generator.stop()
    await peer.stop()
  }
}

export const api: Question = {
  name: 'api',
  asks: "How much of a bare Fastify's speed does the API keep?",
  answer: () => withSluice(measure),
}

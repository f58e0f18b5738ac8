/** What an API of steps costs beside its one lookup: how much later it answers, and how many calls a second it answers where the application takes no time. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Client } from 'undici'
import { startChild } from './harness/child.ts'
import type { Load } from './harness/load-generator.ts'
import { median, quantile, type Question, type Row } from './harness/row.ts'
import { token, withSluice, type Sluice } from './harness/sluice.ts'

const connections = 64
const roundMs = 3000
const countOfRounds = 5
/** Calls one after the other, of each in turn. */
const inTurn = 1000
const customer = { id: 7, name: 'Customer', email: 'customer@example.com', address: { city: 'Berlin', country: 'DE' } }

async function startApplication(): Promise<{ url: string; close(): void }> {
  const server = createServer((request, response) => {
    request.resume().once('end', () => void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(customer)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() }
}

async function makeApi(sluice: Sluice, application: string): Promise<string> {
  const create = async (collection: string, body: object): Promise<string> => (await sluice.call('POST', `/v1/${collection}`, body))._id
  const _connectionId = await create('connections', {
    name: 'Application',
    type: 'http',
    http: { mediaType: 'json', baseURI: application },
  })
  const _exportId = await create('exports', {
    name: 'Customer',
    _connectionId,
    adaptorType: 'HTTPExport',
    isLookup: true,
    http: { method: 'GET', relativeURI: '/customers/{{record.pathParams.id}}' },
  })
  const responseMapping = { fields: [{ extract: 'data[0]', generate: 'customer' }], lists: [] }
  await create('apis', {
    name: 'Customer',
    type: 'builder',
    builder: {
      request: { method: 'GET', relativeURI: '/customers/:id' },
      routers: [{ id: 'r', branches: [{ pageProcessors: [{ type: 'export', _exportId, responseMapping }], nextRouterId: 'apiRouter' }] }],
      responseRouter: { id: 'apiRouter' },
      responses: [
        {
          type: 'success',
          statusCode: 200,
          mappings: [
            { generate: 'name', extract: 'customer.name' },
            { generate: 'city', extract: 'customer.address.city' },
          ],
        },
        { type: 'fail', statusCode: 502 },
      ],
    },
  })
  return '/apis/v1/customers/7'
}

/** By turns, so that whatever else the machine does meets both. */
async function overhead(ours: Client, theirs: Client, path: string): Promise<Row> {
  const timeOf = async (client: Client, at: string): Promise<number> => {
    const begun = performance.now()
    const { statusCode, body } = await client.request({ path: at, method: 'GET', headers: { authorization: `Bearer ${token}` } })
    await body.text()
    if (statusCode !== 200) throw new Error(`${at} answered ${statusCode}`)
    return performance.now() - begun
  }
  const [api, alone]: [number[], number[]] = [[], []]
  for (let n = 0; n < inTurn; n++) {
    api.push(await timeOf(ours, path))
    alone.push(await timeOf(theirs, '/customers/7'))
  }
  return {
    what: 'an API with one lookup, later than the lookup alone, p50',
    detail: `${median(api).toFixed(2)} to ${median(alone).toFixed(2)} ms; p95 ${quantile(api, 0.95).toFixed(1)} to ${quantile(alone, 0.95).toFixed(1)} ms`,
    value: median(api) - median(alone),
    goal: { than: 'under', value: 5, unit: 'ms' },
  }
}

async function calls(sluice: Sluice, path: string): Promise<Row> {
  const generator = await startChild('./load-generator.ts')
  try {
    const load: Load = { origin: sluice.url, method: 'GET', paths: [path], token, status: 200, connections, ms: roundMs }
    const found: number[] = []
    for (let round = 0; round < countOfRounds; round++) found.push((await generator.ask(load))['perSecond'] as number)
    return {
      what: 'calls of it/s against an application without latency, in thousands',
      detail: `${found.map((each) => each.toFixed(0)).join(', ')} calls/s, ${connections} connections`,
      value: median(found) / 1000,
      goal: { than: 'at least', value: 1, unit: '' },
    }
  } finally {
    await generator.stop()
  }
}

async function measure(sluice: Sluice): Promise<readonly Row[]> {
  const application = await startApplication()
  const clients = [new Client(sluice.url), new Client(application.url)] as const
  try {
    const path = await makeApi(sluice, application.url)
    await sluice.call('GET', path)
    return [await overhead(...clients, path), await calls(sluice, path)]
  } finally {
    await Promise.all(clients.map((client) => client.close()))
    application.close()
  }
}

export const apis: Question = {
  name: 'apis',
  asks: 'What does an API of steps cost beside its lookup?',
  answer: () => withSluice(measure),
}

/** How fast events are taken and handed on: acknowledged a second beside a bare server, from acknowledged to sent, and memory where a million wait. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { BareWebhook } from './harness/bare-webhook.ts'
import { startChild } from './harness/child.ts'
import type { Load } from './harness/load-generator.ts'
import { memoryOf } from './harness/memory.ts'
import { rounds } from './harness/rounds.ts'
import { median, type Question, type Row } from './harness/row.ts'
import { token, withDatabase, withSluice, type Folder, type Sluice } from './harness/sluice.ts'

const connections = 64
const roundMs = 3000
const countOfRounds = 5
const perSecond = 100
const latencySeconds = 10
const waiting = 1_000_000
const secret = 'secret-of-the-bench'

const order = { id: 1, total: 19.5, customer: { name: 'Customer', email: 'customer@example.com' }, lines: [{ sku: 'a', quantity: 2 }] }

/** When each event came to the application, by its id. */
async function startSink(): Promise<{ url: string; at: Map<number, number>; close(): void }> {
  const at = new Map<number, number>()
  const server = createServer((request, response) => {
    const id = Number(/\d+$/.exec(request.url ?? '')?.[0])
    at.set(id, performance.now())
    request.resume().once('end', () => void response.writeHead(201, { 'content-type': 'application/json' }).end('{}'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, at, close: () => server.close() }
}

async function makeHook(
  sluice: Sluice,
  application: string,
): Promise<{ path: string; flowId: string; exportId: string; connectionId: string }> {
  const create = async (collection: string, body: object): Promise<string> => (await sluice.call('POST', `/v1/${collection}`, body))._id
  const connectionId = await create('connections', { name: 'Application', type: 'http', http: { mediaType: 'json', baseURI: application } })
  const exportId = await create('exports', {
    name: 'Orders',
    adaptorType: 'WebhookExport',
    type: 'webhook',
    webhook: { verify: 'secret_url', token: secret },
  })
  const _importId = await create('imports', {
    name: 'Orders',
    _connectionId: connectionId,
    adaptorType: 'HTTPImport',
    http: { relativeURI: ['/orders/{{record.id}}'], method: ['POST'] },
  })
  const flowId = await create('flows', {
    name: 'Orders of the shop',
    pageGenerators: [{ _exportId: exportId }],
    pageProcessors: [{ type: 'import', _importId }],
  })
  return { path: `/v1/exports/${exportId}/${secret}/data`, flowId, exportId, connectionId }
}

/** The connection is offline meanwhile: what is taken waits, and nothing is sent. */
async function acknowledged(sluice: Sluice, folder: Folder, path: string, connectionId: string): Promise<readonly Row[]> {
  const setOffline = (text: string): Promise<unknown> => withDatabase(folder, (client) => client.query(text, [connectionId]))
  await setOffline(`update sluice.documents set doc = doc || '{"offline": true}' where _id = $1`)
  const peer = await startChild('./bare-webhook.ts')
  const generator = await startChild('./load-generator.ts')
  try {
    const theirs = await withDatabase(folder, (_client, config) => peer.ask({ config } satisfies BareWebhook))
    const load = (origin: string, where: string) => async (): Promise<number> => {
      const asked: Load = {
        origin,
        method: 'POST',
        paths: [where],
        token,
        body: JSON.stringify(order),
        status: 204,
        connections,
        ms: roundMs,
      }
      return (await generator.ask(asked))['perSecond'] as number
    }
    const found = await rounds(countOfRounds, load(sluice.url, path), load(theirs['url'] as string, '/events'))
    const detail = `${found.ours.toFixed(0)} to ${found.theirs.toFixed(0)} events/s, ${connections} connections`
    return [
      {
        what: 'events acknowledged/s to those of a bare Fastify with one batched insert',
        detail,
        value: found.ratio,
        goal: { than: 'at least', value: 0.6, unit: '' },
      },
      { what: 'events acknowledged/s, in thousands', detail, value: found.ours / 1000, goal: { than: 'at least', value: 2, unit: '' } },
    ]
  } finally {
    await generator.stop()
    await peer.stop()
    await setOffline(`update sluice.documents set doc = doc - 'offline' where _id = $1`)
    await withDatabase(folder, (client) => client.query('delete from sluice.webhook_events; delete from sluice.webhook_queues'))
  }
}

async function latency({ url }: Sluice, path: string, sentAt: Map<number, number>): Promise<Row> {
  const acknowledgedAt = new Map<number, number>()
  const send = async (id: number): Promise<void> => {
    const answer = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...order, id }),
    })
    if (answer.status !== 204) throw new Error(`the webhook answered ${answer.status}`)
    acknowledgedAt.set(id, performance.now())
  }
  const count = perSecond * latencySeconds
  const sending: Promise<void>[] = []
  for (let id = 1; id <= count; id++) {
    sending.push(send(id))
    await pause(1000 / perSecond)
  }
  await Promise.all(sending)
  for (const end = Date.now() + 60_000; sentAt.size < count;) {
    if (Date.now() > end) throw new Error(`${sentAt.size} of ${count} events were sent`)
    await pause(50)
  }
  const took = [...acknowledgedAt].map(([id, at]) => (sentAt.get(id) ?? Number.NaN) - at)
  return {
    what: `from acknowledged to sent at ${perSecond}/s, p50`,
    detail: `p95 ${took.toSorted((a, b) => a - b)[Math.floor(count * 0.95)]?.toFixed(0)} ms, ${count} events`,
    value: median(took),
    goal: { than: 'under', value: 30, unit: 'ms' },
  }
}

/** While a run takes them. */
async function memoryWithManyWaiting(
  sluice: Sluice,
  folder: Folder,
  ids: { readonly flowId: string; readonly exportId: string },
  sentAt: Map<number, number>,
): Promise<Row> {
  const weigh = async (): Promise<number> => {
    let most = 0
    for (let n = 0; n < 10; n++) {
      await pause(1000)
      most = Math.max(most, await memoryOf([sluice.pid], 'postgres'))
    }
    return most
  }
  const fill = (count: number): Promise<unknown> =>
    withDatabase(folder, async (client) => {
      const { rows } = await client.query<{ env_id: string }>('select env_id from sluice.documents where _id = $1', [ids.flowId])
      const key = [rows[0]?.env_id, ids.flowId, ids.exportId]
      await client.query(
        `insert into sluice.webhook_events select $1, $2, $3, n, now(), json_build_array($5::json)::text, 150 from generate_series(1, $4::bigint) n`,
        [...key, count, JSON.stringify(order)],
      )
      await client.query(
        `insert into sluice.webhook_queues (env_id, flow_id, export_id, last_seq, waiting, bytes) values ($1, $2, $3, $4::bigint, $4::bigint, $4::bigint * 150)
         on conflict (env_id, flow_id, export_id) do update set last_seq = excluded.last_seq, waiting = excluded.waiting, bytes = excluded.bytes`,
        [...key, count],
      )
    })
  sentAt.clear()
  await fill(waiting)
  const many = await weigh()
  return {
    what: `memory of the server while ${waiting.toLocaleString('en')} events wait and are sent`,
    detail: 'server and worker without their database, the most of 10 s',
    value: many,
    goal: { than: 'under', value: 400, unit: 'MB' },
  }
}

async function measure(sluice: Sluice, folder: Folder): Promise<readonly Row[]> {
  const sink = await startSink()
  try {
    const { path, connectionId, ...ids } = await makeHook(sluice, sink.url)
    return [
      ...(await acknowledged(sluice, folder, path, connectionId)),
      await latency(sluice, path, sink.at),
      await memoryWithManyWaiting(sluice, folder, ids, sink.at),
    ]
  } finally {
    sink.close()
  }
}

export const webhooks: Question = {
  name: 'webhooks',
  asks: 'How fast are events of webhooks taken, and handed on?',
  answer: () => withSluice(measure),
}

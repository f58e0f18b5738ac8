/** The stories of docs/stories and of the sample app, step by step: requests to a real server with a worker, beside an application that sells and keeps books, and an ERP. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addUser } from '../../src/domain/accounts/accounts.ts'
import { startApi, type Api } from '../harness/api.ts'
import { openErp } from './erp.ts'
import { startPeers } from './peers.ts'
import { play, type Stage } from './play.ts'
import { readStory } from './read-story.ts'

const root = new URL('../../', import.meta.url)
const pages = [
  ...readdirSync(new URL('docs/stories/', root))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/stories/${name}`),
  'examples/shop-app/story.md',
]

/** The third order has no customer, which no book takes. */
const orders = [1, 2, 3, 4, 5].map((number) => ({ number, customer: number === 3 ? '' : `C-${number}`, total: number * 10 }))

interface Return {
  readonly number: number
  readonly customer: string
}
const returned = (number: number, customer = `C-${number}`): Return => ({ number, customer })
/** What the shop has when it is first asked, and what has changed since. */
const returns = [
  [returned(1), returned(2, ''), returned(3, ''), returned(4), returned(5, '')],
  [returned(5), returned(6)],
]
/** Times that the till answers 500 for each return. */
const overloaded = 2

/** GET /orders sells, POST /books keeps books and refuses what has no customer. GET /returns tells what has changed, POST /till is overloaded at first. Below /erp is an ERP. */
async function startShop(): Promise<{ origin: string; close(): void }> {
  let asked = 0
  const erp = openErp()
  const tries = new Map<number, number>()
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const answer = (status: number, body: object): unknown =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    let text = ''
    for await (const chunk of request) text += String(chunk)
    if (request.url?.startsWith('/erp')) {
      const { method = '', url, headers } = request
      const { status, type, body } = await erp({
        method,
        path: url.slice('/erp'.length),
        authorization: headers.authorization ?? '',
        body: text,
      })
      return void response.writeHead(status, { 'content-type': type }).end(body)
    }
    if (request.url?.startsWith('/orders')) return void answer(200, { orders })
    if (request.url?.startsWith('/returns')) return void answer(200, { returns: returns[Math.min(asked++, returns.length - 1)] })
    if (!/^\/(?:books|till)/.test(request.url ?? '')) return void answer(404, { message: 'There are GET /orders and POST /books.' })
    const entry = JSON.parse(text) as { number: number; customer: string }
    const times = (tries.get(entry.number) ?? 0) + 1
    tries.set(entry.number, times)
    if (request.url?.startsWith('/till') && times <= overloaded) return void answer(500, { message: 'overloaded' })
    if (entry.customer) answer(201, { id: `B-${entry.number}` })
    else answer(422, { message: `Order ${entry.number} has no customer` })
  }
  const server = createServer((request, response) => void serve(request, response))
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => void server.close() }
}

test('there are stories', () => expect(pages.length).toBeGreaterThan(5))

/** What the machine lacks is looked for once: a story that needs it is left out there. */
const withPeers = 'docs/stories/files-and-databases.md'
const peers = await startPeers(readFileSync(new URL(withPeers, root), 'utf8'))
afterAll(() => peers?.stop())

describe.each(pages.filter((page) => peers || page !== withPeers))('%s', (page) => {
  const steps = readStory(readFileSync(new URL(page, root), 'utf8'))
  let api: Api
  let shop: Awaited<ReturnType<typeof startShop>>
  let stage: Stage
  beforeAll(async () => {
    api = await startApi({ worker: true, retryWaits: [500, 500, 500] })
    shop = await startShop()
    const [colleague, keeper] = [await addUser(api.world, 'colleague@example.com'), await addUser(api.world, 'keeper@example.com')]
    const values = {
      OWNER: 'owner-token-for-tests',
      COLLEAGUE: colleague.token,
      KEEPER: keeper.token,
      APPLICATION: shop.origin,
      ...peers?.values,
    }
    stage = { url: api.url, folder: new URL(page, root), values: new Map(Object.entries(values)), archives: new Map() }
  })
  afterAll(async () => {
    shop.close()
    await api.close()
  })

  // Each step needs those before it: after one that fails, the others are not asked.
  let failed: string | undefined
  test.each(steps)('$title', { timeout: 90_000 }, async (step) => {
    if (failed !== undefined) throw new Error(`an earlier step failed: ${failed}`)
    const difference = await play(stage, step)
    if (difference !== undefined) failed = step.title
    expect(difference).toBeUndefined()
  })
})

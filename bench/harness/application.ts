/** The application that flows of the bench read from and write to: pages of orders, and a place for invoices. It does next to nothing. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serveParent } from './child.ts'

export interface Application {
  readonly records: number
  /** Records of one answer. */
  readonly perAnswer: number
}

/** What is asked of it later: what it has seen below a path since it was asked last. */
interface Seen {
  readonly path: string
}

const order = (number: number): object => ({
  id: `order-${number}`,
  total: number + 0.5,
  placedAt: '2026-05-01T12:00:00.000Z',
  customer: { name: `Customer ${number}`, email: `customer-${number}@example.com`, city: 'Berlin' },
  lines: [
    { sku: `SKU-${number}-1`, quantity: 1, price: 10 },
    { sku: `SKU-${number}-2`, quantity: 2, price: 20.25 },
  ],
})

/** Written once, so that answering costs nothing while others are measured. */
function answers({ records, perAnswer }: Application): readonly Buffer[] {
  const pages = Math.ceil(records / perAnswer)
  return Array.from({ length: pages }, (_, page) => {
    const length = Math.min(perAnswer, records - page * perAnswer)
    const orders = Array.from({ length }, (_, row) => order(page * perAnswer + row))
    return Buffer.from(JSON.stringify({ pages, orders }))
  })
}

const json = { 'content-type': 'application/json' }
const seen = new Map<string, { posted: number; firstAt: number }>()

function note(path: string, posted: number): void {
  const known = seen.get(path) ?? { posted: 0, firstAt: Date.now() }
  seen.set(path, { ...known, posted: known.posted + posted })
}

async function listen(application: Application): Promise<object> {
  const pages = answers(application)
  let count = 0
  const server = createServer((request, response) => {
    const [, path = '', page] = /^(\/[^/]+)\/\w+(?:\?page=(\d+))?$/.exec(request.url ?? '') ?? []
    note(path, request.method === 'POST' ? 1 : 0)
    if (request.method === 'GET') return void response.writeHead(200, json).end(pages[Number(page) - 1])
    request.resume().once('end', () => void response.writeHead(201, json).end(`{"id":${++count}}`))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

serveParent<Application | Seen>(async (question) => {
  if ('records' in question) return listen(question)
  const found = seen.get(question.path) ?? { posted: 0, firstAt: 0 }
  seen.delete(question.path)
  return found
})

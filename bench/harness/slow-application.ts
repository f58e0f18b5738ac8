/** Applications that take their time: orders in pages, customers one by one, and two places to send to. Each says how long it was at work, so that what its connection allowed can be told. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serveParent } from './child.ts'

export interface SlowApplication {
  readonly records: number
  /** Records of one answer. */
  readonly perAnswer: number
}

/** What is asked of it later: what it has seen below a path since it was asked last. */
export interface SeenBelow {
  readonly path: string
}

interface Place {
  asked: number
  /** From when a request had come to when its answer was written, of all requests together. Milliseconds. */
  busyMs: number
}

const json = { 'content-type': 'application/json' }
const seen = new Map<string, Place>()
/** `/50-1/name/orders`: answers in 50 ms, and 1 of 100 in `slowMs`. */
const address = /^(\/(\d+)-(\d+)\/[^/]+)\/(\w+)(?:\/[^?]*)?(?:\?page=(\d+))?$/
const slowMs = 2000

function answers({ records, perAnswer }: SlowApplication): readonly string[] {
  const pages = Math.ceil(records / perAnswer)
  return Array.from({ length: pages }, (_, page) => {
    const length = Math.min(perAnswer, records - page * perAnswer)
    const orders = Array.from({ length }, (_each, row) => {
      const id = page * perAnswer + row + 1
      return { id, total: id + 0.5, customer: { email: `customer-${id}@example.com` } }
    })
    return JSON.stringify({ pages, orders })
  })
}

function end(place: Place, response: ServerResponse, began: number, status: number, body: string): void {
  response.writeHead(status, json).end(body)
  place.busyMs += performance.now() - began
}

async function listen(application: SlowApplication): Promise<object> {
  const pages = answers(application)
  const server = createServer((request, response) => {
    const began = performance.now()
    const [, path = '', latency = '0', slow = '0', kind = '', page] = address.exec(request.url ?? '') ?? []
    const place = seen.get(`${path}/${kind}`) ?? { asked: 0, busyMs: 0 }
    seen.set(`${path}/${kind}`, place)
    place.asked += 1
    const isSlow = slow !== '0' && place.asked % Math.round(100 / Number(slow)) === 0
    const body = kind === 'orders' ? (pages[Number(page) - 1] ?? '{}') : `{"id":${place.asked}}`
    const status = request.method === 'POST' ? 201 : 200
    const wait = isSlow ? slowMs : Number(latency)
    request.resume().once('end', () => {
      if (wait === 0) end(place, response, began, status, body)
      else setTimeout(() => end(place, response, began, status, body), wait)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

serveParent<SlowApplication | SeenBelow>(async (question) => {
  if ('records' in question) return listen(question)
  const found = [...seen].filter(([path]) => path.startsWith(`${question.path}/`))
  for (const [path] of found) seen.delete(path)
  return Object.fromEntries(
    found.flatMap(([path, { asked, busyMs }]) => {
      const kind = path.split('/').at(-1) ?? ''
      return [
        [`${kind}Asked`, asked],
        [`${kind}BusyMs`, busyMs],
      ]
    }),
  )
})

/**
 * What a flow is compared with: a loop that fetches the same pages and posts the same bodies, as many at once, and waits for the answers of a page
 * before it takes the next. It is quick because it remembers nothing: no job, no errors, no retries, no page that would survive its end.
 */
import { Agent, request } from 'undici'
import { serveParent } from './child.ts'

export interface Loop {
  readonly application: string
  readonly path: string
  readonly pageSize: number
  /** Posts at once. */
  readonly concurrency: number
}

interface Order {
  readonly id: string
  readonly total: number
  readonly customer: { readonly email: string }
}

const dispatcher = new Agent({ connections: 50, pipelining: 1 })

async function post(url: string, { id, total, customer }: Order): Promise<void> {
  const body = JSON.stringify({ reference: id, email: customer.email, amount: total })
  const answer = await request(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body, dispatcher })
  if (answer.statusCode !== 201) throw new Error(`the application answered ${answer.statusCode}`)
  await answer.body.json()
}

async function postAll(url: string, orders: readonly Order[], concurrency: number): Promise<void> {
  const left = orders.values()
  const work = async (): Promise<void> => {
    for (const order of left) await post(url, order)
  }
  await Promise.all(Array.from({ length: concurrency }, work))
}

serveParent<Loop>(async ({ application, path, pageSize, concurrency }) => {
  const began = performance.now()
  let records = 0
  for (let page = 1, pages = 1; page <= pages; page++) {
    const answer = await request(`${application}${path}/orders?page=${page}`, { dispatcher })
    const found = (await answer.body.json()) as { pages: number; orders: Order[] }
    pages = found.pages
    for (let at = 0; at < found.orders.length; at += pageSize)
      await postAll(`${application}${path}/invoices`, found.orders.slice(at, at + pageSize), concurrency)
    records += found.orders.length
  }
  return { perSecond: records / ((performance.now() - began) / 1000), records }
})

/** An ERP below /erp: it hands out a token to a client that shows its secret, speaks XML, and takes its time for an order. */
import { setTimeout as pause } from 'node:timers/promises'

/** What an ERP takes for an order. Milliseconds. */
const takesMs = 200
const client = `Basic ${Buffer.from('sluice:secret-of-the-erp').toString('base64')}`
const token = 'token-of-the-erp'

interface Asked {
  readonly method: string
  /** Below /erp. */
  readonly path: string
  readonly authorization: string
  readonly body: string
}

interface Answered {
  readonly status: number
  readonly type: string
  readonly body: string
}

const xml = (status: number, body: string): Answered => ({ status, type: 'application/xml', body: `<?xml version="1.0"?>${body}` })
const error = (status: number, message: string): Answered => xml(status, `<error><message>${message}</message></error>`)
const textOf = (body: string, name: string): string => new RegExp(`<${name}>([^<]*)</${name}>`).exec(body)?.[1] ?? ''

export function openErp(): (asked: Asked) => Promise<Answered> {
  /** Its own numbers, by the shop's. */
  const orders = new Map<string, string>()
  return async ({ method, path, authorization, body }) => {
    if (path === '/token') {
      const isRight = authorization === client && new URLSearchParams(body).get('grant_type') === 'client_credentials'
      const answer = isRight ? { access_token: token, token_type: 'Bearer', expires_in: 3600 } : { error: 'invalid_client' }
      return { status: isRight ? 200 : 401, type: 'application/json', body: JSON.stringify(answer) }
    }
    if (authorization !== `Bearer ${token}`) return error(401, 'Sign in first.')
    if (method === 'GET') {
      const [, reference = ''] = /^\/orders\/(.+)$/.exec(path) ?? []
      const number = orders.get(reference)
      return number
        ? xml(200, `<order><number>${number}</number><reference>${reference}</reference></order>`)
        : error(404, 'No such order.')
    }
    await pause(takesMs)
    if (textOf(body, 'customer') === '') return error(422, 'An order has a customer.')
    const number = `E-${orders.size + 1}`
    orders.set(textOf(body, 'reference'), number)
    return xml(201, `<order><number>${number}</number></order>`)
  }
}

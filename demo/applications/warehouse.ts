/** The warehouse: an application with a user and a password that takes shipments one by one, refuses what it cannot send, and keeps a ledger. */
import { randomBytes } from 'node:crypto'
import { catalogue, newest, type Article } from './catalogue.ts'
import { listen, refused, type Answered, type Asked } from './listen.ts'

export interface Shipment {
  readonly reference: string
  readonly service: string
  readonly shipBy: string
  readonly site: string
  readonly instructions: string
  readonly value: number
  readonly destination: { readonly city: string; readonly postcode: string; readonly zone: string; readonly label: string }
  readonly packages: readonly { readonly item: string; readonly units: number; readonly order: string }[]
}

/** A parcel that is to come back. */
export interface ExpectedReturn {
  readonly reference: string
  readonly order: string
  readonly site: string
  readonly inspect: boolean
  readonly items: readonly { readonly item: string; readonly units: number }[]
}

export interface Warehouse {
  readonly url: string
  readonly username: string
  readonly password: string
  /** Everything that was taken, in the order in which it came. */
  readonly ledger: readonly Shipment[]
  /** Returns that it was told to expect, and when (`performance.now()`). */
  readonly returns: readonly (ExpectedReturn & { readonly at: number })[]
  /** Times it told its caller to come back later. */
  readonly timesBusy: number
  learn(article: Article): void
  close(): void
}

/** The requests that meet it at a bad moment, counted from the first, and what it says then. */
const badMoments: ReadonlyMap<number, number> = new Map([
  [700, 503],
  [1900, 429],
  [3100, 503],
])

export interface WarehouseOptions {
  readonly port?: number
  readonly password?: string
}

export async function openWarehouse({ port, password = randomBytes(24).toString('hex') }: WarehouseOptions = {}): Promise<Warehouse> {
  const username = 'sluice'
  const proof = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const stock = new Map(catalogue.filter((article) => article !== newest).map(({ sku, stock: onHand }) => [sku, onHand]))
  const ledger: Shipment[] = []
  const returns: (ExpectedReturn & { at: number })[] = []
  let requests = 0
  let timesBusy = 0
  const application = await listen((asked) => {
    if (asked.authorization !== proof) return refused(401, 'User or password wrong.')
    if (asked.url.pathname === '/shipments' && asked.method === 'GET')
      return { status: 200, body: { total: ledger.length, newest: ledger.at(-1) } }
    if (asked.url.pathname === '/articles' && asked.method === 'POST') return learnt(asked, stock)
    if (asked.url.pathname === '/returns' && asked.method === 'POST') return expectReturn(asked, returns)
    if (asked.method !== 'POST' || asked.url.pathname !== '/shipments')
      return refused(404, 'There is GET and POST /shipments, POST /returns, and POST /articles, which tells it of an article.')
    const status = badMoments.get(++requests)
    if (status) {
      timesBusy++
      return refused(status, 'Come back in a second.', { 'retry-after': '1' })
    }
    return take(asked, stock, ledger)
  }, port)
  return {
    url: application.url,
    username,
    password,
    ledger,
    returns,
    get timesBusy() {
      return timesBusy
    },
    learn: ({ sku, stock: onHand }) => void stock.set(sku, onHand),
    close: application.close,
  }
}

function take({ body }: Asked, stock: ReadonlyMap<string, number>, ledger: Shipment[]): Answered {
  const shipment = body as Shipment
  if (!shipment?.reference || !shipment.destination?.zone || !shipment.packages?.length)
    return refused(400, 'A shipment needs a reference, a destination with its zone, and packages.')
  for (const { item, units } of shipment.packages) {
    const onHand = stock.get(item)
    if (onHand === undefined) return refused(422, `Unknown SKU ${item}`)
    if (units > onHand) return refused(422, `Quantity above stock: ${item} (${onHand} on hand)`)
  }
  ledger.push(shipment)
  return { status: 201, body: { id: `SH-${ledger.length}`, reference: shipment.reference } }
}

function expectReturn({ body }: Asked, returns: (ExpectedReturn & { at: number })[]): Answered {
  const expected = body as ExpectedReturn
  if (!expected?.reference || !expected.order || !expected.items?.length)
    return refused(400, 'A return needs a reference, its order, and items.')
  returns.push({ ...expected, at: performance.now() })
  return { status: 201, body: { id: `RX-${returns.length}`, reference: expected.reference } }
}

function learnt({ body }: Asked, stock: Map<string, number>): Answered {
  const { sku, stock: onHand } = (body ?? {}) as Partial<Article>
  if (typeof sku !== 'string' || typeof onHand !== 'number') return refused(400, 'An article has a sku and a stock.')
  stock.set(sku, onHand)
  return { status: 201, body: { sku, stock: onHand } }
}

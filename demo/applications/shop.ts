/** The shop: an application with a token that gives its orders in pages, and is busy once. */
import { randomBytes } from 'node:crypto'
import { listen, refused, type Answered, type Asked } from './listen.ts'
import { freshOrderOf, orderOf, type Order } from './orders.ts'
import { returnOf, tell, type Return, type Webhook } from './returns.ts'

export interface Shop {
  readonly url: string
  readonly token: string
  readonly orders: readonly Order[]
  /** Times it told its caller to come back later. */
  readonly timesBusy: number
  /** One more order, placed now. */
  sell(): Order
  /** Something of an order that was placed comes back: whoever is to know has been told of it, and has taken it, when this resolves. */
  takeBack(order: Order, webhook: Webhook): Promise<Return>
  close(): void
}

/** Orders that are there when it opens, by default. */
const openingOrders = 4000
/** The page at which it says, once, that it is busy. */
const busyPage = 3

export interface ShopOptions {
  readonly port?: number
  readonly token?: string
  readonly numOrders?: number
}

export async function openShop({
  port,
  token = randomBytes(24).toString('hex'),
  numOrders = openingOrders,
}: ShopOptions = {}): Promise<Shop> {
  const orders = Array.from({ length: numOrders }, (_, index) => orderOf(index))
  const sell = (): Order => {
    const order = freshOrderOf(orders.length)
    orders.push(order)
    return order
  }
  let returns = 0
  const takeBack = async (order: Order, webhook: Webhook): Promise<Return> => {
    const back = returnOf(order, returns++)
    await tell(webhook, back)
    return back
  }
  let timesBusy = 0
  const application = await listen((asked) => {
    if (asked.authorization !== `Bearer ${token}`) return refused(401, 'Token missing or wrong.')
    if (asked.url.pathname !== '/orders' || !['GET', 'POST'].includes(asked.method))
      return refused(404, 'There is GET /orders, and POST /orders, which places one.')
    if (asked.method === 'POST') return { status: 201, body: sell() }
    if (timesBusy === 0 && pageOf(asked) === busyPage) {
      timesBusy++
      return refused(503, 'The shop is busy.', { 'retry-after': '1' })
    }
    return page(orders, asked)
  }, port)
  return {
    url: application.url,
    token,
    orders,
    get timesBusy() {
      return timesBusy
    },
    sell,
    takeBack,
    close: application.close,
  }
}

const pageOf = ({ url }: Asked): number => Number(url.searchParams.get('page') ?? 1)

function page(orders: readonly Order[], asked: Asked): Answered {
  const number = pageOf(asked)
  const size = Number(asked.url.searchParams.get('size') ?? 100)
  const since = Date.parse(asked.url.searchParams.get('since') ?? '1970-01-01')
  if (!(Number.isInteger(number) && number >= 1 && size >= 1 && size <= 500 && Number.isFinite(since)))
    return refused(400, 'page counts from 1, size is from 1 to 500, since is a date.')
  const found = orders.filter(({ placedAt }) => Date.parse(placedAt) > since)
  const pages = Math.ceil(found.length / size)
  return { status: 200, body: { page: number, pages, total: found.length, orders: found.slice((number - 1) * size, number * size) } }
}

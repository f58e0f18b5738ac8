/** `npm run shop`: the two applications of the demo by themselves, for docs/first-flow.md. They listen on loopback, and their secrets are no secret. */
import { openShop } from './shop.ts'
import { openWarehouse } from './warehouse.ts'

const { SHOP_PORT, WAREHOUSE_PORT } = process.env
const shopPort = Number(SHOP_PORT ?? 4001)
const warehousePort = Number(WAREHOUSE_PORT ?? 4002)

try {
  const shop = await openShop({ port: shopPort, token: 'shop-token', numOrders: 40 })
  const warehouse = await openWarehouse({ port: warehousePort, password: 'warehouse-password' })
  process.stdout.write(`The shop is at ${shop.url}, and the warehouse at ${warehouse.url}. Ctrl-C ends both.\n`)
} catch (error) {
  if (!(error instanceof Error) || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
  process.stderr.write(`${error.message}: another program is there. SHOP_PORT and WAREHOUSE_PORT name other ports.\n`)
  process.exit(1)
}

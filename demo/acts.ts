/** The acts of the demo, in order: build, run, look at what failed, mend it, send it again, take what the shop tells, and check each time. */
import { setTimeout as pause } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Api } from './api.ts'
import { newest } from './applications/catalogue.ts'
import { corrected } from './applications/orders.ts'
import type { Return } from './applications/returns.ts'
import type { Shop } from './applications/shop.ts'
import type { Warehouse } from './applications/warehouse.ts'
import { build, type Built } from './build.ts'
import { compare } from './compare.ts'
import { correctAll, grouped, openErrors, resolvedCount, retryAll, type FlowError } from './errors.ts'
import { follow, took } from './follow.ts'
import { expectedOf } from './expected.ts'
import { promise } from './promise.ts'
import { count, many, seconds, type Screen } from './screen.ts'

export interface Stage {
  readonly api: Api
  readonly screen: Screen
  readonly shop: Shop
  readonly warehouse: Warehouse
}

export async function play(stage: Stage): Promise<Built> {
  const { api, screen, shop, warehouse } = stage
  screen.act('Build it, with nothing but the public API')
  const built = await build(api, screen, shop, warehouse)
  screen.act(`Run it: ${many(shop.orders.length, 'order')} from the shop to the warehouse`)
  const failed = await run(stage, built)
  screen.act('What failed, and why')
  const errors = await lookAtErrors(stage, built, failed)
  screen.act('Mend the causes, and send only the failed ones again')
  await mend(stage, built, errors)
  screen.act('Things come back: the shop calls, and nobody has to ask it')
  await takeBack(stage, built)
  screen.act('Hold the ledger of the warehouse against the orders of the shop')
  await check(stage, built, errors.length)
  return built
}

/** Answers how many records failed. */
async function run({ api, screen, shop, warehouse }: Stage, { flow }: Built): Promise<number> {
  const total = shop.orders.length
  const { _jobId } = await api.call('runFlow', { params: { _id: flow } })
  const job = await follow(api, screen, _jobId, total)
  promise(job.numExport === total, `The shop has ${total} orders, and the run fetched ${job.numExport}.`)
  promise(
    job.numSuccess + job.numError === total,
    `${total} orders were fetched, ${job.numSuccess} went through and ${job.numError} failed.`,
  )
  const rate = (total / took(job)) * 1000
  screen.done(`${many(total, 'order')} in ${seconds(took(job))}: ${screen.bold(`${count(rate)} orders a second`)}, one request each`)
  screen.done(`the run is ${job.status}: ${count(job.numSuccess)} went through, ${count(job.numError)} failed and are kept`)
  const { arrived, repeated, wrong } = compare(shop.orders, warehouse.ledger)
  promise(arrived === job.numSuccess, `${job.numSuccess} records count as sent, and the warehouse has ${arrived}.`)
  promise(wrong.length === 0, `${many(wrong.length, 'shipment')} in the ledger is not what its order says: ${wrong[0]}.`)
  screen.done(
    `the warehouse's own ledger has ${count(arrived)}${repeated ? `, ${count(repeated)} of them more than once` : ', none twice'}`,
  )
  const busy = shop.timesBusy + warehouse.timesBusy
  screen.done(`the applications said "busy, come back in a second" ${count(busy)} times: Sluice waited, and lost nothing by it`)
  return job.numError
}

async function lookAtErrors({ api, screen }: Stage, built: Built, expected: number): Promise<FlowError[]> {
  const { errors, pages } = await openErrors(api, built)
  promise(errors.length === expected, `${expected} records failed, and ${errors.length} errors are open.`)
  screen.done(`GET /v1/flows/{flow}/{step}/errors: ${many(errors.length, 'error')} on ${many(pages, 'page')}`)
  for (const [{ source, code, message }, times] of grouped(errors)) {
    screen.line(`     ${screen.bold(count(times).padStart(6))}  ${message} ${screen.faint(`(${source}, ${code})`)}`)
  }
  const flows = await api.call('listIntegrationErrors', { params: { _id: built.integration } })
  const ofFlow = flows.find(({ _flowId }) => _flowId === built.flow)
  promise(ofFlow?.numError === expected, `The integration counts ${ofFlow?.numError ?? 0} errors for its flow, and ${expected} are open.`)
  const failing = flows.filter(({ numError }) => numError > 0)
  screen.done(`GET /v1/integrations/{id}/errors: ${many(ofFlow.numError, 'open error')} in ${many(failing.length, 'flow')}`)
  return errors
}

async function mend({ api, screen, warehouse }: Stage, built: Built, errors: readonly FlowError[]): Promise<void> {
  warehouse.learn(newest)
  const unknown = errors.filter(({ message }) => message.includes(newest.sku))
  screen.done(`the warehouse learns the SKU ${newest.sku}: the cause of ${many(unknown.length, 'error')}`)
  const mistaken = errors.filter((error) => !unknown.includes(error))
  await correctAll(api, built, mistaken)
  screen.done(`${many(mistaken.length, 'record')} corrected where they are kept: GET and PUT .../{retryDataKey}/data`)
  const jobs = await retryAll(api, built, errors)
  for (const { id, records } of jobs) {
    const job = await follow(api, screen, id, records)
    promise(job.numError === 0, `${many(job.numError, 'record')} failed again when it was sent again.`)
    screen.done(`POST .../retry: ${many(records, 'record')} sent again in ${seconds(took(job))}, none failed`)
  }
}

/** Things that come back before the ledger is looked at. */
const returns = 25
/** Until the last of them is at the warehouse, however busy the machine. Milliseconds. */
const arrivePatience = 30_000

async function takeBack({ screen, shop, warehouse }: Stage, { webhook }: Built): Promise<void> {
  const forged = await fetch(webhook.url, { method: 'POST', headers: { 'x-shop-signature': 'forged' }, body: '{}' })
  promise(forged.status === 401, `A webhook with a wrong signature was answered ${forged.status}.`)
  const came: { readonly back: Return; readonly taken: number }[] = []
  for (const order of shop.orders.slice(0, returns)) came.push({ back: await shop.takeBack(order, webhook), taken: performance.now() })
  for (const end = Date.now() + arrivePatience; warehouse.returns.length < returns && Date.now() < end;) await pause(5)
  const found = came.map(({ back }) => warehouse.returns.filter(({ reference }) => reference === back.number))
  const wrong = came.filter(
    ({ back }, i) =>
      !isDeepStrictEqual(
        found[i]?.map(({ at: _at, ...expected }) => expected),
        [expectedOf(back)],
      ),
  )
  promise(wrong.length === 0, `${many(wrong.length, 'return')} did not arrive once and as it is, ${wrong[0]?.back.number} for one.`)
  const later = came.map(({ taken }, i) => Math.max(0, (found[i]?.[0]?.at ?? Number.NaN) - taken)).toSorted((a, b) => a - b)
  screen.done(`a signature that is forged: 401; ${many(returns, 'return')} with the right one: 204, and in the database`)
  screen.done(
    `each is expected at the warehouse, once: half of them ${count(later[Math.floor(returns / 2)] ?? 0)} ms later, the last one ${count(later.at(-1) ?? 0)} ms`,
  )
}

async function check({ api, screen, shop, warehouse }: Stage, built: Built, failed: number): Promise<void> {
  const open = await api.call('listIntegrationErrors', { params: { _id: built.integration } })
  promise(open.length === 0, 'The integration still has open errors.')
  const resolved = await resolvedCount(api, built)
  promise(resolved === failed, `${failed} errors were sent again, and ${resolved} are resolved.`)
  screen.done(`no error is open (the integration answers 204), ${many(resolved, 'error')} resolved`)
  const { arrived, missing, repeated, wrong } = compare(shop.orders.map(corrected), warehouse.ledger)
  promise(missing.length === 0, `${many(missing.length, 'order')} never arrived, ${missing[0]} for one.`)
  screen.done(`${count(arrived)} of ${many(shop.orders.length, 'order')} arrived`)
  promise(wrong.length === 0, `${many(wrong.length, 'shipment')} is not what its order says, ${wrong[0]} for one.`)
  screen.done('every shipment is, field by field, what its order says')
  promise(
    repeated === 0,
    `${many(repeated, 'order')} arrived more than once. Sluice promises at least once, and on a calm day exactly once.`,
  )
  screen.done(screen.bold('each order arrived exactly once'))
}

/** The shop goes on selling, and what arrives is told: the flow can be run again by hand. Ends with `signal`. */
export async function goOn({ screen, shop, warehouse }: Stage, { webhook }: Built, signal: AbortSignal): Promise<void> {
  const everyMs = 2000
  /** So many orders are placed until something comes back again. */
  const returnEvery = 5
  let [shipped, returned] = [warehouse.ledger.length, warehouse.returns.length]
  for (let sold = 1; !signal.aborted; sold++) {
    await pause(everyMs, undefined, { signal }).catch(() => {})
    const order = shop.sell()
    // A server that is going away takes nothing more.
    if (sold % returnEvery === 0) await shop.takeBack(order, webhook).catch(() => undefined)
    const arrived = warehouse.ledger.length - shipped
    if (arrived > 0) screen.done(`${many(arrived, 'more shipment')} at the warehouse, ${count(warehouse.ledger.length)} in all`)
    const back = warehouse.returns.length - returned
    if (back > 0) screen.done(`${many(back, 'return')} came in through the webhook`)
    ;[shipped, returned] = [warehouse.ledger.length, warehouse.returns.length]
  }
}

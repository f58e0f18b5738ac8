/** Somebody opens the dashboard in the morning: how runs went, what fails most, what runs now, what is offline. */
import { createServer, type AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import type { ConsoleWorld } from '../../harness/console.ts'
import { startApplication } from '../../harness/application.ts'
import { makeFlow, startRun } from '../../harness/flows.ts'

const flowName = 'Orders to shipments'

export function tellDashboard(world: ConsoleWorld): void {
  test('shows sums, charts and the flows that fail most; a table has the numbers of the charts', async () => {
    const page = await world.open('/dashboard')
    const { total, series } = await world.client.call('listRunTimeSeries', {
      body: { interval: 'hour', createdOnAndAfter: Date.now() - 3600_000 },
    })
    await page.getByRole('img', { name: /^Records through: [\d,.K]+\. The most was/ }).waitFor()
    await page
      .getByRole('img', { name: /^Errors: / })
      .locator('canvas')
      .waitFor()
    const worst = page.getByRole('table', { name: 'Flows with most errors' })
    await worst.getByRole('link', { name: flowName }).waitFor()
    await page.getByRole('button', { name: 'Table' }).click()
    const numbers = page.getByRole('table', { name: 'Runs over time' })
    const newest = numbers.getByRole('row').nth(1)
    expect(total.numRuns).toBeGreaterThan(0)
    await newest
      .getByRole('cell', { name: new Intl.NumberFormat('en-GB').format(series.at(-1)?.numSuccess ?? -1), exact: true })
      .first()
      .waitFor()
    await page.getByRole('button', { name: '1 year' }).click()
    await expect.poll(() => numbers.getByRole('row').count()).toBe(13)
    await page.reload()
    await numbers.waitFor()
    expect(new URL(page.url()).search).toBe('?view=table&days=365')
  })

  test('follows a run from its start to its end', async () => {
    const application = await startApplication({ sources: { orders: [{ id: 1 }, { id: 2 }] } })
    let letGo = (): void => {}
    const held = new Promise<void>((go) => (letGo = go))
    application.before = async () => {
      await held
      return undefined
    }
    onTestFinished(() => application.close())
    const flow = await makeFlow(world.api, application, { flow: { name: 'Slow orders' } })
    const page = await world.open('/dashboard')
    await page.getByText('No flow is running.').waitFor()
    await startRun(world.api, flow._id)
    const row = page.getByRole('table', { name: 'Running now' }).getByRole('row', { name: /Slow orders/ })
    await row.getByText('Running').waitFor()
    letGo()
    await row.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Ended runs' }).click()
    await page
      .getByRole('table', { name: 'Ended runs' })
      .getByRole('row', { name: /Slow orders.*Completed/ })
      .waitFor()
    await world.client.call('deleteFlow', { params: { _id: flow._id } })
  })

  test('shows a connection as soon as it is offline', async () => {
    // A port that nobody listens at by then.
    const closed = createServer().listen(0, '127.0.0.1')
    await new Promise((listening) => closed.once('listening', listening))
    const { port } = closed.address() as AddressInfo
    await new Promise((gone) => closed.close(gone))
    const http = { mediaType: 'json' as const, baseURI: `http://127.0.0.1:${port}`, ping: { relativeURI: '/', method: 'GET' as const } }
    const page = await world.open('/dashboard')
    await page.getByText('Every connection is online.').waitFor()
    const { _id } = await world.client.call('createConnection', { body: { name: 'Closed shop', type: 'http', http } as never })
    await world.client.call('pingConnection', { params: { _id } })
    const offline = page.getByRole('table', { name: 'Connections that are offline' })
    await offline.getByRole('link', { name: 'Closed shop' }).waitFor()
    await world.client.call('deleteConnection', { params: { _id } })
    await page.getByText('Every connection is online.').waitFor()
  })

  test('finds ended runs by what people know of them, as the address says', async () => {
    const page = await world.open('/dashboard?tab=ended')
    const runs = page.getByRole('table', { name: 'Ended runs' })
    await runs
      .getByRole('row', { name: new RegExp(flowName) })
      .first()
      .waitFor()
    await page.getByRole('searchbox', { name: 'Search by flow or message' }).fill('nothing is called so')
    await page.getByRole('heading', { name: 'Nothing matches' }).waitFor()
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await page.getByRole('combobox', { name: 'Status' }).selectOption('partial')
    await runs.getByRole('button', { name: 'Errors' }).click()
    await page.getByRole('columnheader', { name: 'Errors' }).and(page.locator('[aria-sort=descending]')).waitFor()
    expect(await runs.getByRole('row', { name: /Completed with errors/ }).count()).toBe((await runs.getByRole('row').count()) - 1)
    await page.reload()
    await runs.waitFor()
    expect(new URL(page.url()).search).toBe('?tab=ended&status=partial&sort=-numError')
    const { errors } = await world.client.call('listStepErrors', { params: { _id: world.built.flow, _stepId: world.built.import } })
    await page.getByRole('searchbox', { name: 'Trace key of a record' }).fill(errors[0]?.traceKey ?? 'no error has one')
    await runs
      .getByRole('row', { name: new RegExp(flowName) })
      .first()
      .waitFor()
  })

  test('of an integration are its own flows', async () => {
    const page = await world.open(`/integrations/${world.built.integration}/dashboard`)
    await page.getByRole('table', { name: 'Flows with most errors' }).getByRole('link', { name: flowName }).waitFor()
    await page.getByRole('button', { name: 'Ended runs' }).click()
    await page
      .getByRole('table', { name: 'Ended runs' })
      .getByRole('row', { name: new RegExp(flowName) })
      .first()
      .waitFor()
  })
}

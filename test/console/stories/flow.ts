/** Somebody looks at a flow, runs it, watches what its steps do, and looks at earlier runs. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { ConsoleWorld } from '../../harness/console.ts'

export function tellFlow(world: ConsoleWorld): void {
  test('shows its steps, runs from another time, and tells what each step did', async () => {
    const page = await world.open(`/flows/${world.built.flow}`)
    const graph = page.getByRole('region', { name: 'Graph of the flow' })
    await graph.getByRole('link', { name: 'Get orders from the shop' }).waitFor()
    await graph.getByRole('link', { name: 'Create shipments in the warehouse' }).waitFor()
    await page.getByRole('button', { name: 'Run flow' }).click()
    await page.getByLabel('Changed since').fill('2020-01-01T00:00:00')
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    const steps = page.getByRole('table', { name: 'Steps of the run' })
    const step = steps.getByRole('row', { name: /Create shipments in the warehouse/ })
    await step.getByText('Completed with errors').waitFor()
    await graph.getByRole('link', { name: /error/ }).waitFor()
    // Along the edges stands how many records came to each step.
    const along = graph.locator('.react-flow__edge-text, .edge-name')
    await along.getByText(String(world.shop.orders.length), { exact: true }).first().waitFor()
    const readNewest = async () => (await world.client.call('listJobs', { query: { _flowId: world.built.flow, type: 'flow' } }))[0]
    await expect.poll(readNewest, { timeout: 60_000 }).toMatchObject({ status: 'completed', numExport: world.shop.orders.length })
  })

  test('finds an earlier run by its status, and runs the flow again from there', async () => {
    const page = await world.open(`/flows/${world.built.flow}?tab=history`)
    const runs = page.getByRole('table', { name: 'Run history' })
    await page.getByRole('combobox', { name: 'Status' }).selectOption('canceled')
    await page.getByRole('heading', { name: 'Nothing matches' }).waitFor()
    await page.getByRole('combobox', { name: 'Status' }).selectOption('partial')
    await runs.getByRole('button', { name: 'More actions' }).first().click()
    await page.getByRole('menuitem', { name: 'Run again' }).click()
    await page.getByText('Orders to shipments is queued to run.').waitFor()
  })

  test('opens an older run: its steps with their counts, its errors, its diagnostics', async () => {
    const runs = await world.client.call('listJobs', { query: { _flowId: world.built.flow, type: 'flow' } })
    const oldest = runs.findLast(({ status, numError }) => status === 'completed' && numError > 0)
    if (!oldest) throw new Error('No run has errors.')
    const page = await world.open(`/flows/${world.built.flow}?tab=history&sort=createdAt&status=partial`)
    const history = page.getByRole('table', { name: 'Run history' })
    await history.getByRole('row').nth(1).getByRole('button').first().click()
    const steps = page.getByRole('table', { name: 'Steps of the run' })
    const step = steps.getByRole('row', { name: /Create shipments in the warehouse/ })
    await step.getByText('Completed with errors').waitFor()
    const address = new URL(page.url())
    expect(address.searchParams.get('run')).toBe(oldest._id)
    await page.goto(address.href)
    const errors = page.getByRole('table', { name: 'Errors of the run' })
    await errors
      .getByRole('row', { name: /Create shipments in the warehouse/ })
      .first()
      .waitFor()
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download diagnostics' }).click()
    const file = await download
    expect(file.suggestedFilename()).toBe(`run-${oldest._id}.json`)
    expect(JSON.parse(readFileSync(await file.path(), 'utf8'))).toMatchObject({ job: { _id: oldest._id, numError: oldest.numError } })
    await page.getByRole('link', { name: 'Show the errors' }).click()
    await page.getByText('Of one run').waitFor()
    expect(new URL(page.url()).searchParams.get('run')).toBe(oldest._id)
    await page.goBack()
    await page.getByRole('button', { name: 'All runs' }).click()
    await history.getByRole('row').nth(1).waitFor()
    expect(new URL(page.url()).searchParams.get('status')).toBe('partial')
  })
  test('says which run started it, where another flow is followed by this one', async () => {
    const { client, built } = world
    const { _integrationId, pageGenerators } = await client.call('getFlow', { params: { _id: built.flow } })
    const shared = { ...(_integrationId && { _integrationId }), ...(pageGenerators && { pageGenerators }) }
    const make = async (name: string, _runNextFlowIds: string[]) =>
      (await client.call('createFlow', { body: { name, ...shared, _runNextFlowIds } }))._id
    const second = await make('Second of two', [])
    const first = await make('First of two', [second])
    await client.call('runFlow', { params: { _id: first } })
    const readSecond = async () => (await client.call('listJobs', { query: { _flowId: second, type: 'flow' } }))[0]?.status
    await expect.poll(readSecond, { timeout: 60_000 }).toBe('completed')
    const page = await world.open(`/flows/${second}`)
    await page.getByRole('link', { name: 'Started by a run of another flow' }).click()
    await page.getByRole('heading', { name: 'First of two' }).waitFor()
    await page.getByRole('button', { name: 'All runs' }).waitFor()
  })

  test('runs one of two sources', async () => {
    const { client, built } = world
    const {
      _id: _ignored,
      createdAt: _at,
      lastModified: _last,
      ...source
    } = await client.call('getExport', { params: { _id: built.export } })
    const second = (await client.call('createExport', { body: { ...source, name: 'Second source' } as never }))._id
    const pageGenerators = [{ _exportId: built.export }, { _exportId: second }]
    const flow = (await client.call('createFlow', { body: { name: 'Of two sources', pageGenerators } }))._id
    const page = await world.open(`/flows/${flow}`)
    await page.getByRole('button', { name: 'Run flow' }).click()
    const sources = page.getByRole('group', { name: 'Sources to run' })
    await sources.getByRole('checkbox', { name: 'Get orders from the shop' }).uncheck()
    await page.getByRole('dialog').getByRole('button', { name: 'Run', exact: true }).click()
    const readRun = async () => (await client.call('listJobs', { query: { _flowId: flow, type: 'flow' } }))[0]
    await expect.poll(readRun, { timeout: 60_000 }).toMatchObject({ status: 'completed' })
    const ofSources = await client.call('listJobs', { query: { _flowJobId: (await readRun())?._id ?? '', type: 'export' } })
    expect(ofSources.map(({ _exportId }) => _exportId)).toEqual([second])
  })
}

/** Somebody looks for errors in a flow and an integration, by all that they say; does something to all that match; opens a record that is too large; and all of it on a phone. */
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { ask, heldOpen } from '../../harness/database.ts'
import { signIn, type ConsoleWorld } from '../../harness/console.ts'
import { ownerToken } from '../../harness/api.ts'
import { until } from '../../harness/flows.ts'

/** More than one step of a job does. */
const many = 5400

export function tellFoundErrors(world: ConsoleWorld): void {
  const ofFlow = (search = ''): string => `/flows/${world.built.flow}/errors${search}`
  const ofStep = (search = ''): string => `/flows/${world.built.flow}/errors/${world.built.import}${search}`
  const ofIntegration = (search = ''): string => `/integrations/${world.built.integration}/errors${search}`
  const list = (page: Page) => page.getByRole('table', { name: 'Open errors' })
  let envId: string

  /** Errors of a step, as a run leaves them. */
  async function fail(
    stepId: string,
    errors: readonly { code: string; message: string; traceKey?: string; data?: unknown }[],
  ): Promise<void> {
    const { newId, store } = world.api.world
    const made = errors.map(({ data, ...error }, n) => ({
      errorId: newId(),
      occurredAt: new Date(Date.now() - n).toISOString(),
      source: 'application',
      stepId,
      _flowJobId: newId(),
      ...error,
      ...(data !== undefined && { retryDataKey: newId(), retry: { data } }),
    }))
    for (let at = 0; at < made.length; at += 1000)
      await store.transaction((rows) => rows.flowErrors.add(envId, world.built.flow, made.slice(at, at + 1000)))
  }
  beforeAll(async () => {
    envId = (await world.client.call('getTokenInfo'))._userId
  })

  test('by message, code and trace key, in the address, in the flow and in the integration', async () => {
    await fail(world.built.export, [
      { code: '418', message: 'No teapot in warehouse 7', traceKey: 'pot-1' },
      { code: '418', message: 'No cup in warehouse 7', traceKey: 'cup-1' },
    ])
    const page = await world.open(ofFlow())
    await list(page).getByText('No teapot').waitFor()
    await page.getByRole('searchbox', { name: 'Search in messages' }).fill('WAREHOUSE 7')
    await expect.poll(() => list(page).getByRole('row').count()).toBe(3)
    await page.getByRole('searchbox', { name: 'Trace key' }).fill('cup-1')
    await expect.poll(() => list(page).getByRole('row').count()).toBe(2)
    expect(new URL(page.url()).search).toBe('?message=WAREHOUSE+7&trace=cup-1')
    await page.reload()
    await list(page).getByText('No cup').waitFor()
    await page.getByRole('navigation', { name: 'Whose errors' }).getByRole('link', { name: 'Integration' }).click()
    await page.getByRole('heading', { level: 1, name: /^Errors of/ }).waitFor()
    await list(page).getByText('No cup').waitFor()
    await expect.poll(() => list(page).getByRole('row').count()).toBe(2)
    await page.getByRole('searchbox', { name: 'Search in messages' }).fill('nothing like it')
    await page.getByRole('heading', { name: 'Nothing matches' }).waitFor()
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await page.getByRole('searchbox', { name: 'Code' }).fill('418')
    await expect.poll(() => list(page).getByRole('row').count()).toBe(3)
  })

  test('are a click away from the tile, the integration and the flow', async () => {
    const page = await world.open('/?view=tile')
    const isAt = (path: string) => page.waitForURL(`**${path}`)
    const tile = page.getByRole('listitem').filter({ has: page.getByRole('link', { name: 'Shop to warehouse' }) })
    await tile.getByRole('link', { name: /^\d+ errors?$/ }).click()
    await isAt(ofIntegration())
    await page.goto(`/integrations/${world.built.integration}/flows`)
    await page
      .locator('.page-head')
      .getByRole('link', { name: /^\d+ errors?$/ })
      .click()
    await isAt(ofIntegration())
    await page.goto(`/integrations/${world.built.integration}/flows`)
    await page
      .getByRole('row', { name: /Orders to shipments/ })
      .getByRole('link', { name: /^\d+$/ })
      .click()
    await isAt(ofFlow())
    await page.goto(`/flows/${world.built.flow}`)
    await page
      .locator('.page-head')
      .getByRole('link', { name: /^\d+ errors?$/ })
      .click()
    await isAt(ofFlow())
  })

  test('that are chosen are saved as the CSV that the server writes of all that match', async () => {
    const page = await world.open(ofStep().replace(world.built.import, `${world.built.export}?code=418`))
    await list(page).getByRole('checkbox').nth(1).waitFor()
    for (const box of await list(page).getByRole('checkbox').all()) await box.check()
    const acts = page.getByRole('group', { name: 'With what is chosen' })
    const [download] = await Promise.all([page.waitForEvent('download'), acts.getByRole('button', { name: 'Download CSV' }).click()])
    const csv = await fetch(`${world.api.url}/v1/flows/${world.built.flow}/${world.built.export}/errors/csv?code=418`, {
      headers: { authorization: `Bearer ${ownerToken}` },
    })
    const text = await csv.text()
    expect(text.split('\n')).toHaveLength(4)
    expect(await readFile(await download.path(), 'utf8')).toBe(text)
  })

  test('of all that match one is unticked: the others that are shown are chosen; another filter chooses none', async () => {
    const page = await world.open(ofIntegration('?code=418'))
    const acts = page.getByRole('group', { name: 'With what is chosen' })
    await page.getByRole('button', { name: 'All that match' }).click()
    await list(page)
      .getByRole('checkbox', { name: /No teapot/ })
      .uncheck()
    await acts.getByText('1 chosen').waitFor()
    expect(
      await list(page)
        .getByRole('checkbox', { name: /No cup/ })
        .isChecked(),
    ).toBe(true)
    await page.getByRole('button', { name: 'All that match' }).click()
    await page.getByRole('searchbox', { name: 'Search in messages' }).fill('teapot')
    await expect.poll(() => list(page).getByRole('row').count()).toBe(2)
    expect(await acts.count()).toBe(0)
  })

  test('that cannot be assigned or tagged leave the form open, with what was typed and why', async () => {
    const page = await world.open(ofIntegration('?code=418'))
    await list(page)
      .getByRole('checkbox', { name: /No teapot/ })
      .check()
    const acts = page.getByRole('group', { name: 'With what is chosen' })
    await acts.getByRole('button', { name: 'Assign' }).click()
    const dialog = page.getByRole('dialog', { name: 'Assign' })
    await dialog.getByLabel('Who looks after them').fill('nobody-here@example.com')
    await dialog.getByRole('button', { name: 'Assign' }).click()
    await dialog.getByRole('alert').waitFor()
    expect(await dialog.getByLabel('Who looks after them').inputValue()).toBe('nobody-here@example.com')
    await dialog.getByLabel('Who looks after them').fill('owner@localhost')
    await dialog.getByRole('button', { name: 'Assign' }).click()
    await page.getByText('Assigned to owner@localhost: 1.').waitFor()
  })

  test('all that match are written as CSV and saved, and resolved, with a bar that says how far it is', async () => {
    const page = await world.open(ofIntegration('?code=418'))
    const acts = page.getByRole('group', { name: 'With what is chosen' })
    await page.getByRole('button', { name: 'All that match' }).click()
    await acts.getByRole('button', { name: 'Download CSV' }).click()
    await page.getByText('Written as CSV: 2.').waitFor()
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save the file' }).click()])
    const text = await readFile(await download.path(), 'utf8')
    expect(text.split('\n').filter((line) => line.includes('warehouse 7'))).toHaveLength(2)
    await page.getByRole('button', { name: 'All that match' }).click()
    await acts.getByRole('button', { name: 'Resolve' }).click()
    await page.getByRole('dialog', { name: 'Resolve all errors that match?' }).getByRole('button', { name: 'Resolve' }).click()
    await page.getByText('Resolved: 2.').waitFor()
    await page.getByRole('heading', { name: 'Nothing matches' }).waitFor()
    await page.getByRole('button', { name: 'Resolved errors' }).click()
    await page.getByRole('table', { name: 'Resolved errors' }).getByText('No teapot').waitFor()
  })

  test('what is done to all that match is followed after a reload, and canceled', async () => {
    await fail(
      world.built.export,
      Array.from({ length: many }, (_, n) => ({ code: '420', message: `Too many ${n}` })),
    )
    const page = await world.open(ofStep().replace(world.built.import, `${world.built.export}?code=420`))
    await page.getByRole('button', { name: 'All that match' }).click()
    const acts = page.getByRole('group', { name: 'With what is chosen' })
    const bar = page.getByRole('progressbar')
    // Somebody else has the errors at hand: the job cannot go on.
    await heldOpen(world.api.config, async (client) => {
      await client.query(`select from sluice.open_errors where step_id = $1 for update`, [world.built.export])
      await acts.getByRole('button', { name: 'Resolve' }).click()
      await page.getByRole('dialog', { name: 'Resolve 5,400 errors?' }).getByRole('button', { name: 'Resolve' }).click()
      await page.getByText(`0 of 5,400 errors`).waitFor()
      await page.reload()
      await bar.waitFor()
      await page.getByRole('button', { name: 'Cancel', exact: true }).click()
      // It waits for the step that is under way.
      await until(async () => {
        const waiting = await ask(
          world.api.config,
          `select from pg_stat_activity where wait_event_type = 'Lock' and query like '%error_jobs%canceled%'`,
        )
        return waiting.length > 0 || undefined
      })
    })
    await page.getByText(/^Canceled: [\d,]+ are done and stay so\.$/).waitFor()
    await bar.waitFor({ state: 'detached' })
    const { count } = await world.client.call('countMatchingErrors', {
      params: { _id: world.built.flow, _stepId: world.built.export },
      body: { filter: { code: '420' } },
    })
    expect(count).toBe(400)
    const left = await world.client.call('startErrorJob', {
      body: { _flowId: world.built.flow, action: 'resolve', filter: { code: '420' } },
    })
    await until(async () => ((await world.client.call('getErrorJob', { params: { _id: left._id } })).endedAt ? true : undefined))
  })

  test('a record of 5 MB, a deep one and a binary one are shown in part, and the page goes on', async () => {
    let deep: object = { bottom: true }
    for (let level = 0; level < 62; level++) deep = { level: deep }
    await fail(world.built.import, [
      { code: '413', message: 'Large', data: { lines: Array.from({ length: 50_000 }, (_, n) => ({ n, text: 'x'.repeat(80) })) } },
      { code: '413', message: 'Deep', data: deep },
      { code: '413', message: 'Binary', data: { file: `${'\u0001\uFFFD'.repeat(20)}${'A'.repeat(200_000)}` } },
    ])
    const page = await world.open(ofStep('?code=413'))
    const detail = page.getByRole('complementary', { name: 'Error' })
    for (const [message, says] of [
      ['Large', '… 49,8'],
      ['Deep', '… deeper'],
      ['Binary', '… 200,040 characters in all'],
    ] as const) {
      await list(page).getByRole('button', { name: message }).click()
      await detail.getByText('The record is too large to edit here').waitFor()
      const shown = await detail.getByRole('region', { name: 'Record' }).textContent()
      expect(shown).toContain(says)
      expect(shown?.length).toBeLessThan(100_000)
    }
    await list(page).getByRole('button', { name: 'Large' }).click()
    await detail.getByText(/4\.\d+M characters|5\.?\d*M characters/i).waitFor()
    const [download] = await Promise.all([page.waitForEvent('download'), detail.getByRole('button', { name: 'Download record' }).click()])
    expect(JSON.parse(await readFile(await download.path(), 'utf8')).lines).toHaveLength(50_000)
    await detail
      .locator('input[type=file]')
      .setInputFiles({ name: 'record.json', mimeType: 'application/json', buffer: Buffer.from('{"small": 1}') })
    await page.getByText('The record is saved.').waitFor()
    await detail.getByText('small').first().waitFor()
  })

  test('a record that is corrected is kept: one is asked before another error is opened, and a list that loses it leaves it open', async () => {
    await fail(world.built.import, [
      { code: '451', message: 'Corrected half', data: { n: 1 } },
      { code: '451', message: 'Another one', data: { n: 2 } },
      ...Array.from({ length: 250 }, (_, n) => ({ code: '452', message: `In between ${n}` })),
      { code: '453', message: 'Far down', data: { n: 3 } },
    ])
    const page = await world.newPage()
    await signIn(page, ownerToken)
    await page.goto(ofStep('?code=451'))
    const detail = page.getByRole('complementary', { name: 'Error' })
    const record = detail.getByRole('textbox', { name: 'Record' }).and(page.locator('[contenteditable]'))
    await list(page).getByRole('button', { name: 'Corrected half' }).click()
    await record.fill('{ "n": 100 }')
    const asked: string[] = []
    page.on('dialog', (question) => {
      asked.push(question.message())
      void question.dismiss()
    })
    await list(page).getByRole('button', { name: 'Another one' }).click()
    await detail.getByRole('button', { name: 'Close' }).click()
    await detail.getByRole('heading', { name: 'Record' }).click()
    expect(asked).toHaveLength(2)
    expect(await record.innerText()).toContain('100')
    // Somebody else resolves it.
    const params = { _id: world.built.flow, _stepId: world.built.import }
    const { errors } = await world.client.call('listStepErrors', { params, query: { code: '451', message: 'half' } })
    await world.client.call('resolveErrors', { params, body: { errors: errors.map(({ errorId }) => errorId) } })
    await detail.getByText('It is no longer in the list').waitFor()
    expect(await record.innerText()).toContain('100')
    page.removeAllListeners('dialog')
    page.on('dialog', (question) => void question.accept())
    await list(page).getByRole('button', { name: 'Another one' }).click()
    await detail.getByText('Another one').first().waitFor()
    // An address that is shared opens its error, however far down in the list it is.
    const [far] = (await world.client.call('listStepErrors', { params, query: { code: '453' } })).errors
    await page.goto(ofStep(`?error=${far?.errorId}`))
    await detail.getByText('Far down').first().waitFor()
    await page.goto(ofIntegration(`?error=${far?.errorId}`))
    await detail.getByText('Far down').first().waitFor()
    await page.context().close()
  })

  test('on a phone the list and an error are read without scrolling sideways', async () => {
    const page = await world.newPage({ viewport: { width: 390, height: 844 } })
    await signIn(page, ownerToken)
    const fits = async (): Promise<void> => {
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390)
    }
    for (const path of [ofIntegration(), ofStep('?code=413')]) {
      await page.goto(path)
      await list(page).getByRole('row').nth(1).waitFor()
      await fits()
    }
    await page.getByRole('button', { name: /^Filters/ }).click()
    await page.getByRole('combobox', { name: 'Source' }).waitFor()
    await fits()
    await list(page).getByRole('button', { name: 'Deep' }).click()
    const detail = page.getByRole('complementary', { name: 'Error' })
    await detail.getByRole('button', { name: 'Resolve' }).waitFor()
    await fits()
    await detail.getByRole('button', { name: 'Close' }).click()
    await page.getByRole('button', { name: 'Retries' }).click()
    await page.getByRole('table', { name: 'Retries' }).getByRole('row').nth(1).waitFor()
    await fits()
  })
}

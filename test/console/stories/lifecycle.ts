/** Somebody clones an integration into another environment, brings changes of the original there, decides what contradicts, and goes back. */
import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import type { ConsoleWorld } from '../../harness/console.ts'
import { edit, made, makeDev, mapping, on, pullInto, type Side } from '../../harness/related.ts'
import { make } from '../../harness/flows.ts'
import type { ConsolePage } from '../pages.ts'

const scriptWith = (line: string): string => `function preMap(options) {\n  ${line}\n  return options.data\n}\n`

export function tellLifecycle(world: ConsoleWorld, pages: ConsolePage[]): void {
  let original: Side
  let staging: string
  let clone: Side
  const inStaging: Side['call'] = (method, path, body) => world.api.call(method, path, body, { 'sluice-environment': staging })

  beforeAll(async () => {
    const account = (await world.api.call('GET', '/v1/tokenInfo')).body._userId as string
    original = await makeDev(world.api.call, account)
    await edit(original, `scripts/${original.script}`, { content: scriptWith('// as it was') })
    staging = (await make(world.api, 'environments', { name: 'Staging' }))._id
    await made(inStaging, 'connections', { name: 'Shop', type: 'http', http: { baseURI: 'https://staging.example', mediaType: 'json' } })
  })

  test('clones into another environment: sees what comes along, and connections of the same name are chosen', async () => {
    const page = await world.open(`/integrations/${original.integration}/admin`)
    await page.getByRole('button', { name: 'Clone integration' }).click()
    await page.getByText('Scripts', { exact: false }).and(page.locator('summary')).click()
    await page.getByText('Hooks', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByLabel('Name of the clone').fill('Shop to books, staging')
    await page.getByRole('combobox', { name: 'Environment' }).selectOption({ label: 'Staging' })
    await page.getByRole('button', { name: 'Continue' }).click()
    const place = page.getByRole('combobox', { name: 'In place of Shop' })
    await expect
      .poll(() => place.evaluate((select) => (select as unknown as { selectedOptions: { text: string }[] }).selectedOptions[0]?.text))
      .toBe('Shop')
    await page.getByRole('button', { name: 'Clone integration' }).click()
    await page.getByText('Shop to books, staging is made.').waitFor()
    await page.getByRole('button', { name: 'Open the clone' }).click()
    await page.getByRole('heading', { name: 'Shop to books, staging', level: 1 }).waitFor()
    expect(new URL(page.url()).searchParams.get('env')).toBe(staging)

    const found = async (collection: string, of: string): Promise<string> =>
      ((await inStaging('GET', `/v1/${collection}?_sourceId=${of}`)).body as { _id: string }[])[0]?._id ?? ''
    const [connection] = (await inStaging('GET', '/v1/connections')).body as { _id: string }[]
    clone = {
      call: inStaging,
      envId: staging,
      integration: /integrations\/([0-9a-f]{24})/.exec(page.url())?.[1] ?? '',
      connection: connection?._id ?? '',
      script: await found('scripts', original.script),
      source: await found('exports', original.source),
      sink: await found('imports', original.sink),
      flow: await found('flows', original.flow),
    }
    expect((await inStaging('GET', `/v1/imports/${clone.sink}`)).body._connectionId).toBe(clone.connection)
    pages.push({ name: 'clone', path: `/integrations/${original.integration}/clone`, prepare: openFirstGroup })
    pages.push({ name: 'clone-connections', path: `/integrations/${original.integration}/clone?step=connections&to=${staging}` })
  })

  const at = (path: string): string => `/integrations/${clone.integration}/${path}${path.includes('?') ? '&' : '?'}env=${staging}`

  const changeBothSides = async (): Promise<void> => {
    const bank = await made(original.call, 'connections', {
      name: 'Bank',
      type: 'http',
      http: { baseURI: 'https://bank.example', mediaType: 'json' },
    })
    const payments = await made(original.call, 'imports', {
      name: 'Payments',
      _connectionId: bank,
      adaptorType: 'HTTPImport',
      http: { method: ['POST'], relativeURI: ['/payments'] },
    })
    const steps = [original.sink, payments].map((_importId) => ({ type: 'import', _importId }))
    await edit(original, `flows/${original.flow}`, { pageProcessors: steps })
    await edit(original, `flows/${original.flow}`, { description: 'Nightly, in the warehouse' })
    await edit(clone, `flows/${clone.flow}`, { description: 'Nightly, on staging' })
    await edit(original, `imports/${original.sink}`, {
      mappings: [mapping('id'), mapping('total', '$.sum'), mapping('city'), mapping('zip')],
    })
    await edit(clone, `imports/${clone.sink}`, { mappings: [mapping('id'), mapping('total', '$.amount'), mapping('city')] })
    await edit(original, `scripts/${original.script}`, { content: scriptWith('options.data.push(1)') })
    await edit(clone, `scripts/${clone.script}`, { content: scriptWith('options.data.push(2)') })
  }

  test('pulls: looks at what comes, decides each conflict in another way, applies, and finds it done', async () => {
    await changeBothSides()
    const page = await world.open(at('revisions'))
    await page.getByRole('link', { name: 'Pull changes' }).first().click()
    await page.getByRole('radio', { name: /Shop to books/ }).check()
    await page.getByLabel('What it is for').fill('Release 2')
    await page.getByRole('button', { name: 'Look at the changes' }).click()
    await page.getByRole('heading', { name: 'Release 2' }).waitFor()
    await page.getByText('Payments', { exact: true }).click()
    await page.getByRole('region', { name: 'Payments, whole' }).getByText('/payments').waitFor()
    await page.getByText('Invoices', { exact: true }).click()
    const rows = page.getByRole('table', { name: 'Invoices, mappings: rows' })
    await rows.getByRole('row', { name: /zip/ }).waitFor()
    await page.getByRole('button', { name: /Conflicts/ }).click()
    await page.getByText('3 of 3 conflicts to decide').waitFor()

    const one = (of: string) => page.getByRole('region', { name: `Conflict of ${of}` })
    const list = page.getByRole('list', { name: 'Conflicts' })
    await list.getByRole('button', { name: /description/ }).click()
    const flow = one('Orders to invoices, description')
    await flow.getByRole('region', { name: 'Mine' }).getByText('Nightly, on staging').waitFor()
    await flow.getByRole('button', { name: 'Mine' }).click()
    await flow.getByRole('button', { name: 'Decide' }).click()
    await page.getByText('2 of 3 conflicts to decide').waitFor()

    await list.getByRole('button', { name: /Invoices/ }).click()
    const mapped = one('Invoices, mappings[generate=total].extract')
    await mapped.getByRole('button', { name: 'Theirs' }).click()
    await mapped.getByRole('button', { name: 'Decide' }).click()
    await page.getByText('1 of 3 conflicts to decide').waitFor()

    await list.getByRole('button', { name: /Hooks/ }).click()
    const script = one('Hooks, content')
    await script.getByRole('button', { name: 'Edited' }).click()
    await script.getByText('<<<<<<< ours').waitFor()
    await script.getByRole('button', { name: 'Decide' }).click()
    await page
      .getByRole('alert')
      .getByText(/marks of its conflicts/)
      .waitFor()
    const editor = script.getByRole('textbox', { name: 'Result' }).and(page.locator('[contenteditable]'))
    await editor.fill(scriptWith('options.data.push(3)'))
    await script.getByRole('button', { name: 'Decide' }).click()
    await page.getByText('All 3 conflicts decided').waitFor()

    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('combobox', { name: 'Bank' }).selectOption({ label: 'Shop' })
    await page.getByRole('button', { name: 'Use these' }).click()
    await page.getByText('Connection chosen').waitFor()
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.locator('.wizard-body').getByRole('button', { name: 'Apply', exact: true }).click()
    // A busy server takes its time for it.
    await page.getByText('Applied.').waitFor({ timeout: 40_000 })
    await page.getByText('Completed').waitFor()
    const [now, sink, hooks] = await Promise.all(
      [`flows/${clone.flow}`, `imports/${clone.sink}`, `scripts/${clone.script}`].map(
        async (path) => (await inStaging('GET', `/v1/${path}`)).body,
      ),
    )
    expect(now.description).toBe('Nightly, on staging')
    expect(sink.mappings.map(({ generate, extract }: { generate: string; extract: string }) => `${generate} ${extract}`)).toEqual([
      'id $.id',
      'total $.sum',
      'city $.city',
      'zip $.zip',
    ])
    const arrived = ((await inStaging('GET', '/v1/imports?name=Payments')).body as { _connectionId: string }[])[0]
    expect(arrived?._connectionId).toBe(clone.connection)
    expect(hooks.content.trim()).toBe(scriptWith('options.data.push(3)').trim())
    pages.push({ name: 'revision', path: new URL(page.url()).pathname + `?env=${staging}`, prepare: openDifferences })
  })

  test('goes back to the state before, exactly', async () => {
    const page = await world.open(at('revisions'))
    await page.getByRole('link', { name: 'Release 2', exact: true }).click()
    await page.getByRole('button', { name: 'Go back to it' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Go back to it' }).click()
    await page.getByRole('heading', { name: 'Back: Release 2' }).waitFor()
    await page.getByRole('list', { name: 'Steps of the revision' }).getByRole('button', { name: 'Apply' }).click()
    await page.locator('.wizard-body').getByRole('button', { name: 'Apply', exact: true }).click()
    await page.getByText('Completed').waitFor()
    expect((await inStaging('GET', `/v1/scripts/${clone.script}`)).body.content).toBe(scriptWith('options.data.push(2)'))
    expect((await inStaging('GET', `/v1/imports/${clone.sink}`)).body.mappings).toHaveLength(3)
  })

  test('compares two states of the history, and the clone with its original', async () => {
    const page = await world.open(at('revisions/compare'))
    await page.getByRole('combobox', { name: 'To' }).selectOption({ label: 'As it is now' })
    await page.getByText('Orders to invoices').waitFor()
    await page.getByText('Hooks', { exact: true }).click()
    await page.getByRole('region', { name: 'Hooks, content: lines' }).getByText('options.data.push(1)').waitFor()
    const compared = page.url()
    await page.getByRole('combobox', { name: 'From' }).selectOption({ label: await labelOf(page, 'From', /^After: Release 2/) })
    await page.getByRole('combobox', { name: 'To' }).selectOption({ label: await labelOf(page, 'To', /^Before: Release 2/) })
    await page.getByText('Hooks', { exact: true }).click()
    await page.getByRole('region', { name: 'Hooks, content: lines' }).getByText('options.data.push(3)').waitFor()
    await page.reload()
    await page.getByText('Hooks', { exact: true }).waitFor()
    pages.push({ name: 'compare', path: new URL(compared).pathname + new URL(compared).search, prepare: openDifferences })
  })

  test('a pull that somebody else overtakes says so, is read again, and can be canceled', async () => {
    await edit(original, `flows/${original.flow}`, { description: 'Weekly' })
    await edit(clone, `flows/${clone.flow}`, { description: 'Weekly, on staging' })
    await edit(original, `scripts/${original.script}`, { content: scriptWith('options.data.push(4)') })
    const opened = await pullInto(clone, original, 'Not wanted')
    const page = await world.open(at(`revisions/${opened.body._id}?step=conflicts`))
    await page.getByRole('button', { name: 'Theirs for the rest' }).click()
    await page.getByText(/All \d conflicts decided/).waitFor()
    await edit(clone, `flows/${clone.flow}`, { description: 'Changed meanwhile' })
    await page.getByRole('list', { name: 'Steps of the revision' }).getByRole('button', { name: 'Apply' }).click()
    await page.locator('.wizard-body').getByRole('button', { name: 'Apply', exact: true }).click()
    await page.getByText(/The integration has changed meanwhile/).waitFor()
    await page.getByRole('button', { name: 'Read both sides again' }).click()
    await page.getByText('Both sides are read again.').waitFor()
    await page.getByRole('button', { name: 'Cancel revision' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel revision' }).click()
    await page.getByText('Canceled', { exact: true }).waitFor()
    await edit(original, `exports/${original.source}`, { http: { method: 'GET', relativeURI: '/orders?since=yesterday' } })
    const next = (await pullInto(clone, original, 'Release 3')).body._id as string
    expect((await on(clone, next, 'conflicts', undefined, 'GET')).status).toBe(200)
    pages.push(
      { name: 'pull', path: at('revisions/pull') },
      { name: 'pull-changes', path: at(`revisions/${next}`), prepare: openDifferences },
      { name: 'pull-conflicts', path: at(`revisions/${next}?step=conflicts`), prepare: openScriptConflict },
      { name: 'pull-apply', path: at(`revisions/${next}?step=apply`) },
    )
  })
}

async function labelOf(page: Page, select: string, pattern: RegExp): Promise<string> {
  const labels = await page.getByRole('combobox', { name: select }).locator('option').allTextContents()
  return labels.find((label) => pattern.test(label)) ?? ''
}

const openFirstGroup = async (page: Page): Promise<void> => page.locator('.diff-type > summary').nth(1).click()

async function openDifferences(page: Page): Promise<void> {
  await page.locator('.difference > summary').first().waitFor()
  for (const summary of await page.locator('details.difference > summary').all()) await summary.click()
}

async function openScriptConflict(page: Page): Promise<void> {
  const list = page.getByRole('list', { name: 'Conflicts' })
  await list.getByRole('button', { name: /Hooks/ }).click()
  await page.getByRole('region', { name: /Conflict of Hooks/ }).waitFor()
}

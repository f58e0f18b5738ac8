/** Somebody changes a flow: branchings, the order of steps, undo across a failed save, another person who saves first, and all of it by the keyboard. */
import type { Locator, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import type { ConsoleWorld } from '../../harness/console.ts'
import { findSerious } from './accessibility.ts'
import { graphOf } from './building.ts'

/** A flow of an export and imports with these names. */
async function makeFlow({ client, connectionId }: ConsoleWorld, name: string, imports: readonly string[]): Promise<string> {
  const made = await client.call('createExport', {
    body: { name: `Source of ${name}`, adaptorType: 'HTTPExport', _connectionId: connectionId, http: { method: 'GET', relativeURI: '/' } },
  })
  const steps = []
  for (const each of imports) {
    const { _id } = await client.call('createImport', {
      body: { name: each, adaptorType: 'HTTPImport', _connectionId: connectionId, http: { method: ['POST'], relativeURI: ['/'] } },
    })
    steps.push({ type: 'import' as const, _importId: _id })
  }
  const { _id } = await client.call('createFlow', { body: { name, pageGenerators: [{ _exportId: made._id }], pageProcessors: steps } })
  return _id
}

const nodeOf = (page: Page, name: string): Locator => graphOf(page).getByRole('link', { name, exact: true })

async function save(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Save flow' }).click()
  await page.getByText('The flow is saved.').last().waitFor()
  await page.getByText('Not saved yet').waitFor({ state: 'detached' })
}

/** What the menu of a step or of an edge offers. */
async function choose(page: Page, button: string, item: RegExp | string): Promise<void> {
  await graphOf(page).getByRole('button', { name: button }).click()
  await page.getByRole('menuitem', { name: item }).click()
}

export function tellEditing(world: ConsoleWorld): void {
  const readFlow = (_id: string) => world.client.call('getFlow', { params: { _id } })
  const namesOf = async (steps: readonly { _importId?: string }[] = []): Promise<readonly string[]> =>
    Promise.all(steps.map(async ({ _importId = '' }) => (await world.client.call('getImport', { params: { _id: _importId } })).name))

  test('a branching is put between steps; its branches are named, filtered and reordered, and its steps too', async () => {
    const id = await makeFlow(world, 'With branches', ['First', 'Second', 'Third'])
    const page = await world.open(`/flows/${id}`)
    await choose(page, 'Add after First', /Branching/)
    const panel = page.getByRole('complementary', { name: 'Branching' })
    await panel.getByLabel('Name of branch 1').fill('Urgent')
    await panel.getByLabel('Name of branch 2').fill('All else')
    await panel.getByRole('button', { name: 'Edit input filter of Urgent' }).click()
    const dialog = page.getByRole('dialog', { name: 'Edit input filter of Urgent' })
    await dialog.getByRole('group', { name: 'How the filter is written' }).getByRole('button', { name: 'JSON' }).click()
    await dialog
      .getByRole('textbox', { name: 'Rules as JSON' })
      .and(page.locator('[contenteditable]'))
      .fill('["equals", ["boolean", ["extract", "urgent"]], true]')
    await dialog.getByRole('button', { name: 'Apply' }).click()
    await panel.getByText('Takes the records that pass its filter').waitFor()
    await panel.getByRole('button', { name: 'Add branch' }).click()
    await panel.getByLabel('Name of branch 3').fill('Spam')
    await panel.getByRole('button', { name: 'Move Spam up' }).click()
    await panel.getByRole('combobox', { name: 'A record takes' }).selectOption({ label: 'Every branch that fits' })
    await choose(page, 'Change Third', 'Move earlier')
    expect(await findSerious(page)).toEqual([])
    await save(page)
    const { routers = [], pageProcessors } = await readFlow(id)
    expect(pageProcessors ?? []).toEqual([])
    const [way, router] = routers
    expect(await namesOf(way?.branches[0]?.pageProcessors)).toEqual(['First'])
    expect(way?.branches[0]?.nextRouterId).toBe(router?.id)
    expect(router).toMatchObject({ routeRecordsTo: 'all_matching_branches' })
    expect(router?.branches.map(({ name }) => name)).toEqual(['Urgent', 'Spam', 'All else'])
    expect(router?.branches[0]?.inputFilter?.rules).toEqual(['equals', ['boolean', ['extract', 'urgent']], true])
    expect(await namesOf(router?.branches[0]?.pageProcessors)).toEqual(['Third', 'Second'])

    await panel.getByRole('button', { name: 'Remove branching' }).click()
    await save(page)
    const without = await readFlow(id)
    expect(without.routers ?? []).toEqual([])
    expect(await namesOf(without.pageProcessors)).toEqual(['First', 'Third', 'Second'])
  })

  test('a step that is dragged past another one comes after it', async () => {
    const id = await makeFlow(world, 'Dragged', ['Left', 'Middle', 'Right'])
    const page = await world.open(`/flows/${id}`)
    const [from, to] = [await nodeOf(page, 'Left').boundingBox(), await nodeOf(page, 'Right').boundingBox()]
    await page.mouse.move((from?.x ?? 0) - 4, (from?.y ?? 0) - 12)
    await page.mouse.down()
    await page.mouse.move((to?.x ?? 0) - 60, (to?.y ?? 0) - 10, { steps: 8 })
    await page.mouse.move((to?.x ?? 0) + 20, (to?.y ?? 0) - 12, { steps: 4 })
    await page.mouse.up()
    await save(page)
    expect(await namesOf((await readFlow(id)).pageProcessors)).toEqual(['Middle', 'Right', 'Left'])
  })

  test('a save that fails keeps every edit to undo and redo, and makes nothing twice', async () => {
    const id = await makeFlow(world, 'Undone', ['Kept'])
    const page = await world.open(`/flows/${id}`)
    const panel = page.getByRole('complementary', { name: 'Step' })
    await choose(page, 'Add after Source of Undone', /Import/)
    await panel.getByRole('combobox', { name: 'Use a connection' }).selectOption({ label: 'Warehouse' })
    await panel.getByLabel('Name (required)').fill('Made by a save that failed')
    await nodeOf(page, 'Kept').click()
    await panel.getByLabel('Name (required)').fill('Too long '.repeat(30))
    await page.getByRole('button', { name: 'Save flow' }).click()
    await panel
      .getByRole('alert')
      .getByText(/200 characters/)
      .waitFor()
    const countMade = async () => (await world.client.call('listImports', { query: { name: 'Made by a save that failed' } })).length
    expect(await countMade()).toBe(1)
    const undo = page.getByRole('button', { name: 'Undo', exact: true })
    await undo.click()
    await nodeOf(page, 'Kept').waitFor()
    while (await undo.isEnabled()) await undo.click()
    await nodeOf(page, 'Made by a save that failed').waitFor({ state: 'detached' })
    const redo = page.getByRole('button', { name: 'Redo', exact: true })
    while (await redo.isEnabled()) await redo.click()
    await nodeOf(page, 'Made by a save that failed').waitFor()
    await undo.click()
    await save(page)
    expect(await countMade()).toBe(1)
    expect(await namesOf((await readFlow(id)).pageProcessors)).toEqual(['Made by a save that failed', 'Kept'])
  })

  test('the JSON of a step follows undo and redo, and the next key goes on from there', async () => {
    const id = await makeFlow(world, 'As JSON', ['Typed'])
    const page = await world.open(`/flows/${id}?at=step-0`)
    const panel = page.getByRole('complementary', { name: 'Step' })
    await panel.getByLabel('Name (required)').fill('Typed in the form')
    await panel.getByRole('button', { name: 'JSON' }).first().click()
    const text = panel.getByRole('textbox', { name: 'JSON' }).and(page.locator('[contenteditable]'))
    await text.getByText('"Typed in the form"').waitFor()
    await text.fill((await text.innerText()).replace('Typed in the form', 'Typed as JSON'))
    await nodeOf(page, 'Typed as JSON').waitFor()
    await page.getByRole('button', { name: 'Undo', exact: true }).click()
    await text.getByText('"Typed in the form"').waitFor()
    await page.getByRole('button', { name: 'Redo', exact: true }).click()
    await text.getByText('"Typed as JSON"').waitFor()
    await page.getByRole('button', { name: 'Undo', exact: true }).click()
    await page.getByRole('button', { name: 'Undo', exact: true }).click()
    await text.getByText('"Typed"').waitFor()
    await text.press('Control+End')
    // A key that makes it no JSON, and one that takes it back: by then both have arrived.
    await page.keyboard.type('!')
    await panel.getByRole('alert').waitFor()
    await page.keyboard.press('Backspace')
    await panel.getByRole('alert').waitFor({ state: 'detached' })
    await nodeOf(page, 'Typed').waitFor()
    expect(await page.getByText('Not saved yet').count()).toBe(0)
  })

  test('where somebody else saved first both versions are shown, and both people keep their change', async () => {
    const id = await makeFlow(world, 'Of two people', ['One'])
    const page = await world.open(`/flows/${id}?at=flow`)
    const panel = page.getByRole('complementary', { name: 'Flow settings' })
    await panel.getByLabel('Description').fill('Typed here')
    const flow = await readFlow(id)
    await world.client.call('updateFlow', {
      params: { _id: id },
      body: { ...flow, description: 'Typed by somebody else', schedule: '? 5 2 * * *' },
    })
    await page.getByRole('button', { name: 'Save flow' }).click()
    const dialog = page.getByRole('dialog', { name: 'Somebody else saved first' })
    await dialog.getByText('"Typed by somebody else"').waitFor()
    await dialog.getByText('"Typed here"').waitFor()
    await dialog.getByRole('button', { name: 'Save this choice' }).click()
    await page.getByText('The flow is saved.').last().waitFor()
    expect(await readFlow(id)).toMatchObject({ description: 'Typed here', schedule: '? 5 2 * * *' })
  })

  test('a step whose connection is gone says so, and takes another one', async () => {
    const { client } = world
    const gone = await client.call('createConnection', {
      body: { name: 'Soon gone', type: 'http', http: { mediaType: 'json', baseURI: world.warehouse.url } },
    })
    const id = await makeFlow({ ...world, connectionId: gone._id }, 'Without its connection', ['Lonely'])
    await client.call('deleteConnection', { params: { _id: gone._id } })
    const page = await world.open(`/flows/${id}?at=step-0`)
    const panel = page.getByRole('complementary', { name: 'Step' })
    await panel.getByText('This connection is not here any more.').waitFor()
    expect(await panel.getByRole('button', { name: 'Send one record' }).count()).toBe(0)
    await panel.getByRole('combobox', { name: 'Connection (required)' }).selectOption({ label: 'Warehouse' })
    await panel.getByText('This connection is not here any more.').waitFor({ state: 'detached' })
    await panel.getByRole('button', { name: 'Send one record' }).waitFor()
    await save(page)
    const { _importId = '' } = (await readFlow(id)).pageProcessors?.[0] ?? {}
    expect(await client.call('getImport', { params: { _id: _importId } })).toMatchObject({ _connectionId: world.connectionId })
  })

  test('a preview over a connection that waits for a sign-in says so, and leads to it; one of an application that is down says that', async () => {
    const oauth = { grantType: 'authorizecode', authURI: `${world.shop.url}/authorize`, tokenURI: `${world.shop.url}/token`, clientId: 'a' }
    const connect = (name: string, http: object) =>
      world.client.call('createConnection', { body: { name, type: 'http', http: { mediaType: 'json', ...http } } as never })
    const waiting = await connect('Waits for a sign-in', { baseURI: world.shop.url, auth: { type: 'oauth', oauth } })
    await connect('Is down', { baseURI: 'http://127.0.0.1:9' })
    const id = await makeFlow({ ...world, connectionId: waiting._id }, 'To sign in first', [])
    const page = await world.open(`/flows/${id}?at=source-0`)
    const panel = page.getByRole('complementary', { name: 'Step' })
    await panel.getByLabel('Name (required)').fill('Typed before the preview')
    await panel.getByRole('button', { name: 'Preview records' }).click()
    await panel
      .getByRole('alert')
      .getByText(/Somebody has to sign in/)
      .waitFor()
    const popup = page.waitForEvent('popup')
    await panel.getByRole('button', { name: 'Authorize' }).click()
    await (await popup).waitForURL(/\/authorize\?.*client_id=a/)
    await (await popup).close()
    await panel.getByRole('combobox', { name: 'Connection (required)' }).selectOption({ label: 'Is down' })
    await panel.getByRole('button', { name: 'Preview again' }).click()
    await panel
      .getByRole('alert')
      .getByText(/Is down|127\.0\.0\.1:9/)
      .first()
      .waitFor()
    expect(await panel.getByLabel('Name (required)').inputValue()).toBe('Typed before the preview')
    const undo = page.getByRole('button', { name: 'Undo', exact: true })
    while (await undo.isEnabled()) await undo.click()
  })

  test('what the form does not know is kept, and stands in the JSON; leaving with changes asks first', async () => {
    const id = await makeFlow(world, 'With more', ['More'])
    const { _importId = '' } = (await readFlow(id)).pageProcessors?.[0] ?? {}
    const before = await world.client.call('getImport', { params: { _id: _importId } })
    const more = {
      sampleData: { of: 'another client' },
      mappings: [{ generate: 'id', dataType: 'string', extract: '$.id', status: 'Active' }],
    }
    await world.client.call('updateImport', { params: { _id: _importId }, body: { ...before, ...more } as never })
    const page = await world.open(`/flows/${id}?at=step-0`)
    const panel = page.getByRole('complementary', { name: 'Step' })
    await panel.getByLabel('Name (required)').fill('More, renamed')
    await panel.getByRole('button', { name: 'JSON' }).click()
    await panel.getByText('"another client"').waitFor()
    const asked = new Promise<string>((resolve) =>
      page.once('dialog', (dialog) => {
        resolve(dialog.message())
        void dialog.dismiss()
      }),
    )
    await page.getByRole('link', { name: 'Dashboard' }).first().click()
    expect(await asked).toContain('not saved')
    await save(page)
    expect(await world.client.call('getImport', { params: { _id: _importId } })).toMatchObject({ name: 'More, renamed', ...more })
  })

  test('the builder by the keyboard alone: a step is added, moved and removed, and it is all undone', async () => {
    const id = await makeFlow(world, 'By keyboard', ['Alpha', 'Beta'])
    const page = await world.open(`/flows/${id}`)
    await nodeOf(page, 'Alpha').waitFor()
    await pickByKey(page, 'Change Alpha', /Move later/)
    await pickByKey(page, 'Add step after Alpha', /Import/)
    const panel = page.getByRole('complementary', { name: 'Step' })
    await panel.getByRole('heading', { name: 'New import' }).waitFor()
    await pickByKey(page, 'Change New import', /Remove/)
    await nodeOf(page, 'New import').waitFor({ state: 'detached' })
    await page.keyboard.press('Control+z')
    await nodeOf(page, 'New import').waitFor()
    await page.keyboard.press('Control+z')
    await nodeOf(page, 'New import').waitFor({ state: 'detached' })
    await tabTo(page, 'Save flow')
    await page.keyboard.press('Enter')
    await page.getByText('The flow is saved.').last().waitFor()
    expect(await namesOf((await readFlow(id)).pageProcessors)).toEqual(['Beta', 'Alpha'])
  })
}

/** Presses of the key until the focus is there: more than a page of a small flow has. */
const mostTabs = 120

const readFocused = (page: Page): Promise<string> =>
  page.evaluate<string>(`document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent?.trim() ?? ''`)

async function tabTo(page: Page, name: string): Promise<void> {
  for (let i = 0; i < mostTabs; i++) {
    if ((await readFocused(page)) === name) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`The key never reaches "${name}".`)
}

/** Opens the menu of a button, and goes down to one of its items. */
async function pickByKey(page: Page, button: string, item: RegExp): Promise<void> {
  await tabTo(page, button)
  await page.keyboard.press('Enter')
  await page.getByRole('menuitem', { name: item }).waitFor()
  // The menu itself has the focus first.
  const isThere = async () =>
    (await page.evaluate<string | null>(`document.activeElement?.getAttribute('role')`)) === 'menuitem' &&
    item.test(await readFocused(page))
  for (let i = 0; i < mostTabs && !(await isThere()); i++) await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
}

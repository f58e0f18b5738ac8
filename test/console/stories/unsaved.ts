/** Nothing that was typed is lost: dialogs, forms and pages ask first, what somebody else saves meanwhile is not overwritten, and the focus stays where one works. */
import type { Locator, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { signIn, type ConsoleWorld } from '../../harness/console.ts'
import { graphOf } from './building.ts'

/** Does what has to be asked for, and answers the question; a page that does not ask fails. */
async function asks(page: Page, act: () => Promise<unknown>, isDiscarded = false): Promise<void> {
  const answer = async (): Promise<string> => {
    const dialog = await page.waitForEvent('dialog')
    await (isDiscarded ? dialog.accept() : dialog.dismiss())
    return dialog.message()
  }
  const [question] = await Promise.all([answer(), act()])
  expect(question).toContain('not saved')
}

/** Generous: machines are busy. */
const patienceMs = 20_000
/** Waits until a field has a value. */
async function shows(field: Locator, value: string): Promise<void> {
  await expect.poll(() => field.inputValue(), { timeout: patienceMs }).toBe(value)
}

/** Holds what is sent to an address back until it is released. */
async function hold(page: Page, url: string, method = 'PUT') {
  let release = (): void => {}
  let sent = (): void => {}
  const isReleased = new Promise<void>((resolve) => (release = resolve))
  const isSent = new Promise<void>((resolve) => (sent = resolve))
  await page.route(url, async (route) => {
    if (route.request().method() === method) {
      sent()
      await isReleased
    }
    await route.continue()
  })
  return { isSent, release: () => release() }
}

export function tellUnsaved(world: ConsoleWorld): void {
  test('a dialog asks before what was typed in it is lost, and the focus goes back to what opened it', async () => {
    const page = await world.open('/resources/connections')
    const create = page.getByRole('button', { name: 'Create connection' })
    const dialog = page.getByRole('dialog')
    await create.click()
    await dialog.getByLabel('Name').waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await create.and(page.locator(':focus')).waitFor()
    await create.click()
    await dialog.getByLabel('Name').fill('Typed and kept')
    await asks(page, () => page.keyboard.press('Escape'))
    await asks(page, () => page.keyboard.press('Escape'))
    await asks(page, () => dialog.getByRole('button', { name: 'Close', exact: true }).click())
    await asks(page, () => dialog.getByRole('button', { name: 'Cancel' }).click())
    expect(await dialog.getByLabel('Name').inputValue()).toBe('Typed and kept')
    await asks(page, () => dialog.getByRole('button', { name: 'Cancel' }).click(), true)
    await dialog.waitFor({ state: 'detached' })
    await create.and(page.locator(':focus')).waitFor()
  })

  test('a dialog that a menu opened gives the focus back to the button of the menu', async () => {
    const page = await world.open('/')
    const menu = page.getByRole('button', { name: 'Create integration' })
    await menu.click()
    await page.getByRole('menuitem', { name: /New integration/ }).click()
    const dialog = page.getByRole('dialog', { name: 'Create integration' })
    await dialog.getByLabel('Name').fill('Not made')
    await asks(page, () => page.keyboard.press('Escape'))
    await asks(page, () => dialog.getByRole('button', { name: 'Cancel' }).click(), true)
    await dialog.waitFor({ state: 'detached' })
    await menu.and(page.locator(':focus')).waitFor()
  })

  test('a form on a page asks before it is left; form and JSON are of the same text, and do not ask', async () => {
    const page = await world.open('/profile')
    const zone = page.getByLabel('Time zone')
    await zone.selectOption('Asia/Tokyo')
    const dashboard = page.getByRole('link', { name: 'Dashboard' }).first()
    await asks(page, () => dashboard.click())
    expect(await zone.inputValue()).toBe('Asia/Tokyo')
    await asks(page, () => dashboard.click(), true)
    await page.getByRole('heading', { name: 'Dashboard', level: 1 }).waitFor()

    const { _id } = await world.client.call('createScript', { body: { name: 'Two looks', content: 'function a() {}' } })
    await page.goto(`/resources/scripts/${_id}`)
    await page.getByLabel('Description').fill('Typed in the form')
    await page.getByRole('button', { name: 'JSON' }).click()
    await page.getByText('"Typed in the form"').waitFor()
    await page.getByRole('button', { name: 'Form', exact: true }).click()
    await page.getByLabel('Description').waitFor()
    await asks(page, () => page.getByRole('button', { name: 'Used by' }).click())
    expect(await page.getByLabel('Description').inputValue()).toBe('Typed in the form')
    await page.getByRole('button', { name: 'Undo changes' }).click()
  })

  test('in the builder a mapping and a connection ask before they are closed or another step takes their place', async () => {
    const page = await world.open(`/flows/${world.built.flow}`)
    await graphOf(page).getByRole('link', { name: 'Create shipments in the warehouse', exact: true }).click()
    await page.getByRole('button', { name: 'Edit mapping' }).click()
    const mapping = page.getByRole('dialog', { name: 'Edit mapping' })
    await mapping.getByRole('combobox', { name: 'Source of instructions' }).fill('typed and not applied')
    await asks(page, () => mapping.getByRole('button', { name: 'Close', exact: true }).click())
    expect(await mapping.getByRole('combobox', { name: 'Source of instructions' }).inputValue()).toBe('typed and not applied')
    await asks(page, () => mapping.getByRole('button', { name: 'Cancel' }).click(), true)
    await mapping.waitFor({ state: 'detached' })
    const panel = page.getByRole('complementary', { name: 'Step' })
    await panel.getByRole('button', { name: 'Edit connection' }).click()
    const name = panel.getByLabel('Name (required)')
    await shows(name, 'Warehouse')
    await name.fill('Renamed and not saved')
    await asks(page, () => page.getByRole('button', { name: 'Flow settings' }).click())
    await asks(page, () => panel.getByRole('button', { name: 'Back' }).click())
    expect(await name.inputValue()).toBe('Renamed and not saved')
    await asks(page, () => panel.getByRole('button', { name: 'Back' }).click(), true)
    await panel
      .locator(':focus')
      .and(panel.getByRole('button', { name: 'Edit connection' }))
      .waitFor()
  })

  test('a form that is open is of the version that it was opened with: what somebody else saves meanwhile is not overwritten', async () => {
    const { _id } = await world.client.call('createIntegration', { body: { name: 'Of two people', readme: 'As it was' } })
    const page = await world.newPage()
    await signIn(page, world.client.token)
    await page.goto(`/integrations/${_id}/admin`)
    await page.getByRole('button', { name: 'Edit', exact: true }).click()
    const form = page.getByRole('dialog', { name: 'Details' })
    await form.getByLabel('Description').fill('Typed here')
    const theirs = await world.client.call('getIntegration', { params: { _id } })
    await world.client.call('updateIntegration', { params: { _id }, body: { ...theirs, readme: 'Typed by somebody else' } })
    // One looks at another page of the browser, and comes back later.
    await page.clock.setFixedTime(Date.now() + 60_000)
    await page.evaluate(`document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))`)
    await page.getByText('Typed by somebody else').waitFor()
    await form.getByRole('button', { name: 'Save' }).click()
    const conflict = page.getByRole('dialog', { name: 'Somebody else saved first' })
    await conflict.getByText('"Typed by somebody else"').waitFor()
    expect(await world.client.call('getIntegration', { params: { _id } })).toMatchObject({ readme: 'Typed by somebody else' })
    await conflict.getByRole('button', { name: 'Save this choice' }).click()
    await form.waitFor({ state: 'detached' })
    expect(await world.client.call('getIntegration', { params: { _id } })).toMatchObject({
      description: 'Typed here',
      readme: 'Typed by somebody else',
    })
    page.on('dialog', (leave) => void leave.accept())
    await page.context().close()
    await world.client.call('deleteIntegration', { params: { _id } })
  })
  test('what is typed while a save runs stays, in a document and in the builder, and is saved the next time', async () => {
    const { _id } = await world.client.call('createScript', { body: { name: 'Slowly saved', content: 'function a() {}' } })
    const page = await world.open(`/resources/scripts/${_id}`)
    const held = await hold(page, `**/v1/scripts/${_id}`)
    await page.getByLabel('Name (required)').fill('Saved slowly')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await held.isSent
    await page.getByLabel('Description').fill('Typed meanwhile')
    held.release()
    await page.getByRole('heading', { name: 'Saved slowly', level: 1 }).waitFor()
    await page.getByText('Not saved yet').waitFor()
    expect(await page.getByLabel('Description').inputValue()).toBe('Typed meanwhile')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('Not saved yet').waitFor({ state: 'detached' })
    const script = await world.client.call('getScript', { params: { _id } })
    expect(script).toMatchObject({ name: 'Saved slowly', description: 'Typed meanwhile' })

    const { _id: flowId } = await world.client.call('createFlow', { body: { name: 'Built slowly', pageGenerators: [] } })
    await page.goto(`/flows/${flowId}?at=flow`)
    const panel = page.getByRole('complementary', { name: 'Flow settings' })
    const slow = await hold(page, `**/v1/flows/${flowId}`)
    await panel.getByLabel('Name (required)').fill('Slowly built')
    await page.getByRole('button', { name: 'Save flow' }).click()
    await slow.isSent
    await panel.getByLabel('Description').fill('Typed meanwhile')
    slow.release()
    await page.getByText('The flow is saved.').last().waitFor()
    expect(await panel.getByLabel('Description').inputValue()).toBe('Typed meanwhile')
    await page.getByRole('button', { name: 'Save flow' }).click()
    await page.getByText('Not saved yet').waitFor({ state: 'detached' })
    const flow = await world.client.call('getFlow', { params: { _id: flowId } })
    expect(flow).toMatchObject({ name: 'Slowly built', description: 'Typed meanwhile' })
  })

  test('a dialog that is opened while the flow is saved stays open, and is applied to the step that got its id meanwhile', async () => {
    const { _id } = await world.client.call('createFlow', { body: { name: 'With a new step', pageProcessors: [] } })
    const page = await world.open(`/flows/${_id}`)
    await graphOf(page).getByRole('button', { name: 'Add export' }).click()
    const panel = page.getByRole('complementary', { name: 'Step' })
    await panel.getByRole('combobox', { name: 'Use a connection' }).selectOption({ label: 'Warehouse' })
    const held = await hold(page, '**/v1/exports', 'POST')
    await page.getByRole('button', { name: 'Save flow' }).click()
    await held.isSent
    await panel.getByRole('button', { name: 'Edit filter' }).click()
    const dialog = page.getByRole('dialog', { name: 'Edit filter' })
    await dialog.getByRole('group', { name: 'How the filter is written' }).getByRole('button', { name: 'JSON' }).click()
    const rules = ['equals', ['string', ['extract', 'state']], 'open']
    await dialog.getByRole('textbox', { name: 'Rules as JSON' }).and(page.locator('[contenteditable]')).fill(JSON.stringify(rules))
    held.release()
    await page.getByText('The flow is saved.').last().waitFor()
    await dialog.getByRole('button', { name: 'Apply' }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Save flow' }).click()
    await page.getByText('Not saved yet').waitFor({ state: 'detached' })
    const [source] = (await world.client.call('getFlow', { params: { _id } })).pageGenerators ?? []
    expect((await world.client.call('getExport', { params: { _id: source?._exportId ?? '' } })).filter).toMatchObject({
      expression: { rules },
    })
  })

  test('what is typed in the panel of the builder stays with its step where others come, move and go, and is asked for before it is lost', async () => {
    const steps = []
    for (const name of ['Early', 'Late']) {
      const http = { method: ['POST' as const], relativeURI: ['/'] }
      const body = { name, adaptorType: 'HTTPImport' as const, _connectionId: world.connectionId, http }
      steps.push({ type: 'import' as const, _importId: (await world.client.call('createImport', { body }))._id })
    }
    const { _id } = await world.client.call('createFlow', { body: { name: 'Asks first', pageProcessors: steps } })
    const page = await world.open(`/flows/${_id}?at=step-1`)
    const panel = page.getByRole('complementary', { name: 'Step' })
    await panel.getByRole('button', { name: 'Edit connection' }).click()
    const name = panel.getByLabel('Name (required)')
    await shows(name, 'Warehouse')
    await name.fill('Typed and kept')
    const graph = graphOf(page)
    const choose = async (button: string, item: RegExp) => {
      await graph.getByRole('button', { name: button }).click()
      await page.getByRole('menuitem', { name: item }).click()
    }
    const undo = page.getByRole('button', { name: 'Undo', exact: true })
    await asks(page, () => choose('Add after Early', /Import/))
    await asks(page, () => choose('Change Late', /Remove/))
    expect(await undo.isDisabled()).toBe(true)
    expect(await graph.getByRole('link', { name: 'New import' }).count()).toBe(0)
    await choose('Change Late', /Move earlier/)
    await page.waitForURL(/at=step-0/)
    await choose('Change Early', /Remove/)
    await graph.getByRole('link', { name: 'Early', exact: true }).waitFor({ state: 'detached' })
    await undo.click()
    await graph.getByRole('link', { name: 'Early', exact: true }).waitFor()
    await undo.click()
    await page.waitForURL(/at=step-1/)
    expect(await name.inputValue()).toBe('Typed and kept')
    await asks(page, () => choose('Add after Early', /Import/), true)
    await panel.getByRole('heading', { name: 'New import' }).waitFor()
    await undo.click()
    await panel.waitFor({ state: 'detached' })
  })

  test('what is typed while a save runs that comes too late stays, whichever version is chosen', async () => {
    const { client } = world
    const { _id } = await client.call('createScript', { body: { name: 'Saved too late', content: 'function a() {}' } })
    const page = await world.open(`/resources/scripts/${_id}`)
    const name = page.getByLabel('Name (required)')
    const held = await hold(page, `**/v1/scripts/${_id}`)
    await name.fill('Typed here')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await held.isSent
    await page.getByLabel('Description').fill('Typed meanwhile')
    await client.call('updateScript', { params: { _id }, body: { name: 'Typed by somebody else', content: 'function b() {}' } })
    held.release()
    const conflict = page.getByRole('dialog', { name: 'Somebody else saved first' })
    await conflict.getByRole('button', { name: 'Save this choice' }).click()
    await page.getByRole('heading', { name: 'Typed here', level: 1 }).waitFor()
    await page.getByText('Not saved yet').waitFor()
    expect(await page.getByLabel('Description').inputValue()).toBe('Typed meanwhile')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('Not saved yet').waitFor({ state: 'detached' })
    const script = await client.call('getScript', { params: { _id } })
    expect(script).toMatchObject({ name: 'Typed here', description: 'Typed meanwhile', content: 'function b() {}' })
  })

  test('what is typed in the builder while a save runs that comes too late stays, too', async () => {
    const { client } = world
    const params = { _id: (await client.call('createFlow', { body: { name: 'Built too late', pageGenerators: [] } }))._id }
    const page = await world.open(`/flows/${params._id}?at=flow`)
    const panel = page.getByRole('complementary', { name: 'Flow settings' })
    const held = await hold(page, `**/v1/flows/${params._id}`)
    await panel.getByLabel('Name (required)').fill('Typed here')
    await page.getByRole('button', { name: 'Save flow' }).click()
    await held.isSent
    await panel.getByLabel('Description').fill('Typed meanwhile')
    await client.call('updateFlow', { params, body: { name: 'Typed by somebody else', schedule: '? 5 2 * * *' } })
    held.release()
    await page.getByRole('dialog', { name: 'Somebody else saved first' }).getByRole('button', { name: 'Save this choice' }).click()
    await page.getByText('Not saved yet').waitFor({ state: 'detached' })
    expect(await client.call('getFlow', { params })).toMatchObject({
      name: 'Typed here',
      description: 'Typed meanwhile',
      schedule: '? 5 2 * * *',
    })
  })

  test('what is typed in the panel of the builder stays where somebody else takes its step away, and is asked for where their version is chosen', async () => {
    const { client } = world
    const steps = []
    for (const name of ['First', 'Taken away']) {
      const http = { method: ['POST' as const], relativeURI: ['/'] }
      const body = { name, adaptorType: 'HTTPImport' as const, _connectionId: world.connectionId, http }
      steps.push({ type: 'import' as const, _importId: (await client.call('createImport', { body }))._id })
    }
    const params = { _id: (await client.call('createFlow', { body: { name: 'Of two builders', pageProcessors: steps } }))._id }
    const page = await world.newPage()
    await signIn(page, client.token)
    await page.goto(`/flows/${params._id}?at=step-1`)
    const panel = page.getByRole('complementary', { name: 'Step' })
    await panel.getByRole('button', { name: 'Edit connection' }).click()
    const name = panel.getByLabel('Name (required)')
    await shows(name, 'Warehouse')
    await name.fill('Typed and kept')
    await client.call('updateFlow', { params, body: { name: 'Of two builders', pageProcessors: steps.slice(0, 1) } })
    const read = page.waitForResponse((answer) => answer.url().endsWith(`/v1/flows/${params._id}`))
    await page.clock.setFixedTime(Date.now() + 60_000)
    await page.evaluate(`document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))`)
    await (await read).finished()
    await graphOf(page).getByRole('button', { name: 'Change Taken away' }).click()
    await page.getByRole('menuitem', { name: /Move earlier/ }).click()
    await page.waitForURL(/at=step-0/)
    expect(await name.inputValue()).toBe('Typed and kept')
    await page.getByRole('button', { name: 'Save flow' }).click()
    const conflict = page.getByRole('dialog', { name: 'Somebody else saved first' })
    await conflict.getByRole('radio', { name: 'Saved meanwhile: pageProcessors' }).check()
    const choose = conflict.getByRole('button', { name: 'Save this choice' })
    await asks(page, () => choose.click())
    expect(await name.inputValue()).toBe('Typed and kept')
    await asks(page, () => choose.click(), true)
    await panel.waitFor({ state: 'detached' })
    await page.context().close()
    expect((await client.call('getFlow', { params })).pageProcessors).toHaveLength(1)
  })

  test('a document that is changed in the builder is shown as it is by now, and its next save is no conflict', async () => {
    const http = { method: ['POST' as const], relativeURI: ['/'] }
    const { _id } = await world.client.call('createImport', {
      body: { name: 'In two places', adaptorType: 'HTTPImport', _connectionId: world.connectionId, http },
    })
    await world.client.call('createFlow', { body: { name: 'Uses it', pageProcessors: [{ type: 'import', _importId: _id }] } })
    const page = await world.open(`/resources/imports/${_id}`)
    const name = page.getByLabel('Name (required)')
    await shows(name, 'In two places')
    await page.getByRole('button', { name: 'Used by' }).click()
    await page.getByRole('link', { name: 'Uses it' }).click()
    await graphOf(page).getByRole('link', { name: 'In two places', exact: true }).click()
    const panel = page.getByRole('complementary', { name: 'Step' })
    await panel.getByLabel('Name (required)').fill('Renamed in the builder')
    await page.getByRole('button', { name: 'Save flow' }).click()
    await page.getByText('The flow is saved.').last().waitFor()
    await panel.getByRole('link', { name: 'Open by itself' }).click()
    await page.getByRole('heading', { name: 'Renamed in the builder', level: 1 }).waitFor()
    await shows(name, 'Renamed in the builder')
    await name.fill('Renamed on its own page')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('Not saved yet').waitFor({ state: 'detached' })
    expect(await world.client.call('getImport', { params: { _id } })).toMatchObject({ name: 'Renamed on its own page' })
  })

  test('a connection that somebody else saved first shows both versions in the panel of a step', async () => {
    const params = { _id: world.connectionId }
    const page = await world.open(`/flows/${world.built.flow}`)
    await graphOf(page).getByRole('link', { name: 'Create shipments in the warehouse', exact: true }).click()
    const panel = page.getByRole('complementary', { name: 'Step' })
    await panel.getByRole('button', { name: 'Edit connection' }).click()
    const name = panel.getByLabel('Name (required)')
    await shows(name, 'Warehouse')
    await name.fill('Warehouse, renamed here')
    const before = await world.client.call('getConnection', { params })
    await world.client.call('updateConnection', { params, body: { ...before, name: 'Warehouse, renamed there' } })
    await panel.getByRole('button', { name: 'Save connection' }).click()
    const conflict = page.getByRole('dialog', { name: 'Somebody else saved first' })
    await conflict.getByText('"Warehouse, renamed there"').waitFor()
    await conflict.getByText('"Warehouse, renamed here"').waitFor()
    await conflict.getByRole('button', { name: 'Save this choice' }).click()
    await page.getByText('Warehouse, renamed here is saved.').waitFor()
    const after = await world.client.call('getConnection', { params })
    expect(after).toMatchObject({ name: 'Warehouse, renamed here' })
    await world.client.call('updateConnection', { params, body: { ...after, name: before.name } })
  })
}

/** Somebody works in an integration: looks at its flows, its connections and its history, changes its settings, finds who changed what. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { ConsoleWorld } from '../../harness/console.ts'

export function tellIntegration(world: ConsoleWorld): void {
  const at = (tab: string): string => `/integrations/${world.built.integration}/${tab}`

  test('shows its flows by their groups, switches one off and on, and runs it', async () => {
    const page = await world.open(at('flows'))
    const group = page.getByRole('table', { name: 'Fulfilment' })
    await group.getByRole('link', { name: 'Orders to shipments' }).waitFor()
    const enabled = group.getByRole('switch', { name: 'Enable Orders to shipments' })
    await enabled.click()
    await page.getByText('Orders to shipments is disabled: it does not run.').waitFor()
    expect(await world.client.call('getFlow', { params: { _id: world.built.flow } })).toMatchObject({ disabled: true })
    await enabled.click()
    await page.getByText('Orders to shipments is enabled.').waitFor()
    await group.getByRole('button', { name: 'Run Orders to shipments' }).click()
    await page.getByText('Orders to shipments is queued to run.').waitFor()
    await group.getByText('Completed with errors').waitFor()
  })

  test('makes a group of flows, fills it, renames and moves it, and removes it', async () => {
    const params = { _id: world.built.integration }
    const namesNow = async () => ((await world.client.call('getIntegration', { params })).flowGroupings ?? []).map(({ name }) => name)
    const groupOfFlow = async () => (await world.client.call('getFlow', { params: { _id: world.built.flow } }))._flowGroupingId
    const [names, group] = [await namesNow(), await groupOfFlow()]
    const page = await world.open(at('flows'))
    const dialog = page.getByRole('dialog')
    const choose = async (what: string, act: string) => {
      await page.getByRole('button', { name: `More actions: ${what}`, exact: true }).click()
      await page.getByRole('menuitem', { name: act, exact: true }).click()
    }
    await page.getByRole('button', { name: 'New group' }).click()
    await dialog.getByRole('button', { name: 'Create' }).click()
    await dialog.getByRole('alert').getByText('Give the group a name.').waitFor()
    await dialog.getByLabel('Name of the group').fill(names[0] ?? '')
    await dialog.getByRole('button', { name: 'Create' }).click()
    await dialog.getByText(/There is a group .* already/).waitFor()
    await dialog.getByLabel('Name of the group').fill('At night')
    await dialog.getByRole('button', { name: 'Create' }).click()
    await page.getByRole('heading', { name: 'At night' }).waitFor()
    await page.getByText('No flows are in this group yet.').waitFor()

    await choose('Group At night', 'Choose flows')
    await dialog.getByRole('checkbox', { name: 'Orders to shipments' }).check()
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('table', { name: 'At night' }).getByRole('link', { name: 'Orders to shipments' }).waitFor()

    await choose('Group At night', 'Rename')
    await dialog.getByLabel('Name of the group').fill('By night')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'By night' }).waitFor()
    expect(await namesNow()).toEqual([...names, 'By night'])
    await choose('Group By night', 'Move up')
    await expect.poll(namesNow).toEqual([...names.slice(0, -1), 'By night', ...names.slice(-1)])

    await choose('Orders to shipments', 'Move to a group')
    await dialog.getByRole('combobox', { name: 'Group' }).selectOption('Fulfilment')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('table', { name: 'Fulfilment' }).getByRole('link', { name: 'Orders to shipments' }).waitFor()
    expect(await groupOfFlow()).toBe(group)
    await choose('Group By night', 'Remove')
    await dialog.getByRole('button', { name: 'Remove' }).click()
    await page.getByRole('heading', { name: 'By night', exact: true }).waitFor({ state: 'detached' })
    expect(await namesNow()).toEqual(names)
  })

  test('pings a connection, takes its registration away, and registers it again', async () => {
    const page = await world.open(at('connections'))
    await page.getByRole('button', { name: 'More actions: Warehouse' }).click()
    await page.getByRole('menuitem', { name: 'Ping' }).click()
    await page.getByText('Warehouse answers.').waitFor()
    await page.getByRole('button', { name: 'More actions: Warehouse' }).click()
    await page.getByRole('menuitem', { name: 'Unregister' }).click()
    await page.getByRole('dialog', { name: 'Unregister Warehouse?' }).getByRole('button', { name: 'Unregister' }).click()
    await page.getByRole('link', { name: 'Warehouse', exact: true }).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Register connections' }).click()
    await page.getByRole('checkbox', { name: 'Warehouse' }).check()
    await page.getByRole('button', { name: 'Register', exact: true }).click()
    await page.getByRole('link', { name: 'Warehouse', exact: true }).waitFor()
  })

  test('keeps a snapshot', async () => {
    const page = await world.open(at('revisions'))
    await page.getByRole('button', { name: 'Create snapshot' }).click()
    await page.getByLabel('What it is for').fill('Before the autumn sale')
    await page.getByRole('button', { name: 'Create', exact: true }).click()
    await page.getByRole('table', { name: 'Revisions' }).getByText('Before the autumn sale').waitFor()
  })

  test('shows both versions where somebody else saved first, and saves what is chosen', async () => {
    const page = await world.open(at('settings'))
    const editor = page.getByRole('textbox', { name: 'Settings' })
    await editor.and(page.locator('[contenteditable]')).fill('{ "site": "SOUTH-2" }')
    const params = { _id: world.built.integration }
    await world.client.call('patchIntegration', {
      params,
      body: [{ op: 'replace', path: '/settings', value: { site: 'NORTH-1', dock: 4 } }],
    })
    await page.getByRole('button', { name: 'Save' }).click()
    const dialog = page.getByRole('dialog', { name: 'Somebody else saved first' })
    await dialog.getByRole('radio', { name: 'Saved meanwhile: dock' }).check()
    await dialog.getByRole('radio', { name: 'Yours: site' }).check()
    await dialog.getByRole('button', { name: 'Save this choice' }).click()
    await page.getByText('Settings saved.').waitFor()
    expect((await world.client.call('getIntegration', { params })).settings).toEqual({ site: 'SOUTH-2', dock: 4 })
  })

  test('is told of errors of a flow and of a connection, by mail', async () => {
    const page = await world.open(at('notifications'))
    const flow = page.getByRole('switch', { name: 'Notify me: Orders to shipments' })
    await flow.click()
    await page.getByText('You are subscribed to Orders to shipments.').waitFor()
    await page.getByRole('switch', { name: 'Notify me: Warehouse' }).click()
    await page.getByText('You are subscribed to Warehouse.').waitFor()
    await page.getByRole('switch', { name: 'Notify me: Errors and failed runs of all flows' }).click()
    await page.getByText('You are subscribed to Errors and failed runs of all flows.').waitFor()
    expect(await flow.isDisabled()).toBe(true)
    const kinds = (await world.client.call('listNotifications', { query: {} })).map(({ type }) => type)
    expect(kinds.toSorted()).toEqual(['connection', 'flow', 'integration'])
    await page.getByRole('link', { name: 'My notification settings' }).click()
    await page.getByLabel('Mails come').selectOption('Once a day')
    await page.getByLabel('Hour of the daily mail').fill('7')
    await page.getByRole('checkbox', { name: 'Quote messages of errors' }).check()
    const form = page.locator('section', { has: page.getByLabel('Mails come') })
    await form.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved.', { exact: true }).waitFor()
    expect(await world.client.call('getNotificationSettings')).toMatchObject({
      frequency: 'daily',
      dailyHour: 7,
      includeErrorMessages: true,
    })
    await form.getByRole('button', { name: 'JSON' }).click()
    await page.getByText('"dailyHour": 7').waitFor()
    await page.getByRole('button', { name: 'Form', exact: true }).click()
    await form.getByLabel('Webhook', { exact: true }).fill('ftp://nowhere')
    await form.getByRole('button', { name: 'Make a secret' }).click()
    await form.getByRole('button', { name: 'Save' }).click()
    await form.getByRole('alert').waitFor()
    // Another address goes with the secret that is stored.
    const address = form.getByLabel('Webhook', { exact: true })
    const saveWebhook = async (uri: string) => {
      await address.clear()
      await address.fill(uri)
      const stored = page.waitForResponse((answer) => answer.request().method() === 'PUT' && answer.ok())
      await form.getByRole('button', { name: 'Save' }).click()
      await stored
      return (await world.client.call('getNotificationSettings')).webhook?.uri
    }
    for (const uri of ['https://one.example.com/', 'https://another.example.com/']) expect(await saveWebhook(uri)).toBe(uri)
    expect(await saveWebhook('')).toBe(undefined)
    await form.getByRole('button', { name: 'Send a test' }).click()
    await page.getByText('Sent: mail.').waitFor()
    expect(world.mails.taken.map(({ subject }) => subject)).toContain('Sluice: a test')
  })

  test('shows the next runs of a schedule, and is saved as files that change nothing when they come back', async () => {
    const { integration, flow } = world.built
    const before = await world.client.call('getFlow', { params: { _id: flow } })
    await world.client.call('updateFlow', { params: { _id: flow }, body: { ...before, schedule: '? 30 3 ? * *' } })
    const page = await world.open(`/integrations/${integration}/flows`)
    await page.getByRole('button', { name: 'Next runs of Orders to shipments' }).click()
    const next = page.getByRole('dialog', { name: 'Next runs' })
    await next.getByRole('listitem').nth(2).waitFor()
    await page.keyboard.press('Escape')
    await world.client.call('updateFlow', { params: { _id: flow }, body: before })

    await page.goto(`/integrations/${integration}/admin`)
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download files' }).click()
    const file = await (await download).path()
    await page.getByRole('button', { name: 'Upload files' }).click()
    const dialog = page.getByRole('dialog', { name: 'Upload files' })
    await dialog.getByLabel('Archive').setInputFiles({ name: 'files.zip', mimeType: 'application/zip', buffer: readFileSync(file) })
    await dialog.getByRole('button', { name: 'Upload files' }).click()
    await page.getByText('Nothing differs: nothing was changed.').waitFor()
  })

  test('finds who changed what', async () => {
    const page = await world.open(at('audit'))
    const changes = page.getByRole('table', { name: 'Changes' })
    await changes.getByText('update').first().waitFor()
    // The filters stay while what passes them is looked for.
    let answer = (): void => {}
    const waiting = new Promise<void>((resolve) => (answer = resolve))
    const audit = '**/v1/integrations/*/audit**'
    await page.route(audit, (route) => waiting.then(() => route.continue()))
    const action = page.getByRole('combobox', { name: 'Action' })
    await action.focus()
    const [asked] = await Promise.all([page.waitForRequest(audit), action.selectOption('update')])
    expect(asked.url()).toContain('action=update')
    expect([await action.isVisible(), await page.evaluate('document.activeElement.ariaLabel')]).toEqual([true, 'Action'])
    answer()
    await changes.getByRole('button', { name: /field/ }).first().click()
    await page.unroute(audit)
    await page.getByRole('dialog').getByText('SOUTH-2').waitFor()
  })

  test('flows that belong to none are searched by the server, and show how they ran last', async () => {
    const { _id } = await world.client.call('createFlow', {
      body: { name: 'Alone, but not lonely', pageGenerators: [{ _exportId: world.built.export }] } as never,
    })
    const { _jobId } = await world.client.call('runFlow', { params: { _id } })
    const job = { params: { _id: _jobId } }
    await expect.poll(async () => (await world.client.call('getJob', job)).endedAt, { timeout: 60_000 }).toBeDefined()
    const page = await world.open('/integrations/none/flows')
    const row = page.getByRole('row', { name: /Alone, but not lonely/ })
    await row.getByText('Completed').waitFor()
    const [asked] = await Promise.all([
      page.waitForRequest(/\/v1\/flows\?.*search=/),
      page.getByRole('searchbox', { name: 'Search flows' }).fill('NOT lonely'),
    ])
    expect(new URL(asked.url()).searchParams.get('_integrationId')).toBe('none')
    await row.waitFor()
    await world.client.call('deleteFlow', { params: { _id } })
  })

  test('is renamed, cloned, deleted', async () => {
    const { _id } = await world.client.call('createIntegration', { body: { name: 'To be copied' } })
    const page = await world.open(`/integrations/${_id}/admin`)
    await page.getByRole('button', { name: 'Edit' }).click()
    await page.getByLabel('Name').fill('To be copied soon')
    await page.getByLabel('Readme').fill('# Who to call\n\nThe *night* desk. <script>document.title = "stolen"</script>')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'Who to call' }).waitFor()
    await page.getByRole('button', { name: 'Clone integration' }).click()
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('button', { name: 'Clone integration' }).click()
    await page.getByRole('button', { name: 'Open the clone' }).click()
    await page.getByRole('heading', { name: 'Clone - To be copied soon' }).waitFor()
    await page.getByRole('link', { name: 'Admin' }).click()
    await page.getByRole('button', { name: 'Delete integration' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor()
    await page.getByRole('link', { name: 'Clone - To be copied soon' }).waitFor({ state: 'detached' })
  })
}

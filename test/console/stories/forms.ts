/** Somebody fills in forms: settings that a form asks for, a connection, a step, the data of a lookup cache; finds anything by its name; sees what uses it. */
import { expect, test } from 'vitest'
import type { ConsoleWorld } from '../../harness/console.ts'

const script = `
function init(o) {
  const form = o.resource.settingsForm.form
  form.fieldMap.site.options = [{ items: [{ label: 'North', value: 'n' }, { label: 'South', value: 's' }] }]
  return form
}
function preSave(o) {
  if (o.newResource.settings && o.newResource.settings.dock > 9) throw new Error('There are nine docks.')
  return o.newResource
}`

const form = {
  fieldMap: {
    site: { id: 'site', name: 'site', type: 'select', label: 'Site', required: true },
    dock: { id: 'dock', name: 'dock', type: 'text', inputType: 'number', label: 'Dock', visibleWhen: [{ field: 'site', is: ['s'] }] },
    days: { id: 'days', name: 'days', type: 'multiselect', label: 'Days', options: [{ items: ['Mon', 'Tue'] }] },
    carriers: { id: 'carriers', name: 'carriers', type: 'keyvalue', label: 'Carriers' },
    night: { id: 'night', name: 'night', type: 'checkbox', label: 'Night shift', defaultValue: true },
  },
  layout: {
    type: 'column',
    containers: [
      { type: 'box', label: 'Where', fields: ['site', 'dock', 'carriers'] },
      { type: 'collapse', label: 'When', fields: ['days', 'night'] },
    ],
  },
}

export function tellForms(world: ConsoleWorld): void {
  test('fills in the settings form after its init; what form and preSave refuse is said where it belongs', async () => {
    const { _id: _scriptId } = await world.client.call('createScript', { body: { name: 'Settings', content: script } })
    const { _id } = await world.client.call('createIntegration', {
      body: {
        name: 'With settings',
        settingsForm: { form, init: { _scriptId, function: 'init' } },
        preSave: { _scriptId, function: 'preSave' },
      } as never,
    })
    const page = await world.open(`/integrations/${_id}/settings`)
    const where = page.getByRole('region', { name: 'Where' })
    expect(await where.getByLabel('Dock').count()).toBe(0)
    await page.getByText('When', { exact: true }).click()
    await page.getByRole('checkbox', { name: 'Tue' }).check()
    await page.getByRole('button', { name: 'Save' }).click()
    await where
      .getByRole('alert')
      .getByText(/site to be present/)
      .waitFor()
    await where.getByRole('combobox', { name: /Site/ }).selectOption({ label: 'South' })
    await where.getByLabel('Dock').fill('12')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('alert').getByText('There are nine docks.').waitFor()
    await where.getByLabel('Dock').fill('7')
    // On its way to "ab" the second key is that of the first.
    const carriers = where.getByRole('group', { name: 'Carriers' })
    await carriers.getByRole('button', { name: 'Add row' }).click()
    await carriers.getByLabel('Carriers, key 1').fill('a')
    await carriers.getByLabel('Carriers, value 1').fill('1')
    await carriers.getByRole('button', { name: 'Add row' }).click()
    await carriers.getByLabel('Carriers, key 2').pressSequentially('ab')
    await carriers.getByLabel('Carriers, value 2').fill('2')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Settings saved.').waitFor()
    const { settings } = await world.client.call('getIntegration', { params: { _id } })
    expect(settings).toEqual({ site: 's', dock: 7, days: ['Tue'], carriers: { a: '1', ab: '2' }, night: true })
    await page.getByRole('button', { name: 'JSON' }).click()
    await page.getByRole('textbox', { name: 'Settings' }).getByText('"South"').waitFor({ state: 'detached' })
    await world.client.call('deleteIntegration', { params: { _id } })
  })

  test('makes a connection and an export by their forms, and the JSON is of the same document', async () => {
    const page = await world.open('/resources/connections')
    await page.getByRole('button', { name: 'Create connection' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Create', exact: true }).click()
    await dialog.getByRole('alert').first().waitFor()
    await dialog.getByLabel('Name').fill('Second warehouse')
    await dialog.getByLabel('Base URI').fill(world.warehouse.url)
    await dialog.getByRole('combobox', { name: 'Authentication' }).selectOption('basic')
    await dialog.getByLabel('User name').fill('sluice')
    await dialog.getByLabel('Password').fill('not shown to anybody')
    await dialog.getByRole('button', { name: 'JSON' }).click()
    await dialog.getByText('"baseURI"').waitFor()
    await dialog.getByRole('button', { name: 'Create', exact: true }).click()
    await page.getByRole('heading', { name: 'Second warehouse', level: 1 }).waitFor()
    const password = page.getByLabel('Password')
    expect(await password.inputValue()).toBe('******')
    await page.getByLabel('Name (required)').fill('Third warehouse')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'Third warehouse', level: 1 }).waitFor()

    await page.goto('/resources/exports')
    await page.getByRole('button', { name: 'Create export' }).click()
    await dialog.getByLabel('Name').fill('Stock')
    await dialog.getByRole('combobox', { name: 'Connection' }).selectOption({ label: 'Third warehouse' })
    await dialog.getByLabel('Relative URI').fill('/stock')
    await dialog.getByRole('button', { name: 'Create', exact: true }).click()
    await page.getByRole('heading', { name: 'Stock', level: 1 }).waitFor()
    const [made] = await world.client.call('listExports', { query: { name: 'Stock' } })
    expect(made).toMatchObject({ adaptorType: 'HTTPExport', http: { method: 'GET', relativeURI: '/stock' } })
  })

  test('what is refused of an entry of a list, or of a step of a branch, is said at its field', async () => {
    const { client } = world
    const makeImport = (name: string) =>
      client.call('createImport', {
        body: { name, adaptorType: 'HTTPImport', _connectionId: world.connectionId, http: { method: ['POST'], relativeURI: ['/'] } },
      })
    const [kept, gone] = await Promise.all([makeImport('Stays here'), makeImport('Gone meanwhile')])
    const steps = [kept, gone].map(({ _id: _importId }) => ({ type: 'import' as const, _importId }))
    const builder = {
      request: { method: 'POST' as const, relativeURI: '/refused' },
      routers: [{ id: 'steps', branches: [{ name: 'All', nextRouterId: 'apiRouter', pageProcessors: steps }] }],
      responses: [
        { id: 'success', name: 'Success', type: 'success' as const, statusCode: 200 },
        { id: 'failure', name: 'Failure', type: 'fail' as const, statusCode: 502 },
      ],
    }
    const { _id } = await client.call('createAPI', { body: { name: 'Refused', version: 'v1', type: 'builder', builder } as never })
    const page = await world.open(`/resources/apis/${_id}`)
    const entry = (name: string) => page.getByRole('group', { name, exact: true })
    const headers = entry('Request headers')
    for (const place of [1, 2]) {
      await headers.getByRole('button', { name: 'Add' }).click()
      await entry(`Request headers ${place}`)
        .getByRole('textbox', { name: /^Header/ })
        .fill(place === 1 ? 'x-fine' : 'no header')
    }
    const save = page.getByRole('button', { name: 'Save', exact: true })
    await save.click()
    await entry('Request headers 2')
      .getByRole('alert')
      .getByText(/must match/)
      .waitFor()
    expect(await page.getByRole('alert').count()).toBe(1)
    await entry('Request headers 2')
      .getByRole('textbox', { name: /^Header/ })
      .fill('x-second')
    await client.call('deleteImport', { params: { _id: gone._id } })
    await save.click()
    await entry('Steps 2')
      .getByRole('alert')
      .getByText(/no document/)
      .waitFor()
    expect(await page.getByRole('alert').count()).toBe(1)
    await page.getByRole('button', { name: 'Undo changes' }).click()
    await client.call('deleteAPI', { params: { _id } })
  })

  test('finds anything by its name from any page, by the keyboard; before it is deleted its users are named', async () => {
    const page = await world.open('/profile')
    await page.getByRole('heading', { name: 'Profile', level: 1 }).waitFor()
    await page.keyboard.press('/')
    await page.getByRole('searchbox', { name: 'Name or id of anything' }).fill('warehouse third')
    const found = page.getByRole('list', { name: 'Found' })
    await found.getByRole('button', { name: /Third warehouse/ }).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Third warehouse', level: 1 }).waitFor()
    await page.getByRole('button', { name: 'Delete' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('In use by 1 document. What uses it stops working:').waitFor()
    await dialog.getByRole('link', { name: 'Stock' }).waitFor()
    await page.keyboard.press('Escape')
  })

  test('looks through the data of a lookup cache, and edits it', async () => {
    const { _id } = await world.client.call('createLookupCache', { body: { name: 'Countries' } })
    const entries = Array.from({ length: 1000 }, (_, i) => ({ key: `code-${String(i).padStart(4, '0')}`, value: { n: i } }))
    await world.client.call('upsertLookupCacheData', { params: { _id }, body: { data: entries } })
    await world.client.call('upsertLookupCacheData', { params: { _id }, body: { data: [{ key: 'zz-last', value: 'the end' }] } })
    const page = await world.open(`/resources/lookupcaches/${_id}?tab=data`)
    await page.getByText('1,000 entries shown').waitFor()
    await page.evaluate('scrollTo(0, document.body.scrollHeight)')
    await page.getByText('1,001 entries shown').waitFor()
    await page.getByRole('searchbox', { name: 'Key starts with' }).fill('zz')
    const table = page.getByRole('table', { name: 'Entries of the lookup cache' })
    await table.getByRole('button', { name: 'zz-last' }).first().click()
    const dialog = page.getByRole('dialog', { name: 'Edit zz-last' })
    const value = dialog.getByRole('textbox', { name: 'Value' }).and(page.locator('[contenteditable]'))
    await value.fill('not JSON')
    await dialog.getByRole('button', { name: 'Save entry' }).click()
    await dialog.getByRole('alert').waitFor()
    await value.fill('{ "country": "Åland" }')
    await dialog.getByRole('button', { name: 'Save entry' }).click()
    await table.getByText('"Åland"').waitFor()
    await page.getByRole('button', { name: 'More actions: zz-last' }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await page.getByRole('heading', { name: 'Nothing matches' }).waitFor()
    // A page of few entries that are large has more after it, too.
    const { _id: large } = await world.client.call('createLookupCache', { body: { name: 'Large' } })
    for (const key of ['a', 'b', 'c'])
      await world.client.call('upsertLookupCacheData', { params: { _id: large }, body: { data: [{ key, value: 'x'.repeat(2_200_000) }] } })
    await page.goto(`/resources/lookupcaches/${large}?tab=data`)
    await page.getByText('3 entries shown').waitFor()
    await world.client.call('deleteLookupCache', { params: { _id: large } })
  })

  test('documents are searched and sorted by the server, however many there are', async () => {
    const page = await world.open('/resources/connections')
    const table = page.getByRole('table', { name: 'Connections' })
    await table.getByRole('link', { name: 'Third warehouse' }).waitFor()
    const isAsked = (name: string, value: string) =>
      page.waitForRequest((request) => new URL(request.url()).searchParams.get(name) === value && request.url().includes('/v1/connections'))
    await Promise.all([isAsked('sort', '-name'), table.getByRole('button', { name: 'Name' }).click()])
    const rows = table.getByRole('row')
    await expect.poll(() => rows.nth(1).textContent()).toContain('Warehouse')
    await Promise.all([isAsked('search', 'THIRD'), page.getByRole('searchbox', { name: 'Search connections' }).fill('THIRD')])
    await expect.poll(() => rows.count()).toBe(2)
    await page.getByRole('searchbox', { name: 'Search connections' }).fill('called like nothing')
    await page.getByRole('heading', { name: 'Nothing matches' }).waitFor()
  })
}

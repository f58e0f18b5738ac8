/** What goes wrong in the editors is said in a sentence, and nothing of what was typed is lost. */
import { expect, test } from 'vitest'
import type { ConsoleWorld } from '../../harness/console.ts'
import { until } from '../../harness/flows.ts'

export function tellEditorMishaps(world: ConsoleWorld): void {
  test('a script that never ends is ended with a sentence', async () => {
    const { _id } = await world.client.call('createScript', { body: { name: 'Endless', content: 'function spin() {\n  for (;;);\n}\n' } })
    const page = await world.open(`/resources/scripts/${_id}?tab=editor`)
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.getByText('The function spin of the script Endless ran longer than 3 s and was ended.').waitFor()
    const text = page.getByRole('textbox', { name: 'Script', exact: true }).and(page.locator('[contenteditable]'))
    await text.fill('function spin() {\n  return 1 +\n}\n')
    await page.locator('.cm-lint-marker-error').waitFor()
  })

  test('50,000 rows pasted into a lookup are refused with a sentence; fifty are taken', async () => {
    const page = await world.open(`/resources/imports/${world.built.import}?tab=mapping`)
    await page.getByRole('button', { name: 'Settings of service' }).click()
    const settings = page.getByRole('complementary', { name: 'Settings of service' })
    await settings.getByRole('button', { name: 'Edit lookup' }).click()
    const paste = async (rows: number) => {
      const text = Array.from({ length: rows }, (_, i) => `key ${i}\tvalue ${i}`).join('\n')
      await page.evaluate(`(() => {
        const clipboardData = new DataTransfer()
        clipboardData.setData('text/plain', ${JSON.stringify(text)})
        const place = document.querySelector('[aria-label="Paste rows of a spreadsheet here"]')
        place.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
      })()`)
    }
    await paste(50_000)
    await settings.getByText('A table holds at most 10,000 values, and it would be 50,003.', { exact: false }).waitFor()
    await settings.getByText('3 values').waitFor()
    await paste(50)
    await settings.getByText('53 values').waitFor()
    await page.getByRole('button', { name: 'Undo changes' }).click()
  })

  test('an application that is down is told of where its records would stand, and records can be typed in', async () => {
    const connection = await world.client.call('createConnection', {
      body: { name: 'Gone', type: 'http', http: { mediaType: 'json', baseURI: 'http://127.0.0.1:9' } },
    })
    const { _id } = await world.client.call('createExport', {
      body: {
        name: 'From nowhere',
        _connectionId: connection._id,
        adaptorType: 'HTTPExport',
        http: { method: 'GET', relativeURI: '/orders' },
      },
    })
    const page = await world.open(`/resources/exports/${_id}?tab=transform`)
    const input = page.getByRole('region', { name: 'Input' }).first()
    await input.getByRole('alert').waitFor()
    await input.getByRole('button', { name: 'Edit' }).click()
    const typed = input.getByRole('textbox', { name: 'Records as JSON' }).and(page.locator('[contenteditable]'))
    await typed.fill('[{ "id": 7 }]')
    await input.getByRole('button', { name: 'Use these records' }).click()
    await page.getByRole('button', { name: 'Add field', exact: true }).click()
    await page.getByRole('textbox', { name: 'Name of new field' }).fill('key')
    await page.getByRole('combobox', { name: 'Source of key' }).fill('$.id')
    await page.getByRole('region', { name: 'Result' }).getByText('"key": "7"').first().waitFor()
  })

  test('while a template of an export is typed, its application is not asked; a button asks it again', async () => {
    const { _id } = await world.client.call('createExport', {
      body: {
        name: 'Typed address',
        _connectionId: world.connectionId,
        adaptorType: 'HTTPExport',
        http: { method: 'GET', relativeURI: '/shipments' },
      },
    })
    const page = await world.open(`/resources/exports/${_id}?tab=templates`)
    await page.getByRole('combobox', { name: 'Template' }).selectOption('http.relativeURI')
    const input = page.getByRole('region', { name: 'Input' }).first()
    await input.locator('[aria-busy=true]').waitFor({ state: 'detached' })
    const asked: string[] = []
    page.on('request', (request) => request.method() === 'POST' && asked.push(new URL(request.url()).pathname))
    const text = page.getByRole('textbox', { name: 'http.relativeURI' }).and(page.locator('[contenteditable]'))
    await text.press('Control+End')
    await text.pressSequentially('?site=', { delay: 20 })
    // What it writes is computed by the server, after what was typed.
    await page.getByRole('region', { name: 'Writes' }).getByText('/shipments?site=').first().waitFor()
    const ofConnection = () => asked.filter((path) => path.includes(world.connectionId))
    expect(ofConnection()).toEqual([])
    await input.getByRole('button', { name: 'Fetch records again' }).click()
    await until(() => (ofConnection().length === 1 ? true : undefined))
    await page.getByRole('button', { name: 'Undo changes' }).click()
  })

  test('a lookup whose name is typed over the name of another one takes nothing of it, and is renamed wherever it is named', async () => {
    const field = (generate: string, more: object) => ({ generate, dataType: 'string' as const, status: 'Active' as const, ...more })
    const { _id } = await world.client.call('createImport', {
      body: {
        name: 'Of two lookups',
        _connectionId: world.connectionId,
        adaptorType: 'HTTPImport',
        http: { method: ['POST'], relativeURI: ['/returns?of={{lookup "country 2" record.country}}'] },
        lookups: [
          { name: 'country', map: { DE: 'Germany' } },
          { name: 'country 2', map: { DE: 'Deutschland' } },
        ],
        mappings: [
          field('first', { extract: '$.country', lookupName: 'country' }),
          field('second', { extract: '$.country', lookupName: 'country 2' }),
          field('third', { extract: '{{lookup "country 2" record.country}}' }),
          field('fourth', { extract: '$.country', lookupName: 'country 2' }),
        ],
      },
    })
    const page = await world.open(`/resources/imports/${_id}?tab=mapping`)
    await page.getByRole('button', { name: 'Settings of second' }).click()
    const settings = page.getByRole('complementary', { name: 'Settings of second' })
    await settings.getByRole('button', { name: 'Edit lookup' }).click()
    const name = settings.getByLabel('Name', { exact: true })
    await name.press('End')
    await name.press('Backspace')
    await name.press('Backspace')
    await settings.getByText('Another lookup has this name.').waitFor()
    const [question] = await Promise.all([
      page.waitForEvent('dialog').then(async (dialog) => (await dialog.dismiss(), dialog.message())),
      page.getByRole('link', { name: 'Dashboard' }).first().click(),
    ])
    expect(question).toContain('not saved')
    await name.press('End')
    await name.pressSequentially('InGerman')
    await name.press('Enter')
    // Another kind is looked at, and left again.
    const kind = settings.getByRole('combobox', { name: 'Looks in' })
    await kind.selectOption({ label: 'The application, over HTTP' })
    await kind.selectOption({ label: 'A table here' })
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('button', { name: 'Undo changes' }).waitFor({ state: 'detached' })
    const { lookups, mappings, http } = await world.client.call('getImport', { params: { _id } })
    expect(lookups).toEqual([
      { name: 'country', map: { DE: 'Germany' } },
      { name: 'countryInGerman', map: { DE: 'Deutschland' } },
    ])
    expect(mappings?.map(({ lookupName, extract }) => lookupName ?? extract)).toEqual([
      'country',
      'countryInGerman',
      '{{lookup "countryInGerman" record.country}}',
      'countryInGerman',
    ])
    expect(http?.relativeURI).toEqual(['/returns?of={{lookup "countryInGerman" record.country}}'])
  })

  test('the settings of a row stay those of the row that is moved, and closed rows stay closed', async () => {
    const field = (generate: string, more: object = { extract: '$.number' }) => ({
      generate,
      dataType: 'string' as const,
      status: 'Active' as const,
      ...more,
    })
    const { _id } = await world.client.call('createImport', {
      body: {
        name: 'Of rows that move',
        _connectionId: world.connectionId,
        adaptorType: 'HTTPImport',
        http: { method: ['POST'], relativeURI: ['/returns'] },
        mappings: [
          field('above'),
          field('buyer', { dataType: 'object', mappings: [field('city')] }),
          field('seller', { dataType: 'object', mappings: [field('shop')] }),
        ] as never,
      },
    })
    const page = await world.open(`/resources/imports/${_id}?tab=mapping`)
    await page.getByRole('button', { name: 'Close buyer' }).click()
    await page.getByRole('button', { name: 'Settings of buyer' }).click()
    await page.getByRole('textbox', { name: 'Name of buyer' }).press('Alt+ArrowUp')
    const settings = page.getByRole('complementary', { name: 'Settings of buyer' })
    await page.locator('[data-row="mappings.0"]').getByRole('textbox', { name: 'Name of buyer' }).waitFor()
    await settings.getByLabel('Description').fill('Who pays')
    await page.getByRole('button', { name: 'Open buyer' }).waitFor()
    expect(await page.getByRole('textbox', { name: 'Name of city' }).count()).toBe(0)
    await page.getByRole('textbox', { name: 'Name of shop' }).waitFor()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('button', { name: 'Undo changes' }).waitFor({ state: 'detached' })
    const { mappings = [] } = await world.client.call('getImport', { params: { _id } })
    expect(mappings.map(({ generate, description }) => [generate, description])).toEqual([
      ['buyer', 'Who pays'],
      ['above', undefined],
      ['seller', undefined],
    ])
  })

  test('rules are still there after a look at the other ways to write a filter or a transform', async () => {
    const page = await world.open(`/resources/exports/${world.built.export}?tab=filter`)
    const as = page.getByRole('group', { name: 'How the filter is written' })
    await page.getByRole('button', { name: 'Add rule' }).click()
    await page.getByRole('combobox', { name: 'Field of rule 1', exact: true }).fill('total')
    await as.getByRole('button', { name: 'Script' }).click()
    await as.getByRole('button', { name: 'Rules' }).click()
    expect(await page.getByRole('combobox', { name: 'Field of rule 1', exact: true }).inputValue()).toBe('total')
    await page.getByRole('button', { name: 'Undo changes' }).click()
    const { _id } = await world.client.call('createExport', {
      body: {
        name: 'Of a transform',
        _connectionId: world.connectionId,
        adaptorType: 'HTTPExport',
        http: { method: 'GET', relativeURI: '/shipments' },
      },
    })
    await page.goto(`/resources/exports/${_id}?tab=transform`)
    await page.getByRole('button', { name: 'Add field', exact: true }).click()
    await page.getByRole('textbox', { name: 'Name of new field' }).fill('seller')
    await page.getByRole('button', { name: 'Transform 1.0' }).click()
    await page.getByRole('button', { name: 'Transform 2.0' }).click()
    await page.getByRole('textbox', { name: 'Name of seller' }).waitFor()
    await page.getByRole('button', { name: 'Undo changes' }).click()
  })

  test('rules that the editor has no words for stay as they are', async () => {
    const rules = ['and', ['string', ['lowercase', ['extract', 'note']]], ['equals', ['extract', 'number'], 'SO-1']]
    const { _id } = await world.client.call('createImport', {
      body: {
        name: 'Odd filter',
        _connectionId: world.connectionId,
        adaptorType: 'HTTPImport',
        http: { method: ['POST'], relativeURI: ['/returns'] },
        filter: { type: 'expression', expression: { version: '1', rules } },
      },
    })
    const page = await world.open(`/resources/imports/${_id}?tab=filter`)
    await page.getByText('Kept as JSON: the editor has no words for it.').waitFor()
    await page.getByRole('textbox', { name: 'Value of rule 2', exact: true }).fill('SO-2')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('button', { name: 'Undo changes' }).waitFor({ state: 'detached' })
    const { filter } = await world.client.call('getImport', { params: { _id } })
    expect(filter?.expression?.rules).toEqual([rules[0], rules[1], ['equals', ['extract', 'number'], 'SO-2']])
  })

  test('a mapping of a thousand rows is drawn as far as it is in sight, searched and changed', async () => {
    const mappings = Array.from({ length: 1000 }, (_, i) => ({
      generate: `field${i}`,
      dataType: 'string' as const,
      extract: '$.number',
      status: 'Active' as const,
    }))
    const { _id } = await world.client.call('createImport', {
      body: {
        name: 'Wide',
        _connectionId: world.connectionId,
        adaptorType: 'HTTPImport',
        http: { method: ['POST'], relativeURI: ['/returns'] },
        mappings,
      },
    })
    const page = await world.open(`/resources/imports/${_id}?tab=mapping`)
    await page.getByText('1,000 fields').waitFor()
    expect(await page.locator('.mapping-row').count()).toBeLessThan(80)
    await page.getByRole('searchbox', { name: 'Search fields' }).fill('field999')
    await page.getByRole('textbox', { name: 'Name of field999' }).fill('last')
    await page.getByRole('searchbox', { name: 'Search fields' }).fill('last')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('button', { name: 'Undo changes' }).waitFor({ state: 'detached' })
    const stored = await world.client.call('getImport', { params: { _id } })
    expect(stored.mappings?.at(-1)).toMatchObject({ generate: 'last' })
  })
}

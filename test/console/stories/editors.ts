/** Somebody changes what an import makes of orders: fields of its mapping, a filter, a function, an address; sees each at once, saves, and a run shows it. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import type { ConsoleWorld } from '../../harness/console.ts'
import { until } from '../../harness/flows.ts'
import { takePicture } from '../screenshots.ts'
import { graphOf } from './building.ts'

const { resolve } = createRequire(import.meta.url)

/** The definition of the demo's import, as it is stored. */
const readImport = (world: ConsoleWorld) => world.client.call('getImport', { params: { _id: world.built.import } })

const picture = async (page: Page, name: string): Promise<void> => {
  const folder = process.env['SCREENSHOTS']
  if (folder !== undefined) await takePicture(page, folder, name)
}

const save = async (page: Page): Promise<void> => {
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByRole('button', { name: 'Undo changes' }).waitFor({ state: 'detached' })
}

export function tellEditors(world: ConsoleWorld): void {
  test('maps a field by clicking and typing: its result stands beside it, its lookup is edited in place, and it is saved', async () => {
    const page = await world.open(`/resources/imports/${world.built.import}?tab=mapping`)
    const result = page.getByRole('region', { name: 'Result' }).first()
    // The settings of the flow's integration are seen, and the records are those that its export fetches.
    await result.getByText('"NORTH-1"').first().waitFor()
    await page.getByRole('button', { name: 'Add field', exact: true }).click()
    const name = page.getByRole('textbox', { name: 'Name of new field' })
    await name.fill('channel')
    const source = page.getByRole('combobox', { name: 'Source of channel' })
    await source.fill('$.shipping')
    await result.getByText('"channel"').first().waitFor()
    await page.getByRole('button', { name: 'Settings of channel' }).click()
    const settings = page.getByRole('complementary', { name: 'Settings of channel' })
    await settings.getByRole('button', { name: 'New lookup' }).click()
    await settings.getByRole('button', { name: 'Add value' }).click()
    await settings.getByLabel('Value 1 of the source').fill('standard')
    await settings.getByLabel('Value 1 of the target').fill('web')
    // Orders that are sent in another way have no entry, and say so on their row.
    await page
      .getByRole('row', { name: /channel/ })
      .getByText(/Record \d+: .*no entry/)
      .waitFor()
    await settings.getByRole('checkbox', { name: 'A record goes on without a match' }).check()
    await settings.getByRole('textbox', { name: 'Default', exact: true }).fill('desk')
    await page
      .getByRole('row', { name: /channel/ })
      .getByText('no entry')
      .waitFor({ state: 'detached' })
    await result
      .getByText(/"channel": "(?:web|desk)"/)
      .first()
      .waitFor()
    await picture(page, 'mapping')
    await save(page)
    const { mappings, lookups } = await readImport(world)
    expect(mappings?.at(-1)).toEqual({
      generate: 'channel',
      dataType: 'string',
      extract: '$.shipping',
      lookupName: 'channel',
      status: 'Active',
    })
    expect(lookups?.at(-1)).toEqual({ name: 'channel', map: { standard: 'web' }, allowFailures: true, default: 'desk' })
  })

  test('moves rows by the keyboard and by dragging, adds a field to the entries of a list, and finds a row by its source', async () => {
    const page = await world.open(`/resources/imports/${world.built.import}?tab=mapping`)
    const channel = page.getByRole('textbox', { name: 'Name of channel' })
    await channel.focus()
    await page.keyboard.press('Alt+ArrowUp')
    const order = () =>
      page
        .getByRole('treegrid')
        .getByRole('textbox', { name: /^Name of / })
        .evaluateAll((inputs) => inputs.map((input) => (input as { value: string }).value))
    await until(async () => (await order()).indexOf('channel') < (await order()).indexOf('packages') || undefined)
    const handle = (name: string) =>
      page.locator('.mapping-row', { has: page.getByRole('textbox', { name: `Name of ${name}`, exact: true }) }).locator('.mapping-handle')
    await handle('shipBy').dragTo(
      page.locator('.mapping-row', { has: page.getByRole('textbox', { name: 'Name of reference', exact: true }) }),
    )
    await until(async () => (await order())[0] === 'shipBy' || undefined)
    await page.getByRole('searchbox', { name: 'Search fields' }).fill('lines.sku')
    await page.getByRole('textbox', { name: 'Name of site' }).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'More actions: source 1 of packages' }).click()
    await page.getByRole('menuitem', { name: 'Add field below' }).click()
    await page.getByRole('searchbox', { name: 'Search fields' }).fill('')
    await page.getByRole('textbox', { name: 'Name of new field' }).fill('weight')
    await page.getByRole('combobox', { name: 'Source of weight' }).fill('1')
    await page.getByRole('combobox', { name: 'Type of weight' }).selectOption({ label: 'Number' })
    await page.getByRole('region', { name: 'Result' }).getByText('"weight": 1').first().waitFor()
    await save(page)
    const { mappings = [] } = await readImport(world)
    expect(mappings[0]).toMatchObject({ generate: 'shipBy' })
    const packages = mappings.find(({ generate }) => generate === 'packages')
    expect(packages?.buildArrayHelper?.[0]?.mappings?.at(-1)).toEqual({
      generate: 'weight',
      dataType: 'number',
      extract: '1',
      status: 'Active',
    })
  })

  test('filters orders by rules in words, sees which go on, and has the rules as JSON', async () => {
    const page = await world.open(`/resources/imports/${world.built.import}?tab=filter`)
    await page.getByRole('button', { name: 'Add rule' }).click()
    await page.getByRole('combobox', { name: 'Field of rule 1', exact: true }).fill('customer.country')
    await page.getByRole('combobox', { name: 'Operator of rule 1' }).selectOption({ label: 'is one of' })
    const values = page.getByRole('textbox', { name: 'Values of rule 1' })
    await values.fill('DE, FR, PT, ')
    await values.press('End')
    await values.press('Backspace')
    await values.press('Backspace')
    expect(await values.inputValue()).toBe('DE, FR, PT')
    await page.getByRole('button', { name: 'Add group' }).click()
    await page.getByRole('combobox', { name: 'Field of rule 2.1', exact: true }).fill('total')
    await page.getByRole('combobox', { name: 'Type: Field of rule 2.1' }).selectOption({ label: 'Number' })
    await page.getByRole('combobox', { name: 'Operator of rule 2.1' }).selectOption({ label: 'is greater than' })
    await page.getByRole('textbox', { name: 'Value of rule 2.1', exact: true }).fill('1')
    const passing = page.getByRole('region', { name: 'Records that go on' })
    await passing.getByText('Goes on').first().waitFor()
    await passing.getByText('Ignored').first().waitFor()
    await picture(page, 'filter')
    await save(page)
    const { filter } = await readImport(world)
    expect(filter).toEqual({
      type: 'expression',
      expression: {
        version: '1',
        rules: [
          'and',
          ['anyof', ['string', ['extract', 'customer.country']], 'DE', 'FR', 'PT'],
          ['or', ['greaterthan', ['number', ['extract', 'total']], 1]],
        ],
      },
    })
    await page.getByRole('group', { name: 'How the filter is written' }).getByRole('button', { name: 'JSON' }).click()
    await page.getByText('greaterthan').waitFor()
  })

  test('writes a function for a hook, runs it on the sample, reads its log, and is shown the line at which it fails', async () => {
    const page = await world.open(`/resources/imports/${world.built.import}?tab=hooks`)
    await page.getByRole('button', { name: 'New script' }).click()
    const text = page.getByRole('textbox', { name: 'Script', exact: true }).and(page.locator('[contenteditable]'))
    await text.fill(
      'function preMap(options) {\n  console.log(options.data.length, "orders")\n  return options.data.map((data) => ({ data: { ...data, note: data.note.trim() } }))\n}',
    )
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    const returned = page.getByRole('region', { name: 'Returned' }).first()
    await returned.getByText('Line 3').waitFor()
    await text.fill(
      'function preMap(options) {\n  console.log(options.data.length, "orders")\n  return options.data.map((data) => ({ data: { ...data, note: "seen" } }))\n}',
    )
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await returned.getByText('"seen"').first().waitFor()
    await page.getByRole('list', { name: 'Log' }).getByText('orders').waitFor()
    await picture(page, 'script')
    await page.getByRole('button', { name: 'Save script' }).click()
    await page.getByText('Script of preMap is saved.').waitFor()
    await save(page)
    const { hooks } = await readImport(world)
    expect(hooks?.preMap).toMatchObject({ function: 'preMap', _scriptId: expect.any(String) })
  })

  test('writes an address as a template, with what it sees offered, and sees what it writes', async () => {
    const page = await world.open(`/resources/imports/${world.built.import}?tab=templates`)
    await page.getByRole('combobox', { name: 'Template' }).selectOption('http.relativeURI')
    const text = page.getByRole('textbox', { name: 'http.relativeURI' }).and(page.locator('[contenteditable]'))
    await text.fill('/shipments?order=')
    await text.press('End')
    await page.keyboard.type('{{record.num', { delay: 20 })
    await page.locator('.cm-tooltip-autocomplete').getByText('number', { exact: true }).click()
    await until(async () => (await text.innerText()).includes('record.number') || undefined)
    if (!(await text.innerText()).includes('}}')) await page.keyboard.type('}}')
    await page
      .getByRole('region', { name: 'Writes' })
      .getByText(/\/shipments\?order=[A-Z0-9-]+/)
      .first()
      .waitFor()
    await picture(page, 'template')
    await save(page)
    const { http } = await readImport(world)
    expect(http?.relativeURI).toEqual(['/shipments?order={{record.number}}'])
  })

  test('a run shows all of it', async () => {
    const before = world.warehouse.ledger.length
    await world.client.call('runFlow', { params: { _id: world.built.flow } })
    await until(async () => world.warehouse.ledger.length > before || undefined)
    const [made] = world.warehouse.ledger.slice(before) as unknown as readonly Record<string, unknown>[]
    expect(made).toMatchObject({ channel: expect.stringMatching(/^(?:web|desk)$/), instructions: 'seen' })
  })

  test('transforms the records of an export, by rules and by a mapping tree', async () => {
    const page = await world.open(`/resources/exports/${world.built.export}?tab=transform`)
    await page.getByRole('button', { name: 'Transform 1.0' }).click()
    await page.getByRole('button', { name: 'Add field', exact: true }).click()
    await page.getByRole('textbox', { name: 'Name of new field' }).fill('who.city')
    await page.getByRole('combobox', { name: 'Source of who.city' }).fill('customer.city')
    await page.getByRole('region', { name: 'Result' }).getByText('"who"').first().waitFor()
    await page.getByRole('button', { name: 'Transform 2.0' }).click()
    await page.getByRole('combobox', { name: 'Result' }).selectOption({ label: 'The record, changed' })
    await page.getByRole('button', { name: 'Add field', exact: true }).click()
    await page.getByRole('textbox', { name: 'Name of new field' }).fill('seller')
    await page.getByRole('combobox', { name: 'Source of seller' }).fill('shop')
    await page.getByRole('region', { name: 'Result' }).getByText('"seller": "shop"').first().waitFor()
    await picture(page, 'transform')
    await save(page)
    const { transform } = await world.client.call('getExport', { params: { _id: world.built.export } })
    expect(transform?.expression?.rulesTwoDotZero).toMatchObject({ mode: 'modify', mappings: [{ generate: 'seller' }] })
  })

  test('opens from the panel of a step in the flow, and what is applied there is saved with the flow', async () => {
    const page = await world.open(`/flows/${world.built.flow}`)
    await graphOf(page).getByRole('link', { name: 'Create shipments in the warehouse', exact: true }).click()
    await page.getByRole('button', { name: 'Edit mapping' }).click()
    const dialog = page.getByRole('dialog', { name: 'Edit mapping' })
    await dialog.getByRole('combobox', { name: 'Source of instructions' }).fill('by hand')
    await dialog.getByRole('region', { name: 'Result' }).getByText('"by hand"').first().waitFor()
    await picture(page, 'mapping-in-flow')
    await dialog.getByRole('button', { name: 'Apply' }).click()
    await page.getByRole('button', { name: 'Save flow' }).click()
    await page.getByText('The flow is saved.').last().waitFor()
    const { mappings = [], lookups } = await readImport(world)
    expect(mappings.find(({ generate }) => generate === 'instructions')).toMatchObject({ extract: 'by hand' })
    expect(lookups?.map(({ name }) => name)).toEqual(['service', 'zone', 'channel'])
  })

  test('in the panel of a step, too: what is copied of its answer, and its templates', async () => {
    const page = await world.open(`/flows/${world.built.flow}`)
    await graphOf(page).getByRole('link', { name: 'Create shipments in the warehouse', exact: true }).click()
    await page.getByRole('button', { name: 'Edit response mapping' }).click()
    const answers = page.getByRole('dialog', { name: 'Edit response mapping' })
    await answers.getByRole('button', { name: 'Add field', exact: true }).click()
    await answers.getByRole('textbox', { name: 'Name of new field' }).fill('shipment.id')
    const source = answers.getByRole('combobox', { name: 'Source of shipment.id' })
    await source.fill('{{id}}')
    await answers
      .getByRole('row', { name: /shipment/ })
      .getByText('no template')
      .waitFor()
    await source.fill('id')
    await answers.getByRole('region', { name: 'Copied into the record' }).getByText('"shipment"').first().waitFor()
    await answers.getByRole('button', { name: 'Add list' }).click()
    await answers.getByRole('textbox', { name: 'Name of new field' }).first().fill('sent')
    await answers.getByRole('textbox', { name: 'Name of new field' }).fill('as')
    await answers.getByRole('combobox', { name: 'Source of as' }).fill('statusCode')
    await answers.getByRole('region', { name: 'Copied into the record' }).getByText('"as": 200').first().waitFor()
    await answers.getByRole('button', { name: 'Apply' }).click()
    await page.getByRole('button', { name: 'Edit templates' }).click()
    const templates = page.getByRole('dialog', { name: 'Edit templates' })
    await templates.getByRole('combobox', { name: 'Template' }).selectOption('http.relativeURI')
    const text = templates.getByRole('textbox', { name: 'http.relativeURI' }).and(page.locator('[contenteditable]'))
    await text.fill('/shipments?of={{record.number}}')
    await templates
      .getByRole('region', { name: 'Writes' })
      .getByText(/\/shipments\?of=[A-Z0-9-]+/)
      .first()
      .waitFor()
    await templates.getByRole('button', { name: 'Apply' }).click()
    await page.getByRole('button', { name: 'Save flow' }).click()
    await page.getByText('The flow is saved.').last().waitFor()
    const { pageProcessors } = await world.client.call('getFlow', { params: { _id: world.built.flow } })
    expect(pageProcessors?.map(({ responseMapping }) => responseMapping)).toContainEqual({
      fields: [{ extract: 'id', generate: 'shipment.id' }],
      lists: [{ generate: 'sent', fields: [{ extract: 'statusCode', generate: 'as' }] }],
    })
    expect((await readImport(world)).http?.relativeURI).toEqual(['/shipments?of={{record.number}}'])
  })

  test('shows an older mapping as rows of fields and lists, and edits it', async () => {
    const { _id } = await world.client.call('createImport', {
      body: {
        name: 'Older',
        _connectionId: world.connectionId,
        adaptorType: 'HTTPImport',
        http: { method: ['POST'], relativeURI: ['/returns'] },
        mapping: {
          fields: [{ extract: 'number', generate: 'reference' }],
          lists: [{ generate: 'items', fields: [{ extract: 'lines[*].sku', generate: 'item' }] }],
        },
        sampleData: { number: 'SO-1', lines: [{ sku: 'TEA-100' }] },
      },
    })
    const page = await world.open(`/resources/imports/${_id}?tab=mapping`)
    await page.getByRole('combobox', { name: 'Source of reference' }).fill('order')
    await page.getByRole('combobox', { name: 'Source of reference' }).fill('number')
    await page.getByRole('region', { name: 'Result' }).getByText('"TEA-100"').first().waitFor()
    await page.getByRole('button', { name: 'More actions: items' }).click()
    await page.getByRole('menuitem', { name: 'Add field below' }).click()
    await page.getByRole('textbox', { name: 'Name of new field' }).fill('site')
    await page.getByRole('button', { name: 'Settings of site' }).click()
    await page.getByRole('combobox', { name: 'Value', exact: true }).selectOption({ label: 'Fixed value' })
    await page.getByRole('textbox', { name: 'Source of site' }).fill('NORTH')
    await page.getByRole('region', { name: 'Result' }).getByText('"NORTH"').first().waitFor()
    await save(page)
    const { mapping } = await world.client.call('getImport', { params: { _id } })
    expect(mapping?.lists?.[0]?.fields?.[1]).toEqual({ generate: 'site', hardCodedValue: 'NORTH' })
  })

  test('axe finds nothing serious in any editor', async () => {
    const axe = await readFile(resolve('axe-core/axe.min.js'), 'utf8')
    const tabs = ['mapping', 'filter', 'hooks', 'templates', 'responseTransform'].map(
      (tab) => `/resources/imports/${world.built.import}?tab=${tab}`,
    )
    for (const path of [...tabs, `/resources/exports/${world.built.export}?tab=transform`]) {
      const page = await world.open(path)
      await page
        .getByRole('region', { name: /Input|Options/ })
        .first()
        .waitFor()
      await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' })
      await page.evaluate(axe)
      const found = await page.evaluate<{ id: string; impact: string; nodes: { html: string }[] }[]>(
        'axe.run().then(({ violations }) => violations)',
      )
      const serious = found.filter(({ impact }) => impact === 'serious' || impact === 'critical')
      expect({ path, found: serious.map(({ id, nodes }) => [id, nodes[0]?.html]) }).toEqual({ path, found: [] })
    }
  })
}

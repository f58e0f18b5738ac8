/** Somebody makes APIs, tools, MCP servers, file definitions and EDI profiles in forms, tries them, and fills a lookup cache from a spreadsheet. */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import type { ConsoleWorld } from '../../harness/console.ts'
import { findSerious } from './accessibility.ts'
import type { ConsolePage } from '../pages.ts'

/** More than one request takes, and a length that a person pastes. */
const numRows = 50_000

export function tellApisAndData(world: ConsoleWorld, pages: ConsolePage[]): void {
  const create = async (collection: string, act: string): Promise<Page> => {
    const page = await world.open(`/resources/${collection}`)
    await page.getByRole('button', { name: act }).first().click()
    await page.getByRole('dialog').waitFor()
    return page
  }
  const finish = (page: Page) => page.getByRole('dialog').getByRole('button', { name: 'Create', exact: true }).click()
  const ofPage = (page: Page): string => new URL(page.url()).pathname

  test('makes an API of steps in a form, tries it, and callers are answered', async () => {
    const page = await create('apis', 'Create API')
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name', { exact: false }).first().fill('Customer')
    await dialog.getByLabel('Path of the API').fill('/customers/:id')
    const success = dialog.getByRole('group', { name: 'Responses 1' })
    await success.getByRole('group', { name: 'Body' }).getByRole('button', { name: 'Add' }).click()
    await success.getByLabel('Destination field').fill('customer')
    await success.getByLabel('Source field').fill('pathParams.id')
    await finish(page)
    await page.getByRole('heading', { name: 'Customer', level: 1 }).waitFor()

    await page.getByRole('button', { name: 'Test run' }).click()
    await page.getByText(`${world.api.url}/apis/v1/customers/:id`).waitFor()
    await page.getByRole('textbox', { name: 'Path parameters, value 1' }).fill('7')
    await page.getByRole('button', { name: 'Send test call' }).click()
    await page.getByText('Answered 200').waitFor()
    await page.getByRole('region', { name: 'Response' }).getByText('"customer": "7"').first().waitFor()
    expect((await world.api.call('GET', '/apis/v1/customers/9')).body).toEqual({ customer: '9' })
    pages.push({ name: 'api', path: ofPage(page) }, { name: 'api-test', path: `${ofPage(page)}?tab=test`, prepare: runTest })
  })

  test('makes an API of a function', async () => {
    const content = 'function answer({ method, body }) { return { statusCode: 201, body: { method, taken: body.id } } }'
    await world.client.call('createScript', { body: { name: 'Answers', content } })
    const page = await create('apis', 'Create API')
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name', { exact: false }).first().fill('Take an order')
    await dialog.getByRole('combobox', { name: 'Type' }).selectOption('script')
    await dialog.getByRole('combobox', { name: 'Script' }).selectOption({ label: 'Answers' })
    await dialog.getByLabel('Function').fill('answer')
    await finish(page)
    await page.getByRole('heading', { name: 'Take an order', level: 1 }).waitFor()
    await page.getByRole('button', { name: 'Test run' }).click()
    await page.getByRole('combobox', { name: 'Method' }).selectOption('POST')
    const body = page.getByRole('textbox', { name: 'Body (JSON)' }).and(page.locator('[contenteditable]'))
    await body.fill('{ not JSON')
    await page.getByRole('button', { name: 'Send test call' }).click()
    await page
      .getByRole('alert')
      .getByText(/Body \(JSON\) is no JSON/)
      .waitFor()
    await body.fill('{ "id": 7 }')
    await page.getByRole('button', { name: 'Send test call' }).click()
    await page.getByText('Answered 201').waitFor()
    await page.getByRole('region', { name: 'Response' }).getByText('"taken": 7').first().waitFor()
  })

  test('makes a tool with a step, tries it, and offers it by an MCP server', async () => {
    const { _id: lookup } = await world.client.call('createExport', {
      body: {
        name: 'Rates',
        adaptorType: 'HTTPExport',
        _connectionId: world.connectionId,
        isLookup: true,
        http: { method: 'GET', relativeURI: '/rates' },
        mockOutput: { page_of_records: [{ record: { rate: 2 } }] },
      } as never,
    })
    const page = await create('tools', 'Create tool')
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name', { exact: false }).first().fill('Find a rate')
    await dialog.getByRole('combobox', { name: 'Integration' }).selectOption(world.built.integration)
    await dialog.getByRole('group', { name: 'Steps' }).getByRole('button', { name: 'Add step' }).click()
    const step = dialog.getByRole('group', { name: 'Steps 1' })
    await step.getByRole('combobox', { name: 'Export' }).selectOption(lookup)
    await step.getByRole('group', { name: 'Response mapping' }).getByRole('button', { name: 'Add' }).click()
    await step.getByLabel('Source field').fill('data[0].rate')
    await step.getByLabel('Destination field').fill('rate')
    const mapped = dialog.getByRole('group', { name: 'Mapping of the output', exact: true })
    await mapped.getByRole('button', { name: 'Add' }).click()
    await mapped.getByLabel('Destination field').fill('rate')
    await mapped.getByLabel('Source field').fill('$.rate')
    await mapped.getByRole('combobox', { name: 'Type' }).selectOption('number')
    await finish(page)
    await page.getByRole('heading', { name: 'Find a rate', level: 1 }).waitFor()
    await page.getByRole('button', { name: 'Test run' }).click()
    await page.getByRole('button', { name: 'Send test call' }).click()
    await page.getByRole('region', { name: 'Output' }).getByText('"rate": 2').first().waitFor()
    await page.getByText('Rates').click()
    pages.push({ name: 'tool', path: ofPage(page) }, { name: 'tool-test', path: `${ofPage(page)}?tab=test`, prepare: runTest })

    await page.goto('/resources/mcpservers')
    await page.getByRole('button', { name: 'Create MCP server' }).first().click()
    await dialog.getByLabel('Name', { exact: false }).first().fill('Rates for agents')
    await dialog.getByLabel('Address').fill('/rates')
    await dialog.getByRole('group', { name: 'Tools', exact: true }).getByRole('button', { name: 'Add' }).click()
    const tool = dialog.getByRole('group', { name: 'Tools 1' })
    await tool.getByRole('combobox', { name: 'Tool' }).selectOption({ label: 'Find a rate' })
    await tool.getByLabel('Name for callers').fill('find_rate')
    await finish(page)
    await page.getByRole('heading', { name: 'Rates for agents', level: 1 }).waitFor()
    await page.getByRole('button', { name: 'Address' }).click()
    await page.getByText(`${world.api.url}/v1/mcp/rates`, { exact: true }).waitFor()
    await page.getByRole('row', { name: /find_rate.*Find a rate/ }).waitFor()
    pages.push({ name: 'mcp-server', path: ofPage(page) }, { name: 'mcp-address', path: `${ofPage(page)}?tab=address` })
  })

  test('parts the records of an API by filters, and gives a branch steps of its own', async () => {
    const body = { name: 'Rates, parted', adaptorType: 'HTTPExport', _connectionId: world.connectionId, isLookup: true }
    const lookup = await world.client.call('createExport', { body: { ...body, http: { method: 'GET', relativeURI: '/rates' } } as never })
    const step = { type: 'export', _exportId: lookup._id }
    const builder = {
      request: { method: 'GET', relativeURI: '/parted/:kind' },
      routers: [{ id: 'steps', branches: [{ name: 'All', pageProcessors: [step], nextRouterId: 'apiRouter' }] }],
      responseRouter: { id: 'apiRouter' },
      responses: [
        { id: 'found', type: 'success', statusCode: 200, mappings: [{ generate: 'kind', extract: 'pathParams.kind' }] },
        { id: 'failed', type: 'fail', statusCode: 502 },
      ],
    }
    const { _id } = await world.client.call('createAPI', { body: { name: 'Parted', version: 'v1', type: 'builder', builder } as never })
    const page = await world.open(`/resources/apis/${_id}`)
    await page.getByRole('button', { name: 'Add branching' }).click()
    const parted = page.getByRole('region', { name: /^Branching / }).nth(1)
    await parted.getByLabel('Name', { exact: true }).fill('By kind')
    await parted.getByLabel('Name of branch 1').fill('Urgent')
    await parted.getByLabel('Name of branch 2').fill('All else')
    await parted.getByRole('button', { name: 'Edit input filter of Urgent' }).click()
    const dialog = page.getByRole('dialog', { name: 'Edit input filter of Urgent' })
    await dialog.getByRole('group', { name: 'How the filter is written' }).getByRole('button', { name: 'JSON' }).click()
    const rules = ['equals', ['string', ['extract', 'pathParams.kind']], 'urgent']
    await dialog.getByRole('textbox', { name: 'Rules as JSON' }).and(page.locator('[contenteditable]')).fill(JSON.stringify(rules))
    await dialog.getByRole('button', { name: 'Apply' }).click()
    const steps = parted.getByRole('group', { name: 'Steps of All else', exact: true })
    await steps.getByRole('button', { name: 'Add step' }).click()
    await steps.getByRole('combobox', { name: 'Export' }).selectOption(lookup._id)
    expect(await findSerious(page)).toEqual([])
    await parted.getByRole('combobox', { name: 'Which branch fits is decided by' }).selectOption('script')
    await parted.getByRole('button', { name: 'Edit branching script' }).click()
    const script = page.getByRole('dialog', { name: 'Edit branching script' })
    await script.getByRole('combobox', { name: 'Script' }).selectOption({ label: 'Answers' })
    await script.getByRole('region', { name: 'Options that the function gets' }).getByText(`"_apiId": "${_id}"`).waitFor()
    await script.getByRole('button', { name: 'Cancel' }).click()
    await parted.getByRole('combobox', { name: 'Which branch fits is decided by' }).selectOption('input_filters')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('Saved.').waitFor()
    const stored = (await world.client.call('getAPI', { params: { _id } })) as {
      readonly builder?: { readonly routers?: readonly unknown[] }
    }
    expect(stored.builder?.routers).toMatchObject([
      { id: 'steps', branches: [{ name: 'All', pageProcessors: [step], nextRouterId: expect.stringMatching(/^[a-z0-9]+$/) }] },
      {
        name: 'By kind',
        branches: [
          { name: 'Urgent', inputFilter: { rules }, nextRouterId: 'apiRouter' },
          { name: 'All else', pageProcessors: [step], nextRouterId: 'apiRouter' },
        ],
      },
    ])
  })

  test('makes a file definition and an EDI profile; fields of a later version are kept', async () => {
    let page = await create('filedefinitions', 'Create file definition')
    await page.getByRole('dialog').getByLabel('Name', { exact: false }).first().fill('Orders of the shop')
    await finish(page)
    await page.getByRole('heading', { name: 'Orders of the shop', level: 1 }).waitFor()
    pages.push({ name: 'file-definition', path: ofPage(page) })

    const profile = { name: 'Partner', fileType: 'edix12', myInterchangeId: 'US', ofLater: { kept: true } }
    const { _id } = await world.client.call('createEDIProfile', { body: profile as never })
    page = await world.open(`/resources/ediprofiles/${_id}`)
    await page.getByLabel("Partner's interchange id").fill('PARTNER')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved.').waitFor()
    expect(await world.client.call('getEDIProfile', { params: { _id } })).toMatchObject({ ...profile, tpInterchangeId: 'PARTNER' })
    pages.push({ name: 'edi-profile', path: ofPage(page) })
  })

  test('fills a lookup cache from a spreadsheet, and edits it in its rows', async () => {
    const { _id } = await world.client.call('createLookupCache', { body: { name: 'Prices' } })
    const page = await world.open(`/resources/lookupcaches/${_id}?tab=data`)
    const dialog = page.getByRole('dialog', { name: 'Paste rows' })
    await page.getByRole('button', { name: 'Paste rows' }).click()
    await paste(page, `key\tvalue\n${'k'.repeat(501)}\tx`)
    await dialog
      .getByRole('alert')
      .getByText(/A key has 500 at most/)
      .waitFor()
    await paste(page, 'key\nonly')
    await dialog
      .getByRole('alert')
      .getByText(/There is one column only/)
      .waitFor()
    const rows = Array.from({ length: numRows }, (_, i) => `sku-${String(i).padStart(5, '0')}\t${i}\t"Nail, ""large"""`)
    await paste(page, ['sku\tprice\tname', ...rows, '\tno key\t'].join('\r\n'))
    await dialog.getByText('50,000 rows to write.').waitFor()
    await dialog.getByText('1 row without a key is left out.').waitFor()
    await dialog.getByRole('button', { name: 'Write 50,000 rows' }).click()
    await dialog.getByRole('progressbar', { name: 'Rows written' }).waitFor()
    await dialog.waitFor({ state: 'detached', timeout: 120_000 })
    await page.getByText('50,000 rows written.').waitFor()
    const last = await world.client.call('getLookupCacheData', { params: { _id }, body: { keys: ['sku-49999'] } })
    expect(last.data).toEqual([{ key: 'sku-49999', value: { price: '49999', name: 'Nail, "large"' } }])

    const table = page.getByRole('table', { name: 'Entries of the lookup cache' })
    await page.getByLabel('New key').fill('a-first')
    await page.getByLabel('New value').fill('of all')
    await page.getByRole('button', { name: 'Add entry' }).click()
    await table.getByRole('button', { name: 'Edit the value of a-first' }).click()
    await table.getByRole('textbox', { name: 'Value of a-first' }).fill('of them')
    await page.keyboard.press('Enter')
    await table.getByText('"of them"').waitFor()
    pages.push({ name: 'lookup-cache', path: `/resources/lookupcaches/${_id}?tab=data` })
    pages.push({ name: 'lookup-cache-paste', path: `/resources/lookupcaches/${_id}?tab=data`, prepare: openPaste })
  }, 240_000)
}

async function runTest(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Send test call' }).click()
  await page.locator('.diff-type > summary').first().waitFor()
}

async function openPaste(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Paste rows' }).click()
  await paste(page, 'sku\tprice\tname\nsku-1\t12\tNail\nsku-2\t3\tScrew')
  await page.getByRole('table', { name: 'The first rows' }).waitFor()
}

/** What a spreadsheet puts into the clipboard. */
async function paste(page: Page, text: string): Promise<void> {
  const again = page.getByRole('button', { name: 'Take others' })
  if ((await again.count()) > 0) await again.click()
  await page.getByRole('textbox', { name: 'Rows' }).waitFor()
  await page.evaluate(`(() => {
    const data = new DataTransfer()
    data.setData('text/plain', ${JSON.stringify(text)})
    document.querySelector('dialog textarea').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
  })()`)
}

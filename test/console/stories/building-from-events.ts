/** Somebody whose account is empty builds two flows into a table by clicking alone: from files that lie on the server, and from events that an application sends. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listen, type Application } from '../../../demo/applications/listen.ts'
import { addUser } from '../../../src/domain/accounts/accounts.ts'
import { signIn, type ConsoleWorld } from '../../harness/console.ts'
import { startPostgreSQL, type OutsideDatabase } from '../../harness/outside-databases.ts'
import { findSerious } from './accessibility.ts'
import { graphOf } from './building.ts'

/** A database server that starts on a busy machine. In milliseconds. */
const startMs = 120_000
/** What runs by itself: an event waits for more that come at the same time. In milliseconds. */
const runMs = 60_000

const orders = 'number,total\nA-1,10.50\nA-2,0\nA-3,7\n'
const tag = 'function preSavePage(options) {\n  return { data: options.data.map((order) => ({ ...order, channel: "counter" })) }\n}'

/** A list of customers that is asked for one of them. */
const openCustomers = (): Promise<Application> =>
  listen(({ url }) => ({ status: 200, body: [{ key: url.pathname.split('/').at(-1), kind: url.pathname.endsWith('/7') ? 's' : 'w' }] }))

export function tellBuildingFromEvents(world: ConsoleWorld): void {
  let database: OutsideDatabase
  let customers: Application
  let page: Page
  let panel: Locator

  beforeAll(async () => {
    database = await startPostgreSQL()
    customers = await openCustomers()
    await database.ask('create table orders (number text primary key, total numeric(12,2) not null, channel text)')
    const { _id, token } = await addUser(world.api.world, 'first-day@example.com')
    const folder = join(world.files, _id, 'orders')
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'today.csv'), orders)
    page = await world.newPage({ permissions: ['clipboard-read', 'clipboard-write'] })
    await signIn(page, token)
    panel = page.getByRole('complementary', { name: 'Step' })
  }, startMs)
  afterAll(async () => {
    await page.context().close()
    customers.close()
    await database.stop()
  })

  const beginFlow = async (name: string): Promise<void> => {
    await page.getByRole('button', { name: 'New flow' }).click()
    await page.getByLabel('Name of the flow').fill(name)
    await page.getByRole('button', { name: 'Build the flow' }).click()
  }
  const addStep = async (kind: RegExp): Promise<void> => {
    await graphOf(page).getByRole('button', { name: 'Add step' }).last().click()
    await page.getByRole('menuitem', { name: kind }).click()
  }
  const connect = async (type: string, fields: Readonly<Record<string, string>> = {}): Promise<void> => {
    await panel.getByRole('button', { name: 'New connection' }).click()
    await panel.getByRole('combobox', { name: 'Type of application' }).selectOption({ label: type })
    for (const [label, value] of Object.entries(fields)) await panel.getByLabel(label).fill(value)
  }
  const openPart = async (name: string): Promise<Locator> => {
    await panel.getByRole('button', { name }).click()
    return page.getByRole('dialog', { name })
  }
  const apply = (dialog: Locator) => dialog.getByRole('button', { name: 'Apply' }).click()
  const save = async (): Promise<void> => {
    await page.getByRole('button', { name: 'Save flow' }).click()
    await page.getByText('The flow is saved.').last().waitFor()
    await page.getByText('Not saved yet').waitFor({ state: 'detached' })
  }
  const readOrders = () => database.ask('select number, total::text, channel from orders order by number')

  test('files are previewed, filtered, changed by a function and mapped, and a run writes them into the table', async () => {
    await page.getByRole('button', { name: 'Create integration' }).click()
    await page.getByLabel('Name').fill('Orders in a table')
    await page.getByRole('button', { name: 'Create', exact: true }).click()
    await beginFlow('Files to a table')
    await graphOf(page).getByRole('button', { name: 'Add export' }).click()
    await connect('Files of the server')
    await panel.getByRole('button', { name: 'Create connection' }).click()
    await panel.getByText('Next: Folder').waitFor()
    await panel.getByLabel('Folder').fill('orders')
    await panel.getByRole('button', { name: 'Preview records' }).click()
    await panel.getByRole('cell', { name: 'A-2' }).waitFor()

    const filter = await openPart('Edit filter')
    await filter.getByRole('button', { name: 'Add rule' }).click()
    await filter.getByRole('combobox', { name: 'Field of rule 1', exact: true }).fill('total')
    await filter.getByRole('combobox', { name: 'Type: Field of rule 1' }).selectOption({ label: 'Number' })
    await filter.getByRole('combobox', { name: 'Operator of rule 1' }).selectOption({ label: 'is greater than' })
    await filter.getByRole('textbox', { name: 'Value of rule 1', exact: true }).fill('0')
    await filter.getByText('2 of 3').waitFor()
    await apply(filter)

    const hooks = await openPart('Edit hooks')
    await hooks.getByRole('button', { name: 'New script' }).click()
    await hooks.getByRole('textbox', { name: 'Script', exact: true }).and(page.locator('[contenteditable]')).fill(tag)
    await hooks.getByRole('button', { name: 'Run', exact: true }).click()
    await hooks.getByRole('region', { name: 'Returned' }).first().getByText('"counter"').first().waitFor()
    await hooks.getByRole('button', { name: 'Save script', exact: true }).click()
    await page.getByText('Script of preSavePage is saved.').waitFor()
    await apply(hooks)
    await panel.getByRole('button', { name: 'Preview again' }).click()
    await panel.getByRole('cell', { name: 'counter' }).first().waitFor()
    await panel.getByRole('cell', { name: 'A-2' }).waitFor({ state: 'detached' })

    await addStep(/Import/)
    await connect('Database', {
      Host: database.host,
      Port: String(database.port),
      'Name of the database': database.database,
      'User name': database.user,
      Password: 'not the password',
    })
    await panel.getByRole('button', { name: 'Test connection' }).click()
    await panel.getByText(/password authentication failed/).waitFor()
    await panel.getByLabel('Password').fill(database.password)
    await panel.getByRole('button', { name: 'Test connection' }).click()
    await panel.getByText('The application answers.').waitFor()
    await panel.getByRole('button', { name: 'Create connection' }).click()
    await panel.getByText('Next: Table name').waitFor()
    await panel.getByLabel('Table name').fill('orders')
    const mapping = await openPart('Edit mapping')
    await mapping.getByRole('button', { name: 'Begin with the fields of the record' }).click()
    await mapping.getByRole('combobox', { name: 'Source of channel' }).fill('shop {{record.channel}}')
    await mapping.getByRole('region', { name: 'Result' }).getByText('"shop counter"').waitFor()
    await apply(mapping)
    expect(await findSerious(page)).toEqual([])
    await save()
    await page.getByRole('button', { name: 'Run flow' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Run', exact: true }).click()
    await page
      .getByRole('table', { name: 'Steps of the run' })
      .getByRole('row', { name: `Send orders to ${database.database}` })
      .getByText('Completed')
      .waitFor({ timeout: runMs })
    expect(await readOrders()).toEqual([
      { number: 'A-1', total: '10.50', channel: 'shop counter' },
      { number: 'A-3', total: '7.00', channel: 'shop counter' },
    ])
  })

  test('events that are sent to an address are asked about, mapped by a table of values, and written as they come', async () => {
    await page.getByRole('link', { name: 'Orders in a table' }).first().click()
    await beginFlow('Events to a table')
    await graphOf(page).getByRole('button', { name: 'Add export' }).click()
    await panel.getByRole('button', { name: 'Webhook' }).click()
    await panel
      .getByRole('textbox', { name: 'Record', exact: true })
      .and(page.locator('[contenteditable]'))
      .fill('{ "id": "B-1", "sum": 12.5, "customer": 7 }')

    await addStep(/Lookup/)
    await connect('HTTP', { 'Base URI': customers.url })
    await panel.getByRole('button', { name: 'Create connection' }).click()
    await panel.getByLabel('Relative URI', { exact: true }).fill('/customers/{{record.customer}}')
    await panel.getByRole('button', { name: 'Preview records' }).click()
    await panel.getByRole('cell', { name: 's', exact: true }).waitFor()
    const answers = await openPart('Edit response mapping')
    await answers.getByRole('button', { name: 'Add field', exact: true }).click()
    await answers.getByRole('textbox', { name: 'Name of new field' }).fill('kind')
    await answers.getByRole('combobox', { name: 'Source of kind' }).fill('data[0].kind')
    await apply(answers)

    await addStep(/Import/)
    await panel.getByRole('combobox', { name: 'Use a connection' }).selectOption({ label: database.database })
    await panel.getByLabel('Query type').selectOption({ label: 'Per record' })
    await panel.getByText('Next: Query').waitFor()
    await panel
      .getByLabel('Query (required)')
      .fill('insert into orders (number, total, channel) values ({{record.number}}, {{record.total}}, {{record.channel}})')
    const mapping = await openPart('Edit mapping')
    for (const [name, source] of [
      ['number', '$.id'],
      ['total', '$.sum'],
      ['channel', '$.kind'],
    ] as const) {
      await mapping.getByRole('button', { name: 'Add field', exact: true }).click()
      await mapping.getByRole('textbox', { name: 'Name of new field' }).fill(name)
      await mapping.getByRole('combobox', { name: `Source of ${name}` }).fill(source)
    }
    await mapping.getByRole('region', { name: 'Result' }).getByText('"12.5"').waitFor()
    await mapping.getByRole('button', { name: 'Settings of channel' }).click()
    const settings = mapping.getByRole('complementary', { name: 'Settings of channel' })
    await settings.getByRole('button', { name: 'New lookup' }).click()
    for (const [n, [from, to]] of Object.entries([
      ['s', 'shop'],
      ['w', 'web'],
    ])) {
      await settings.getByRole('button', { name: 'Add value' }).click()
      await settings.getByLabel(`Value ${Number(n) + 1} of the source`).fill(from as string)
      await settings.getByLabel(`Value ${Number(n) + 1} of the target`).fill(to as string)
    }
    await apply(mapping)
    await save()

    await graphOf(page).getByRole('link', { name: 'Get records from a webhook', exact: true }).click()
    const address = panel.getByRole('region', { name: 'Address to send to' })
    await address.getByRole('button', { name: 'Copy' }).click()
    await page.getByText('Copied').waitFor()
    const copied = await page.evaluate<string>('navigator.clipboard.readText()')
    const send = (event: object) =>
      fetch(copied, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(event) })
    expect((await send({ id: 'B-1', sum: 12.5, customer: 7 })).status).toBe(204)
    expect((await send({ id: 'B-2', sum: 3, customer: 8 })).status).toBe(204)
    const before = await page.context().request.post(copied.replace(/[0-9a-f]+\/data$/, 'guessed/data'), { data: {} })
    expect(before.status()).toBe(401)
    await page
      .getByRole('table', { name: 'Steps of the run' })
      .getByRole('row', { name: `Send orders to ${database.database}` })
      .getByText(/Completed|Running/)
      .waitFor({ timeout: runMs })
    await expect.poll(readOrders, { timeout: runMs }).toEqual(
      expect.arrayContaining([
        { number: 'B-1', total: '12.50', channel: 'shop' },
        { number: 'B-2', total: '3.00', channel: 'web' },
      ]),
    )
    // Opened again, the secret part of the address is told to nobody.
    await page.reload()
    await address.getByText('…/data').waitFor()
    expect(await address.getByRole('button', { name: 'Copy' }).count()).toBe(0)
  })
}

/** Somebody packages an integration as an app, designs and tries its steps, licenses it to another account, and that one installs it. */
import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import type { ConsoleWorld } from '../../harness/console.ts'
import type { ConsolePage } from '../pages.ts'

/** Until it is saved: whoever leaves before is asked. */
async function save(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Not saved yet').waitFor({ state: 'detached' })
}

export function tellPublishing(world: ConsoleWorld, pages: ConsolePage[]): void {
  let integration = ''
  beforeAll(async () => {
    const made = await world.client.call('createIntegration', { body: { name: 'Orders to shelf' } })
    integration = made._id
    const source = await world.client.call('createExport', {
      body: {
        name: 'Orders',
        adaptorType: 'HTTPExport',
        _connectionId: world.connectionId,
        http: { method: 'GET', relativeURI: '/orders' },
      },
    })
    for (const name of ['Orders of the day', 'Returns of the day'])
      await world.client.call('createFlow', { body: { name, _integrationId: integration, pageGenerators: [{ _exportId: source._id }] } })
  })

  test('packages an integration as a template, and sees what those get who copy it', async () => {
    const page = await world.open(`/integrations/${integration}/admin`)
    await page.getByRole('button', { name: 'Package for others' }).click()
    await page.getByLabel('Applications that it connects').fill('Shop, Shelf')
    pages.push({ name: 'package', path: new URL(page.url()).pathname })
    await page.getByRole('button', { name: 'Make the template' }).click()
    await page.getByText('Orders to shelf is packaged.').waitFor()
    await page.getByRole('button', { name: 'What is installed' }).click()
    await page.getByText('Flows', { exact: false }).and(page.locator('summary')).click()
    await page.getByText('Returns of the day').waitFor()
    const [template] = await world.client.call('listTemplates', { query: { _integrationId: integration } })
    expect(template).toMatchObject({ published: true, applications: ['Shop', 'Shelf'] })
  })

  test('packages it as an app: designs and tries a form, lays out editions, gives a licence', async () => {
    const page = await world.open(`/integrations/${integration}/package`)
    await page.getByRole('radio', { name: /Integration App/ }).check()
    await page.getByLabel('Name', { exact: true }).fill('Shelf app')
    await page.getByLabel('Version').fill('2.1.0')
    await page.getByRole('button', { name: 'Make the app' }).click()
    await page.getByRole('heading', { name: 'Shelf app', level: 1 }).waitFor()
    const connector = new URL(page.url()).pathname
    const steps = page.getByRole('group', { name: 'Install steps', exact: true })
    await steps.getByRole('button', { name: 'Add', exact: true }).click()
    const first = page.getByRole('group', { name: 'Install steps 1' })
    await first.getByLabel('Title').fill('Region')
    await first.getByRole('combobox', { name: 'What it does' }).selectOption('form')
    await first.getByRole('button', { name: 'Add field' }).click()
    const field = first.getByRole('group', { name: 'Fields 1' })
    await field.getByLabel('Label').fill('Region of the shelf')
    await field.getByLabel('Name of the setting').fill('region')
    await field.getByRole('combobox', { name: 'Kind' }).selectOption({ label: 'Select one' })
    await field.getByRole('checkbox', { name: 'Required' }).check()
    await field.getByLabel(/^Options/).fill('eu=Europe\nus=America')
    await first
      .getByRole('group', { name: 'Form, tried' })
      .getByRole('combobox', { name: /Region of the shelf/ })
      .selectOption({ label: 'America' })
    await first.getByRole('region', { name: 'Form: what is sent' }).getByText('"region": "us"').waitFor()
    await steps.getByRole('button', { name: 'Add', exact: true }).last().click()
    const second = page.getByRole('group', { name: 'Install steps 2' })
    await second.getByLabel('Title').fill('Install')
    await second.getByRole('combobox', { name: 'What it does' }).selectOption('template_zip')
    await second.getByLabel('Installs the resources of the edition').check()
    await save(page)
    pages.push({
      name: 'app-package',
      path: `${connector}?tab=package`,
      prepare: (shown) => shown.getByRole('group', { name: 'Form, tried' }).scrollIntoViewIfNeeded(),
    })

    await page.getByRole('button', { name: 'Definition' }).click()
    await page.getByRole('group', { name: 'Editions', exact: true }).getByRole('button', { name: 'Add', exact: true }).click()
    const edition = page.getByRole('group', { name: 'Editions 1' })
    await edition.getByLabel('Name', { exact: false }).first().fill('Starter')
    await edition.getByRole('group', { name: 'Flows of an installation' }).getByRole('checkbox', { name: 'Orders of the day' }).check()
    await save(page)
    pages.push({ name: 'app-definition', path: connector }, { name: 'app-contents', path: `${connector}?tab=contents` })

    await page.getByRole('button', { name: 'Licences' }).click()
    await page.getByRole('button', { name: 'Give licence' }).first().click()
    const dialog = page.getByRole('dialog', { name: 'Give licence' })
    await dialog.getByLabel('Email of a user of the account').fill('newcomer@example.com')
    await dialog.getByRole('button', { name: 'Give licence' }).click()
    await page.getByRole('row', { name: /newcomer@example.com/ }).waitFor()
  })

  test('the other account installs it step by step, and the publisher sees it in the install base', async () => {
    const page = await world.open('/licenses', 'newcomer')
    await page.getByRole('button', { name: 'Install Shelf app' }).click()
    await page.getByRole('dialog', { name: 'Install Shelf app' }).getByRole('button', { name: 'Install', exact: true }).click()
    const current = page.getByRole('list', { name: 'Steps' }).locator('[aria-current=step]')
    await current.getByRole('heading', { name: /Region/ }).waitFor()
    await current.getByRole('combobox', { name: /Region of the shelf/ }).selectOption({ label: 'Europe' })
    await current.getByRole('button', { name: 'Continue' }).click()
    await current.getByRole('button', { name: 'Install resources' }).click()
    await page.getByText('The app is installed.').waitFor()
    await page.getByText('2.1.0').waitFor()
    await page.getByRole('link', { name: 'Flows' }).click()
    await page.getByRole('link', { name: 'Orders of the day' }).waitFor()
    expect(await page.getByRole('link', { name: 'Returns of the day' }).count()).toBe(0)

    const publisher = await world.open('/resources/connectors')
    await publisher.getByRole('link', { name: 'Shelf app' }).click()
    await publisher.getByRole('button', { name: 'Install base' }).click()
    await publisher
      .getByRole('row', { name: /newcomer@example.com/ })
      .getByText('2.1.0')
      .waitFor()
  })
}

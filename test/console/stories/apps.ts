/** Somebody installs an Integration App that they have a licence for, step by step, adds a child, changes the edition, gets an update, and removes it. */
import { beforeAll, expect, test } from 'vitest'
import { addUser } from '../../../src/domain/accounts/accounts.ts'
import { publish, type Published } from '../../harness/app.ts'
import { signIn, type ConsoleWorld } from '../../harness/console.ts'

export function tellApps(world: ConsoleWorld): void {
  let published: Published
  let publisherToken: string
  const asPublisher = (method: string, path: string, body?: unknown) =>
    world.api.call(method, path, body, { authorization: `Bearer ${publisherToken}` })
  const give = (edition: number) =>
    asPublisher('POST', `/v1/connectors/${published.connectorId}/licenses`, {
      user: { email: 'owner@localhost' },
      _editionId: published.editions[edition],
    })
  const findInstallation = async (): Promise<string> => {
    const all = await world.client.call('listIntegrations', { query: { name: 'Shop app' } })
    return all[0]?._id ?? ''
  }

  beforeAll(async () => {
    publisherToken = (await addUser(world.api.world, 'publisher@example.com')).token
    published = await publish({ call: asPublisher })
    await give(0)
  })

  test('finds from Home which apps the account may install', async () => {
    const page = await world.open('/?view=tile')
    await page.getByRole('button', { name: 'Create integration' }).click()
    await page.getByRole('menuitem', { name: 'Install an app' }).click()
    await page.getByRole('heading', { name: 'Install an app', level: 1 }).waitFor()
    await page
      .getByRole('row', { name: /Starter/ })
      .getByRole('button', { name: 'Install Shop app' })
      .click()
    await page.getByRole('dialog', { name: 'Install Shop app' }).getByRole('button', { name: 'Cancel' }).click()
    // Somebody without a licence, and without an app of their own.
    const nothing = await world.open('/install', 'newcomer')
    await nothing.getByRole('heading', { name: 'Nothing to install' }).waitFor()
  })

  test('sees which code would run, and takes the steps one after the other', async () => {
    const page = await world.open('/licenses')
    await page
      .getByRole('row', { name: /Starter/ })
      .getByRole('button', { name: 'Install Shop app' })
      .click()
    const dialog = page.getByRole('dialog', { name: 'Install Shop app' })
    await dialog.getByText(/^App /).click()
    await dialog
      .getByRole('region', { name: 'Show App' })
      .getByText(/no such luck/)
      .waitFor()
    await dialog.getByRole('button', { name: 'Install', exact: true }).click()

    const steps = page.getByRole('list', { name: 'Steps' })
    const current = () => steps.locator('[aria-current=step]')
    await current()
      .getByRole('heading', { name: /Connect/ })
      .waitFor()
    await current()
      .getByRole('combobox', { name: /Connection to use/ })
      .selectOption({ label: 'Warehouse' })
    await current().getByRole('button', { name: 'Continue' }).click()

    await current()
      .getByRole('heading', { name: /Region/ })
      .waitFor()
    await current().getByRole('button', { name: 'Continue' }).click()
    await current()
      .getByRole('alert')
      .getByText(/region to be present/)
      .waitFor()
    await page.getByRole('link', { name: 'Flows' }).click()
    await page.getByText('This app is being installed. 1 of 3 steps done.').waitFor()
    await page.getByRole('link', { name: 'Continue' }).click()
    await current()
      .getByRole('combobox', { name: /region/ })
      .selectOption('US')
    await current().getByRole('button', { name: 'Continue' }).click()

    await current().getByRole('button', { name: 'Install resources' }).click()
    await page.getByText('The app is installed.').waitFor()
    await page.getByText('1.0.0').waitFor()
    await page.getByText('Starter').waitFor()
    const _id = await findInstallation()
    expect(await world.client.call('getIntegration', { params: { _id } })).toMatchObject({ mode: 'settings', settings: { region: 'US' } })
    expect((await world.client.call('listIntegrationFlows', { params: { _id } })).map(({ name }) => name)).toEqual(['Basic'])
  })

  test('adds children, and takes one away again', async () => {
    const page = await world.open(`/integrations/${await findInstallation()}/app`)
    await page.getByRole('button', { name: 'Add child' }).click()
    const children = page.getByRole('table', { name: 'Shop app: children' })
    await children.getByText('In use').waitFor()
    await page.getByRole('button', { name: 'Add child' }).click()
    await expect.poll(() => children.getByText('In use').count(), { timeout: 60_000 }).toBe(2)
    await children.getByRole('button', { name: 'More actions: Store of Shop app' }).first().click()
    await page.getByRole('menuitem', { name: 'Remove' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Uninstall app' }).click()
    await expect.poll(() => children.getByText('In use').count(), { timeout: 60_000 }).toBe(1)
  })

  test('changes to the edition of another licence', async () => {
    await give(1)
    const _id = await findInstallation()
    const page = await world.open(`/integrations/${_id}/app`)
    await page.getByRole('button', { name: 'Change edition' }).click()
    await page.getByRole('combobox', { name: 'Licence to change to' }).selectOption({ label: 'Premium' })
    await page.getByRole('dialog').getByRole('button', { name: 'Change edition' }).click()
    await page.getByText('The edition is changed.').waitFor()
    await page.getByText('Premium').waitFor()
    expect((await world.client.call('listIntegrationFlows', { params: { _id } })).map(({ name }) => name)).toEqual(['Basic', 'Extra'])
  })

  test('its publisher sees who has it, brings it up to date, and gives another licence', async () => {
    const page = await world.newPage()
    await signIn(page, publisherToken)
    await page.goto(`/resources/connectors/${published.connectorId}?tab=installations`)
    const installations = page.getByRole('table', { name: 'Installations' })
    const row = installations.getByRole('row', { name: /owner@localhost/ }).filter({ hasNotText: 'Child' })
    await row.getByText('Premium').waitFor()
    await row.getByRole('checkbox').check()
    await page.getByRole('button', { name: 'Update 1 installation' }).click()
    await row.getByText('2.0.0').waitFor()
    await page.getByRole('button', { name: 'Licences' }).click()
    await page.getByRole('button', { name: 'Give licence' }).click()
    const dialog = page.getByRole('dialog', { name: 'Give licence' })
    await dialog.getByLabel('Email of a user of the account').fill('nobody@example.com')
    await dialog.getByRole('button', { name: 'Give licence' }).click()
    await dialog.getByRole('alert').waitFor()
    await dialog.getByLabel('Email of a user of the account').fill('stranger@example.com')
    await dialog.getByLabel('Expires').fill('2126-05-04')
    await dialog.getByRole('button', { name: 'JSON' }).click()
    await dialog.getByText('"email": "stranger@example.com"').waitFor()
    await dialog.getByRole('button', { name: 'Give licence' }).click()
    await page
      .getByRole('row', { name: /stranger@example.com/ })
      .getByText('2126')
      .waitFor()
    await page.getByRole('button', { name: 'More actions: stranger@example.com' }).click()
    await page.getByRole('menuitem', { name: 'Change terms' }).click()
    const terms = page.getByRole('dialog', { name: 'Change terms' })
    expect(await terms.getByLabel('Expires').inputValue()).toBe('2126-05-04')
    await terms.getByLabel('Expires').fill('')
    await terms.getByRole('button', { name: 'Change terms' }).click()
    await page
      .getByRole('row', { name: /stranger@example.com/ })
      .getByText('2126')
      .waitFor({ state: 'detached' })
  })

  test('removes one: its steps come first', async () => {
    const begun = await world.client.call('installConnector', { params: { _id: published.connectorId }, body: { name: 'Not wanted' } })
    const page = await world.open(`/integrations/${begun._id}/app`)
    await page.getByRole('button', { name: 'Uninstall app' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Uninstall app' }).click()
    const step = page.locator('[aria-current=step]')
    await step.getByRole('heading', { name: /Say goodbye/ }).waitFor()
    await step.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor()
    await page.getByRole('link', { name: 'Not wanted' }).waitFor({ state: 'detached' })
  })

  test('a step that is to be taken stays open for whoever comes next', async () => {
    const begun = await world.client.call('installConnector', { params: { _id: published.connectorId }, body: { name: 'Second shop' } })
    const connection = { _connectionId: world.connectionId }
    await world.client.call('takeInstallStep', { params: { _id: begun._id, index: '0' }, body: connection })
    const page = await world.open(`/integrations/${begun._id}/setup`)
    await page
      .locator('[aria-current=step]')
      .getByRole('combobox', { name: /region/ })
      .waitFor()
    world.apps = { installed: await findInstallation(), begun: begun._id, connector: published.connectorId }
  })
}

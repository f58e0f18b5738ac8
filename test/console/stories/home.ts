/** Somebody looks at the start page: what is there, what is wrong, in the order they like. */
import { expect, test } from 'vitest'
import { ownerToken } from '../../harness/api.ts'
import { signIn, type ConsoleWorld } from '../../harness/console.ts'

export function tellHome(world: ConsoleWorld): void {
  test('shows a tile an integration, and finds one by its name', async () => {
    const page = await world.open('/')
    const tiles = page.getByRole('list', { name: 'Integrations' })
    await tiles.getByRole('link', { name: 'Shop to warehouse' }).waitFor()
    expect(await tiles.getByRole('listitem').first().textContent()).toContain('2 flows')
    await page.getByRole('searchbox', { name: 'Search integrations' }).fill('nothing is called so')
    await page.getByRole('heading', { name: 'Nothing matches' }).waitFor()
    await page.getByRole('searchbox', { name: 'Search integrations' }).fill('WAREHOUSE')
    await tiles.getByRole('link', { name: 'Shop to warehouse' }).waitFor()
    await page.waitForURL('**/?q=WAREHOUSE')
  })

  test('keeps view and sort in the address, through a reload', async () => {
    const page = await world.open('/')
    await page.getByRole('button', { name: 'List' }).click()
    await page.getByRole('button', { name: 'Errors' }).click()
    await page.getByRole('columnheader', { name: 'Errors' }).and(page.locator('[aria-sort=descending]')).waitFor()
    await page.reload()
    await page.getByRole('columnheader', { name: 'Errors' }).and(page.locator('[aria-sort=descending]')).waitFor()
    expect(new URL(page.url()).search).toBe('?view=list&sort=-numError')
  })

  test('remembers view, order and pins for the user, in every browser of theirs', async () => {
    const page = await world.open('/')
    await page.getByRole('columnheader', { name: 'Errors' }).and(page.locator('[aria-sort=descending]')).waitFor()
    await page.getByRole('button', { name: 'Name', exact: true }).click()
    await page.getByRole('button', { name: 'Tiles' }).click()
    const { _id } = await world.client.call('createIntegration', { body: { name: 'AAA stands first' } })
    const tiles = page.getByRole('list', { name: 'Integrations' }).getByRole('listitem')
    await expect.poll(async () => (await page.reload(), tiles.first().textContent()), { timeout: 20_000 }).toContain('AAA stands first')
    await page.getByRole('button', { name: 'Pin Shop to warehouse' }).click()
    await page.getByRole('button', { name: 'Unpin Shop to warehouse' }).waitFor()
    await expect.poll(() => tiles.first().textContent(), { timeout: 20_000 }).toContain('Shop to warehouse')
    const elsewhere = await world.newPage()
    await signIn(elsewhere, ownerToken)
    await elsewhere.getByRole('button', { name: 'Unpin Shop to warehouse' }).click()
    await elsewhere.getByRole('button', { name: 'Pin Shop to warehouse', exact: true }).waitFor()
    await world.client.call('deleteIntegration', { params: { _id } })
  })

  test('makes an integration, and opens it; what is refused stands at its field', async () => {
    const page = await world.open('/')
    // By the keyboard, through the menu of ways to begin.
    await page.getByRole('button', { name: 'Create integration' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: 'New integration' }).and(page.locator(':focus')).waitFor()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Create integration' })
    await dialog.getByLabel('Name').fill('x'.repeat(300))
    await dialog.getByRole('button', { name: 'Create' }).click()
    await dialog.getByRole('alert').waitFor()
    expect(await dialog.getByLabel('Name').inputValue()).toHaveLength(300)
    await dialog.getByLabel('Name').fill('Returns desk')
    await dialog.getByRole('button', { name: 'Create' }).click()
    await page.getByRole('heading', { name: 'Returns desk' }).waitFor()
    await page.getByRole('heading', { name: 'No flows yet' }).waitFor()
  })

  test('installs what a template presents, with a connection of another name in place of the one that it has', async () => {
    await world.client.call('createTemplate', { body: { name: 'Orders, ready to use', _integrationId: world.built.integration } })
    const other = await world.client.call('createConnection', {
      body: { name: 'Second warehouse', type: 'http', http: { mediaType: 'json', baseURI: world.warehouse.url } },
    })
    const page = await world.open('/')
    await page.getByRole('button', { name: 'Create integration' }).click()
    await page.getByRole('menuitem', { name: 'From a template' }).click()
    await page.getByRole('link', { name: 'Install Orders, ready to use' }).click()
    const wizard = page.getByRole('region', { name: 'Install Orders, ready to use' })
    await wizard.getByRole('button', { name: 'Continue' }).click()
    await wizard.getByLabel('Name of the integration').fill('A copy of the template')
    await wizard.getByRole('button', { name: 'Continue' }).click()
    await wizard.getByRole('combobox', { name: 'In place of Warehouse' }).selectOption({ label: 'Second warehouse' })
    await wizard.getByRole('button', { name: 'Install' }).click()
    await wizard.getByRole('button', { name: 'Open the integration' }).click()
    await page.getByRole('heading', { name: 'A copy of the template' }).waitFor()
    await page.getByRole('link', { name: 'Orders to shipments' }).waitFor()
    const [made] = await world.client.call('listIntegrations', { query: { name: 'A copy of the template' } })
    const connections = await world.client.call('listIntegrationConnections', { params: { _id: made?._id ?? '' } })
    expect(connections.map(({ name }) => name).toSorted()).toEqual(['Second warehouse', 'Shop'])
    await world.client.call('deleteIntegration', { params: { _id: made?._id ?? '' } })
    await world.client.call('deleteConnection', { params: { _id: other._id } })
  })
}

/** In the account of somebody who has nothing yet. */
export function tellFirstUse(world: ConsoleWorld): void {
  test('is met by three ways to begin: the sample is installed, and runs', async () => {
    const page = await world.open('/', 'newcomer')
    await page.getByRole('heading', { name: 'Where to begin' }).waitFor()
    for (const name of ['Create integration', 'Restore from files']) await page.getByRole('button', { name }).waitFor()
    await page.getByRole('button', { name: 'Install the sample' }).click()
    const dialog = page.getByRole('dialog', { name: 'Install the sample' })
    await dialog.getByLabel('Address of the shop').fill('http://127.0.0.1:9')
    await dialog.getByRole('button', { name: 'Install' }).click()
    expect(await dialog.getByRole('alert').textContent()).toContain('Shop does not answer.')
    await dialog.getByLabel('Address of the shop').fill(world.shop.url)
    await dialog.getByLabel('Token of the shop').fill(world.shop.token)
    await dialog.getByLabel('Address of the warehouse').fill(world.warehouse.url)
    await dialog.getByLabel('Password of the warehouse').fill('not the password')
    await dialog.getByRole('button', { name: 'Install' }).click()
    await dialog.getByText('Warehouse does not answer.').waitFor()
    await dialog.getByLabel('Password of the warehouse').fill(world.warehouse.password)
    await dialog.getByRole('button', { name: 'Install' }).click()
    await page.getByRole('heading', { name: 'Shop to warehouse' }).waitFor()
    await page.getByRole('button', { name: 'Run Orders to shipments' }).click()
    await page.getByRole('link', { name: 'Returns to the warehouse' }).waitFor()
    await page.goto('/')
    await page.getByRole('link', { name: 'Shop to warehouse' }).waitFor()
  })

  test('restores an integration from files, with connections that are chosen or made for it', async () => {
    const archive = await fetch(`${world.api.url}/v1/integrations/${world.built.integration}/files`, {
      headers: { authorization: `Bearer ${ownerToken}` },
    })
    const page = await world.open('/', 'newcomer')
    await page.getByRole('button', { name: 'Create integration' }).click()
    await page.getByRole('menuitem', { name: 'Restore from files' }).click()
    const dialog = page.getByRole('dialog', { name: 'Restore from files' })
    await dialog
      .getByLabel('Archive (.zip)')
      .setInputFiles({ name: 'broken.zip', mimeType: 'application/zip', buffer: Buffer.from('no archive') })
    await dialog.getByRole('button', { name: 'Restore' }).click()
    await dialog.getByRole('alert').waitFor()
    const buffer = Buffer.from(await archive.arrayBuffer())
    await dialog.getByLabel('Archive (.zip)').setInputFiles({ name: 'brought-along.zip', mimeType: 'application/zip', buffer })
    await dialog.getByLabel('Name').fill('Brought along')
    await dialog.getByRole('button', { name: 'Restore' }).click()
    await dialog.getByText('Files hold no connections').waitFor()
    await dialog.getByLabel('Warehouse').selectOption('Warehouse')
    await dialog.getByLabel(/: webhook.key/).fill('what the shop signs with')
    await dialog.getByRole('button', { name: 'Restore' }).click()
    await page.getByRole('heading', { name: 'Brought along' }).waitFor()
    await page.getByRole('link', { name: 'Orders to shipments' }).waitFor()
    await page.goto('/')
    await page.getByRole('link', { name: 'Brought along' }).waitFor()
    // The integration that the files are of is in the account of the owner: there it takes them itself.
    const there = await world.open('/?view=tile')
    await there.getByRole('button', { name: 'Create integration' }).click()
    await there.getByRole('menuitem', { name: 'Restore from files' }).click()
    const again = there.getByRole('dialog', { name: 'Restore from files' })
    await again.getByLabel('Archive (.zip)').setInputFiles({ name: 'twice.zip', mimeType: 'application/zip', buffer })
    await again.getByRole('button', { name: 'Restore' }).click()
    await again.getByText('Upload them on its Admin tab').waitFor()
    await there.goto('/?view=tile')
    await there.getByRole('link', { name: 'Shop to warehouse' }).first().waitFor()
    expect(await there.getByRole('link', { name: 'twice' }).count()).toBe(0)
    // What the broken archive was to become is gone.
    expect(await page.getByRole('link', { name: 'broken' }).count()).toBe(0)
  })
}

/** Somebody decides who has access to what: invites users to single integrations, changes how far they reach, invites again who refused; makes tokens for less than everything; and gives the documents of an integration aliases. */
import { expect, test } from 'vitest'
import { addUser } from '../../../src/domain/accounts/accounts.ts'
import { colleague } from '../../harness/colleague.ts'
import { signIn, type ConsoleWorld } from '../../harness/console.ts'

export function tellSharing(world: ConsoleWorld): void {
  const email = 'stocktaker@example.com'
  const shareOf = async () => {
    const found = (await world.client.call('listAShares', { query: {} })).find(({ sharedWithUser }) => sharedWithUser.email === email)
    if (!found) throw new Error(`Nothing is shared with ${email}.`)
    return found
  }

  test('invites a user to single integrations, of which each has a level, in whichever environment', async () => {
    const returns = await world.client.call('createIntegration', { body: { name: 'Returns' } })
    const trial = await world.client.call('createEnvironment', { body: { name: 'Trial' } })
    const headers = { 'sluice-environment': trial._id }
    const tried = await world.client.call('createIntegration', { body: { name: 'Returns, tried' }, headers })
    const page = await world.open('/users')
    await page.getByRole('button', { name: 'Invite user' }).click()
    const dialog = page.getByRole('dialog', { name: 'Invite user' })
    await dialog.getByLabel('Email').fill(email)
    await dialog.getByRole('combobox', { name: 'Access', exact: true }).selectOption({ label: 'Only some integrations' })
    await dialog.getByRole('button', { name: 'Invite user' }).click()
    await dialog.getByRole('alert').first().waitFor()
    await dialog.getByRole('combobox', { name: 'Access by integration: Returns', exact: true }).selectOption('Manage')
    await dialog.getByRole('combobox', { name: 'Access by integration: Returns, tried' }).selectOption('Monitor')
    await dialog.getByRole('button', { name: 'JSON' }).click()
    await dialog.getByText('"integrationAccessLevel"').waitFor()
    await dialog.getByRole('button', { name: 'Form' }).click()
    await dialog.getByRole('button', { name: 'Invite user' }).click()
    await page.getByText(`${email} is invited.`).waitFor()
    await page.getByRole('row', { name: email }).getByText('2 integrations').waitFor()
    const { accessLevel, integrationAccessLevel = [] } = await shareOf()
    expect({ accessLevel, levels: new Map(integrationAccessLevel.map((each) => [each._integrationId, each.accessLevel])) }).toEqual({
      accessLevel: undefined,
      levels: new Map([
        [returns._id, 'manage'],
        [tried._id, 'monitor'],
      ]),
    })
    await world.client.call('deleteIntegration', { params: { _id: tried._id }, headers })
  })

  test('invites again who refused', async () => {
    const { token } = await addUser(world.api.world, email)
    const { _id } = await shareOf()
    await world.api.call('PUT', `/v1/ashares/${_id}/dismiss`, undefined, { authorization: `Bearer ${token}` })
    const page = await world.open('/users')
    const row = page.getByRole('row', { name: email })
    await row.getByText('Declined').waitFor()
    await page.getByRole('button', { name: `More actions: ${email}` }).click()
    await page.getByRole('menuitem', { name: 'Invite again' }).click()
    await row.getByText('Invited').waitFor()
    await world.api.call('PUT', `/v1/ashares/${_id}/accept`, undefined, { authorization: `Bearer ${token}` })
  })

  test('changes how far a user reaches; where somebody else saved first, both versions are shown', async () => {
    const page = await world.open('/users')
    await page.getByRole('button', { name: `More actions: ${email}` }).click()
    await page.getByRole('menuitem', { name: 'Change access' }).click()
    const dialog = page.getByRole('dialog', { name: `Access of ${email}` })
    await dialog.getByRole('combobox', { name: 'Access', exact: true }).selectOption('Monitor')
    const share = await shareOf()
    const { integrationAccessLevel = [] } = share
    await world.client.call('updateAShare', {
      params: { _id: share._id },
      body: { integrationAccessLevel: integrationAccessLevel.slice(0, 1), allowToEditRetryData: true },
    })
    await dialog.getByRole('button', { name: 'Save' }).click()
    const both = page.getByRole('dialog', { name: 'Somebody else saved first' })
    await both.getByRole('radio', { name: 'Saved meanwhile: allowToEditRetryData' }).check()
    await both.getByRole('radio', { name: 'Saved meanwhile: integrationAccessLevel' }).check()
    await both.getByRole('button', { name: 'Save this choice' }).click()
    await page.getByText(`The access of ${email} is changed.`).waitFor()
    await page.getByRole('row', { name: email }).getByText('Monitor, more in 1 integration').waitFor()
    expect(await shareOf()).toMatchObject({ accessLevel: 'monitor', allowToEditRetryData: true, accepted: true })
  })

  test('gives a user access to one integration, beside what is shared with them, and changes it there', async () => {
    const page = await world.open(`/integrations/${world.built.integration}/users`)
    const row = page.getByRole('row', { name: email })
    await row.getByText('The account').waitFor()
    await page.getByRole('button', { name: 'Invite to this integration' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Email').fill(email.toUpperCase())
    await dialog.getByRole('combobox', { name: 'Access to this integration' }).selectOption('Manage')
    await dialog.getByRole('button', { name: 'Invite to this integration' }).click()
    await row.getByText('This integration').waitFor()
    await row.getByText('Manage').waitFor()
    const { _id, integrationAccessLevel = [] } = await shareOf()
    expect(integrationAccessLevel).toHaveLength(2)
    await page.getByRole('button', { name: `More actions: ${email}` }).click()
    await page.getByRole('menuitem', { name: 'Change access' }).click()
    await dialog.getByRole('combobox', { name: 'Access to this integration' }).selectOption('As in the account: Monitor')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await row.getByText('The account').waitFor()
    await row.getByText('Monitor').waitFor()
    expect((await shareOf()).integrationAccessLevel).toEqual(integrationAccessLevel.slice(0, 1))

    await page.getByRole('button', { name: 'Invite to this integration' }).click()
    await dialog.getByLabel('Email').fill('only-here@example.com')
    await dialog.getByRole('button', { name: 'Invite to this integration' }).click()
    await page.getByRole('row', { name: 'only-here@example.com' }).getByText('This integration').waitFor()
    await page.getByRole('button', { name: 'More actions: only-here@example.com' }).click()
    await page.getByRole('menuitem', { name: 'Change access' }).click()
    await dialog.getByText(/Nothing else is shared with the user/).waitFor()
    expect(await dialog.getByRole('option').allInnerTexts()).toEqual(['Monitor', 'Manage'])
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await world.client.call('deleteAShare', { params: { _id } })
  })

  test('who manages one integration and looks at another one changes what the first uses, and sees no button for the rest', async () => {
    const { client } = world
    const make = async (name: string) => {
      const { _id: _integrationId } = await client.call('createIntegration', { body: { name } })
      const { _id: _scriptId } = await client.call('createScript', {
        body: { name: `Script of ${name}`, content: 'function a(o) { return o.data }' },
      })
      const { _id: _importId } = await client.call('createImport', {
        body: {
          name: `Import of ${name}`,
          adaptorType: 'HTTPImport',
          _connectionId: world.connectionId,
          http: { method: ['POST'], relativeURI: ['/'] },
          hooks: { preMap: { function: 'a', _scriptId } },
        },
      })
      await client.call('createFlow', {
        body: { name: `Flow of ${name}`, _integrationId, pageProcessors: [{ type: 'import', _importId }] },
      })
      return { _integrationId, scripts: _scriptId, imports: _importId }
    }
    const [managed, watched] = [await make('managed'), await make('watched')]
    const user = await colleague(world.api, 'half@example.com', {
      integrationAccessLevel: [
        { _integrationId: managed._integrationId, accessLevel: 'manage' },
        { _integrationId: watched._integrationId, accessLevel: 'monitor' },
      ],
    })
    const page = await world.newPage()
    await signIn(page, user.token)
    for (const type of ['scripts', 'imports'] as const) {
      await page.goto(`/resources/${type}/${watched[type]}?tab=uses&account=${user.ashareId}`)
      await page
        .getByRole('link', { name: / of watched$/ })
        .first()
        .waitFor()
      expect(await page.getByRole('button', { name: 'Delete' }).count()).toBe(0)
      await page.getByRole('button', { name: 'Definition' }).click()
      await page.getByLabel(/^Name/).waitFor()
      expect(await page.getByLabel(/^Name/).getAttribute('readonly')).not.toBeNull()
      expect(await page.getByRole('button', { name: /^(Save|Delete)$/ }).count()).toBe(0)
      expect((await user.call('DELETE', `/v1/${type}/${watched[type]}`)).status).toBe(403)

      await page.goto(`/resources/${type}/${managed[type]}?account=${user.ashareId}`)
      await page.getByRole('button', { name: 'Delete', exact: true }).waitFor()
      await page.getByLabel(/^Name/).fill(`Renamed ${type}`)
      await page.getByRole('button', { name: 'Save', exact: true }).click()
      await page.getByRole('heading', { name: `Renamed ${type}`, level: 1 }).waitFor()
    }
  })

  test('makes a token for some connections that ends by itself, and gives it more', async () => {
    const page = await world.open('/access-tokens')
    await page.getByRole('button', { name: 'Create token' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('stock reader')
    await dialog.getByRole('radio', { name: /Custom/ }).check()
    await dialog.getByRole('button', { name: 'Create' }).click()
    await dialog.getByRole('alert').first().waitFor()
    await dialog.getByText('Connections', { exact: true }).first().click()
    await dialog.getByRole('checkbox', { name: 'Warehouse' }).check()
    await dialog.getByRole('combobox', { name: 'Auto-purge' }).selectOption({ label: 'After 30 days' })
    await dialog.getByRole('radio', { name: 'Full access' }).check()
    await dialog.getByRole('radio', { name: /Custom/ }).check()
    await dialog.getByRole('button', { name: 'Create' }).click()
    await dialog.getByRole('region', { name: 'Access token' }).waitFor()
    await dialog.getByRole('button', { name: 'Close' }).last().click()
    const row = page.getByRole('row', { name: /stock reader/ })
    await row.getByText('1 connection').waitFor()
    const tokenNow = async () => (await world.client.call('listAccessTokens', { query: {} })).find(({ name }) => name === 'stock reader')
    const made = await tokenNow()
    expect(made).toMatchObject({ fullAccess: false, _connectionIds: [world.connectionId] })
    const daysLeft = (Date.parse(made?.autoPurgeAt ?? '') - Date.now()) / 86_400_000
    expect(Math.round(daysLeft)).toBe(30)

    await page.getByRole('button', { name: 'More actions: stock reader' }).click()
    await page.getByRole('menuitem', { name: 'Change' }).click()
    await dialog.getByText('Imports', { exact: true }).first().click()
    await dialog.getByRole('checkbox', { name: 'Create shipments in the warehouse' }).check()
    await dialog.getByRole('button', { name: 'JSON' }).click()
    await dialog.getByText('"_importIds"').waitFor()
    await dialog.getByRole('button', { name: 'Save' }).click()
    await row.getByText('1 connection, 1 import').waitFor()
    expect(await tokenNow()).toMatchObject({ _importIds: [world.built.import], autoPurgeAt: made?.autoPurgeAt })
  })

  test('adds an alias, changes it while somebody else changes the integration, and removes it', async () => {
    const params = { _id: world.built.integration }
    const aliasesNow = async () => (await world.client.call('getIntegration', { params })).aliases ?? []
    const before = await aliasesNow()
    const { settings } = await world.client.call('getIntegration', { params })
    const page = await world.open(`/integrations/${world.built.integration}/aliases`)
    await page.getByRole('button', { name: 'Add alias' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Add alias' }).click()
    await dialog.getByRole('alert').getByText('Give the alias a name.').waitFor()
    await dialog.getByRole('alert').getByText('Choose the document that it stands for.').waitFor()
    await dialog.getByLabel('Alias').fill('main-flow')
    await dialog.getByRole('combobox', { name: 'Type' }).selectOption('flow')
    await dialog.getByRole('combobox', { name: 'Stands for' }).selectOption('Orders to shipments')
    await dialog.getByRole('button', { name: 'Add alias' }).click()
    const row = page.getByRole('row', { name: 'main-flow' })
    await row.getByRole('link', { name: 'Orders to shipments' }).waitFor()
    expect(await aliasesNow()).toEqual([...before, { alias: 'main-flow', _flowId: world.built.flow }])

    await page.getByRole('button', { name: 'Add alias' }).click()
    await dialog.getByLabel('Alias').fill('main-flow')
    await dialog.getByRole('combobox', { name: 'Stands for' }).selectOption('Orders to shipments')
    await dialog.getByRole('button', { name: 'Add alias' }).click()
    await dialog.getByText('The integration has an alias main-flow already.').waitFor()
    page.once('dialog', (discard) => void discard.accept())
    await dialog.getByRole('button', { name: 'Cancel' }).click()

    await page.getByRole('button', { name: 'More actions: main-flow' }).click()
    await page.getByRole('menuitem', { name: 'Edit' }).click()
    await dialog.getByLabel('Description').fill('What brings orders')
    await dialog.getByRole('combobox', { name: 'Type' }).selectOption('connection')
    await dialog.getByRole('combobox', { name: 'Stands for' }).selectOption('Warehouse')
    await world.client.call('patchIntegration', { params, body: [{ op: 'replace', path: '/settings', value: { told: 'meanwhile' } }] })
    await dialog.getByRole('button', { name: 'Save' }).click()
    await row.getByText('What brings orders').waitFor()
    expect(await aliasesNow()).toEqual([
      ...before,
      { alias: 'main-flow', description: 'What brings orders', _connectionId: world.connectionId },
    ])
    expect((await world.client.call('getIntegration', { params })).settings).toEqual({ told: 'meanwhile' })

    await page.getByRole('button', { name: 'More actions: main-flow' }).click()
    await page.getByRole('menuitem', { name: 'Remove' }).click()
    await dialog.getByRole('button', { name: 'Remove' }).click()
    await page.getByText('The alias main-flow is removed.').waitFor()
    expect(await aliasesNow()).toEqual(before)
    await world.client.call('patchIntegration', { params, body: [{ op: 'replace', path: '/settings', value: settings ?? {} }] })
  })
}

/** Somebody signs a connection in at its application, through the page that the application shows, and reads records over it. */
import { expect, test } from 'vitest'
import { client, startAuthorizationServer } from '../../harness/authorization-server.ts'
import type { ConsoleWorld } from '../../harness/console.ts'
import { graphOf } from './building.ts'

export function tellSigningInConnections(world: ConsoleWorld): void {
  test('a new connection with OAuth 2.0 is signed in on the page of its application, and records come over it', async () => {
    const application = await startAuthorizationServer({
      redirectURIs: [`${world.api.url}/connection/oauth2callback`],
      records: [{ id: 'SO-7' }],
    })
    const { _id } = await world.client.call('createFlow', { body: { name: 'Signed in' } })
    const page = await world.open(`/flows/${_id}`)
    const panel = page.getByRole('complementary', { name: 'Step' })
    await graphOf(page).getByRole('button', { name: 'Add export' }).click()
    await panel.getByRole('button', { name: 'New connection' }).click()
    await panel.getByLabel('Base URI').fill(application.origin)
    await panel.getByRole('combobox', { name: 'Authentication' }).selectOption({ label: 'OAuth 2.0' })
    await panel.getByRole('combobox', { name: 'Grant type' }).selectOption({ label: 'Authorization code' })
    for (const [label, value] of [
      ['Authorization URL', `${application.origin}/auth`],
      ['Token URL', `${application.origin}/token`],
      ['Client ID', client.id],
      ['Client secret', client.secret],
      ['Scope', 'openid\noffline_access'],
    ] as const)
      await panel.getByLabel(label).fill(value)
    await panel.getByLabel('Name (required)').fill('Signed in by a person')
    await panel.getByRole('button', { name: 'Create connection' }).click()
    await panel.getByLabel('Relative URI', { exact: true }).fill('/source/orders')
    await panel.getByRole('button', { name: 'Preview records' }).click()
    await panel
      .getByRole('alert')
      .getByText(/Somebody has to sign in/)
      .waitFor()
    const opens = page.waitForEvent('popup')
    await panel.getByRole('button', { name: 'Authorize' }).click()
    const popup = await opens
    await popup.getByText('The connection Signed in by a person is signed in and works.').waitFor()
    await popup.close()
    await panel.getByRole('button', { name: 'Preview again' }).click()
    await panel.getByRole('cell', { name: 'SO-7' }).waitFor()
    expect(application.asked.map(({ grant }) => grant)).toEqual(['authorization_code'])
    const undo = page.getByRole('button', { name: 'Undo', exact: true })
    while (await undo.isEnabled()) await undo.click()
    await application.close()
  })
}

/** What goes wrong around an open page: a slow network, a server that restarts, a session that ends, a document that is gone; and a user who may only look. */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { addUser } from '../../../src/domain/accounts/accounts.ts'
import { signIn, type ConsoleWorld } from '../../harness/console.ts'
import { everyPageMs, settle } from '../pages.ts'

export function tellMishaps(world: ConsoleWorld): void {
  const settings = () => `/integrations/${world.built.integration}/settings`
  const editorOf = (page: Page) => page.getByRole('textbox', { name: 'Settings' }).and(page.locator('[contenteditable]'))

  test('two tabs: what one saves, the other shows beside its own, and neither is lost', async () => {
    const { _id } = await world.client.call('createIntegration', { body: { name: 'Two tabs', settings: { site: 'a' } } })
    const first = await world.open(`/integrations/${_id}/settings`)
    const second = await first.context().newPage()
    await second.goto(`/integrations/${_id}/settings`)
    await editorOf(second).fill('{ "site": "of the second" }')
    await editorOf(first).fill('{ "site": "of the first" }')
    await first.getByRole('button', { name: 'Save' }).click()
    await first.getByText('Settings saved.').waitFor()
    await second.getByRole('button', { name: 'Save' }).click()
    const dialog = second.getByRole('dialog', { name: 'Somebody else saved first' })
    await dialog.getByText('"of the first"').waitFor()
    await dialog.getByText('"of the second"').waitFor()
    await second.keyboard.press('Escape')
    expect(await editorOf(second).innerText()).toContain('of the second')
    second.on('dialog', (leave) => void leave.accept())
    await second.close()
    await world.client.call('deleteIntegration', { params: { _id } })
  })

  test('on a slow network the page says that it loads, and a button is pressed once', async () => {
    const page = await world.open('/')
    let answer = (): void => {}
    const waiting = new Promise<void>((resolve) => (answer = resolve))
    let sent = 0
    await page.route('**/v1/integrations/*/revisions**', async (route) => {
      if (route.request().method() === 'POST') sent++
      await waiting
      await route.continue()
    })
    await page.goto(`/integrations/${world.built.integration}/revisions`)
    await page.getByRole('status', { name: 'Loading' }).first().waitFor()
    answer()
    await page.getByRole('button', { name: 'Create snapshot' }).click()
    await page.getByLabel('What it is for').fill('Over a slow network')
    const create = page.getByRole('button', { name: 'Create', exact: true })
    await create.dblclick()
    await page.getByRole('table', { name: 'Revisions' }).getByText('Over a slow network').waitFor()
    expect(sent).toBe(1)
    await page.unroute('**/v1/integrations/*/revisions**')
  })

  test('the server restarts under an open page: it says so, keeps what was typed, and goes on by itself', async () => {
    const page = await world.open(settings())
    await editorOf(page).fill('{ "site": "typed before the restart" }')
    await world.api.restartServer(async () => {
      await page.getByText('The connection to the server is lost.').waitFor()
      await page.getByRole('button', { name: 'Save' }).click()
      await page
        .getByRole('alert')
        .getByText(/cannot be reached/)
        .waitFor()
    })
    await page.getByText('The connection to the server is lost.').waitFor({ state: 'detached', timeout: 60_000 })
    expect(await editorOf(page).innerText()).toContain('typed before the restart')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Settings saved.').waitFor()
  })

  test('a session that is ended elsewhere asks to sign in beside the page, which keeps what was typed', async () => {
    const page = await world.newPage()
    await signIn(page, world.client.token)
    await page.goto(settings())
    await editorOf(page).fill('{ "site": "typed before the end" }')
    const sessions = await page.evaluate<readonly { _id: string; current: boolean }[]>(
      `fetch('/v1/sessions', { headers: { 'x-sluice-console': '1' } }).then((answer) => answer.json())`,
    )
    await world.client.call('endSession', { params: { _id: sessions.find(({ current }) => current)?._id ?? '' } })
    await page.getByRole('dialog', { name: 'You are signed out' }).waitFor({ timeout: 60_000 })
    const beside = await page.context().newPage()
    await signIn(beside, world.client.token)
    await page.getByRole('button', { name: 'I am signed in again' }).click()
    await page.getByRole('dialog', { name: 'You are signed out' }).waitFor({ state: 'detached' })
    expect(await editorOf(page).innerText()).toContain('typed before the end')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Settings saved.').waitFor()
  })

  test('a token that is revoked in the middle ends the session that it opened, and nothing typed is lost', async () => {
    const made = await world.client.call('createAccessToken', { body: { name: 'Soon revoked', fullAccess: true } })
    const page = await world.newPage()
    await signIn(page, made.token ?? '')
    await page.goto(settings())
    await editorOf(page).fill('{ "site": "typed before the token went" }')
    await world.client.call('updateAccessToken', {
      params: { _id: made._id },
      body: { name: 'Soon revoked', fullAccess: true, revoked: true },
    })
    const signedOut = page.getByRole('dialog', { name: 'You are signed out' })
    // The page may find out by itself before it is asked to save.
    if (!(await signedOut.isVisible()))
      await page
        .getByRole('button', { name: 'Save' })
        .click({ timeout: 2000 })
        .catch(() => undefined)
    await signedOut.waitFor()
    await page.keyboard.press('Escape')
    expect(await editorOf(page).innerText()).toContain('typed before the token went')
  })

  test('a document that somebody deleted meanwhile is refused in words, and what was typed stays', async () => {
    const { _id } = await world.client.call('createScript', { body: { name: 'Soon gone', content: 'function a() {}' } })
    const page = await world.open(`/resources/scripts/${_id}`)
    await page.getByLabel('Description').fill('Typed before it went')
    await world.client.call('deleteScript', { params: { _id } })
    await page.getByRole('button', { name: 'Save' }).click()
    await page
      .getByRole('alert')
      .getByText(/not found/i)
      .waitFor()
    expect(await page.getByLabel('Description').inputValue()).toBe('Typed before it went')
    await page.getByRole('button', { name: 'Undo changes' }).click()
    await page.goto(`/resources/scripts/${_id}`)
    await page.getByRole('heading', { name: 'It is not here' }).waitFor()
  })

  test('who manages one integration and monitors another is shown no button that the connections of the other would refuse', async () => {
    const { _id: own } = await world.client.call('createIntegration', { body: { name: 'Managed' } })
    const { integration } = world.built
    await world.client.call('inviteUser', {
      body: {
        email: 'both@example.com',
        integrationAccessLevel: [
          { _integrationId: own, accessLevel: 'manage' },
          { _integrationId: integration, accessLevel: 'monitor' },
        ],
      },
    })
    const { token } = await addUser(world.api.world, 'both@example.com')
    const page = await world.newPage()
    await signIn(page, token)
    await page.goto('/users')
    await page.getByRole('button', { name: 'Accept' }).click()
    await page.getByRole('button', { name: /Switch environment or account/ }).click()
    await page.getByRole('menuitem', { name: 'Owner' }).click()
    await page.getByRole('link', { name: 'Managed' }).waitFor()
    const { search } = new URL(page.url())
    await page.goto(`/resources/connections/${world.connectionId}${search}`)
    await page.getByRole('button', { name: 'Used by' }).waitFor()
    await settle(page)
    expect(await page.getByRole('button', { name: /^(Delete|Save)$/ }).count()).toBe(0)
    await world.client.call('registerConnectionToIntegration', { params: { _id: own, _connectionId: world.connectionId } })
    await page.reload()
    await page.getByRole('button', { name: 'Delete' }).waitFor()
    await world.client.call('unregisterConnectionFromIntegration', { params: { _id: own, _connectionId: world.connectionId } })
    await page.context().close()
    await world.client.call('deleteIntegration', { params: { _id: own } })
  })

  test(
    'a monitor of a single integration sees it, and nothing on any page that the API would refuse',
    async () => {
      const { _id: other } = await world.client.call('createIntegration', { body: { name: 'Not theirs' } })
      await world.client.call('inviteUser', {
        body: {
          email: 'watcher@example.com',
          integrationAccessLevel: [{ _integrationId: world.built.integration, accessLevel: 'monitor' }],
        },
      })
      const { token } = await addUser(world.api.world, 'watcher@example.com')
      const page = await world.newPage()
      await signIn(page, token)
      await page.goto('/users')
      await page.getByRole('button', { name: 'Accept' }).click()
      await page.getByRole('button', { name: /Switch environment or account/ }).click()
      await page.getByRole('menuitem', { name: 'Owner' }).click()
      await page.getByRole('link', { name: 'Shop to warehouse' }).waitFor()
      expect(await page.getByRole('link', { name: 'Not theirs' }).count()).toBe(0)
      const account = new URL(page.url()).searchParams.get('account')
      const refused: string[] = []
      page.on('response', (answer) => void (answer.status() === 403 && refused.push(`${page.url()}: ${answer.url()}`)))
      const buttons: string[] = []
      const nav = page.getByRole('navigation', { name: 'Main' })
      const places = await nav.getByRole('link').evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''))
      const tabs = ['flows', 'connections', 'revisions', 'settings', 'aliases', 'users', 'audit', 'admin']
      const { integration, flow, import: step } = world.built
      const paths = [
        // Everybody makes tokens of their own.
        ...places.filter((place) => !place.startsWith('/access-tokens')),
        ...tabs.map((tab) => `/integrations/${integration}/${tab}`),
        `/flows/${flow}`,
        `/flows/${flow}/errors/${step}`,
        `/resources/imports/${step}`,
        `/resources/connections/${world.connectionId}`,
      ]
      for (const path of paths) {
        await page.goto(path.includes('account=') ? path : `${path}?account=${account}`)
        await settle(page)
        const acts = page
          .getByRole('main')
          .getByRole('button', { name: /create|add|delete|edit|save|clone|upload|register|\bping|invite|install/i })
        buttons.push(...(await acts.allInnerTexts()).map((text) => `${path}: ${text}`))
      }
      expect({ refused, buttons }).toEqual({ refused: [], buttons: [] })
      const headers = { authorization: `Bearer ${token}`, 'integrator-ashareid': account ?? '' }
      expect((await world.api.call('DELETE', `/v1/flows/${flow}`, undefined, headers)).status).toBe(403)
      expect((await world.api.call('GET', `/v1/integrations/${other}`, undefined, headers)).status).toBe(404)
      await world.client.call('deleteIntegration', { params: { _id: other } })
    },
    everyPageMs,
  )
}

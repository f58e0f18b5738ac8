/** Somebody signs in, comes back to the page they asked for, and signs out. */
import { expect, test } from 'vitest'
import { addUser } from '../../../src/domain/accounts/accounts.ts'
import { setPassword } from '../../../src/domain/accounts/sign-in.ts'
import { ownerToken } from '../../harness/api.ts'
import { signIn, type ConsoleWorld } from '../../harness/console.ts'

const email = 'owner@localhost'
const password = 'a horse of some colour'

export function tellSignIn(world: ConsoleWorld): void {
  test('with an address and a password, back to the page that was asked for', async () => {
    await setPassword(world.api.world, email, password)
    const page = await world.newPage()
    await page.goto(`/integrations/${world.built.integration}/flows?q=orders`)
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.getByLabel('Email').fill(email)
    await page.getByLabel('Password').fill('not the password')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('alert').waitFor()
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('heading', { name: 'Shop to warehouse' }).waitFor()
    expect(new URL(page.url()).search).toBe('?q=orders')
    await page.getByRole('button', { name: /User menu/ }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.goto('/')
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  })

  test('a password is changed in the profile, and the new one signs in', async () => {
    const { token } = await addUser(world.api.world, 'changes@example.com')
    const page = await world.newPage()
    await signIn(page, token)
    await page.goto('/profile')
    await page.getByLabel('New password').fill('short')
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.getByRole('alert').first().waitFor()
    await page.getByLabel('New password').fill('a password of enough length')
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.getByText('The password is changed. All your other sessions have ended.').waitFor()
    const again = await world.newPage()
    await again.goto('/profile')
    await again.getByLabel('Email').fill('changes@example.com')
    await again.getByLabel('Password').fill('a password of enough length')
    await again.getByRole('button', { name: 'Sign in', exact: true }).click()
    await again.getByText('changes@example.com').first().waitFor()
  })

  test('at the OpenID provider, back to the page that was asked for; who is no user here is told so', async () => {
    const { provider } = world
    provider.who = { sub: 'stranger', email: 'stranger@example.com', email_verified: true }
    const page = await world.newPage()
    await page.goto('/profile?x=1')
    await page.getByRole('button', { name: 'Sign in with The company' }).click()
    await page.getByRole('heading', { name: 'Profile' }).waitFor()
    expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe('/profile?x=1')
    await page.getByText('stranger@example.com').first().waitFor()
    // The provider knows them still: signed out here, they come in again as themselves or as somebody else.
    await page.context().clearCookies()
    provider.who = { sub: 'unknown', email: 'unknown@example.com', email_verified: true }
    await page.goto('/sign-in')
    await page.getByRole('button', { name: 'Sign in with The company' }).click()
    expect(await page.getByRole('alert').textContent()).toContain('No user here has the address unknown@example.com')
    // And the page of a provider that does not answer says so as well.
    await page.getByRole('link', { name: 'Begin again' }).click()
    await page.context().clearCookies()
    provider.answers = (request) => request.url?.startsWith('/token') === true && !!request.socket.destroy()
    await page.getByRole('button', { name: 'Sign in with The company' }).click()
    await page.getByText('The company cannot be asked').waitFor()
    provider.answers = () => false
    await page.getByRole('link', { name: 'Begin again' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  })

  test('leads to no other site, whatever its address says', async () => {
    const elsewhere = [
      'https://evil.example/',
      '//evil.example/',
      '/\\evil.example/',
      '/\t/evil.example/',
      '/.//evil.example/',
      'javascript:alert(1)',
      '/sign-in?next=/sign-in',
    ]
    for (const next of elsewhere) {
      const page = await world.newPage()
      await page.goto(`/sign-in?${new URLSearchParams({ with: 'token', next }).toString()}`)
      await page.getByLabel('Access token').fill(ownerToken)
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      await page.waitForURL(({ pathname }) => pathname !== '/sign-in')
      expect([next, new URL(page.url()).origin]).toEqual([next, world.api.url])
      await page.context().close()
    }
  })

  test('in several browsers, of which all others are signed out at once', async () => {
    const [here, there] = [await world.newPage(), await world.newPage()]
    for (const page of [here, there]) await signIn(page, ownerToken)
    await here.goto('/profile')
    await here.getByRole('button', { name: 'Sign out everywhere else' }).click()
    await here.getByText('You are signed in here alone.').waitFor()
    expect(await here.getByRole('table', { name: 'Where you are signed in' }).getByRole('row').count()).toBe(2)
    // A session is believed for a second before it is looked up again.
    const askThere = async (): Promise<number> => (await there.request.get('/v1/session')).status()
    await expect.poll(askThere, { timeout: 20_000 }).toBe(401)
    await there.goto('/profile')
    await there.getByRole('heading', { name: 'Sign in' }).waitFor()
  })

  test('what a button cannot do is said: a session that has ended already, and a sign-out that did not reach the server', async () => {
    const { token } = await addUser(world.api.world, 'twice@example.com')
    const [here, there] = [await world.newPage(), await world.newPage()]
    for (const page of [here, there]) await signIn(page, token)
    await here.goto('/profile')
    await here.getByRole('heading', { name: 'Profile' }).waitFor()
    await there.getByRole('button', { name: /User menu/ }).click()
    await there.getByRole('menuitem', { name: 'Sign out' }).click()
    await there.getByRole('heading', { name: 'Sign in' }).waitFor()
    await here.getByRole('button', { name: 'End', exact: true }).click()
    await here.getByText('Session not found.').waitFor()
    await here.route('**/v1/session', (route) => (route.request().method() === 'DELETE' ? route.abort() : route.continue()))
    await here.getByRole('button', { name: /User menu/ }).click()
    await here.getByRole('menuitem', { name: 'Sign out' }).click()
    await here.getByText(/The server cannot be reached/).waitFor()
    await here.getByRole('heading', { name: 'Profile' }).waitFor()
    for (const page of [here, there]) await page.context().close()
  })
}

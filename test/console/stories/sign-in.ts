/** Somebody signs in, comes back to the page they asked for, and signs out. */
import { expect, test } from 'vitest'
import { setPassword } from '../../../src/domain/accounts/sign-in.ts'
import type { ConsoleWorld } from '../../harness/console.ts'

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
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').waitFor()
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Shop to warehouse' }).waitFor()
    expect(new URL(page.url()).search).toBe('?q=orders')
    await page.getByRole('button', { name: /User menu/ }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.goto('/')
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  })
}

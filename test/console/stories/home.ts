/** Somebody looks at the start page: what is there, what is wrong, in the order they like. */
import { expect, test } from 'vitest'
import type { ConsoleWorld } from '../../harness/console.ts'

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
    expect(new URL(page.url()).search).toBe('?view=list&sort=-errors')
  })

  test('makes an integration, and opens it; what is refused stands at its field', async () => {
    const page = await world.open('/')
    await page.getByRole('button', { name: 'Create integration' }).click()
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
}

/** Nothing that was typed is lost: dialogs, forms and pages ask first, what somebody else saves meanwhile is not overwritten, and the focus stays where one works. */
import type { Locator, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { signIn, type ConsoleWorld } from '../../harness/console.ts'
import { graphOf } from './building.ts'

/** Does what has to be asked for, and answers the question; a page that does not ask fails. */
async function asks(page: Page, act: () => Promise<unknown>, isDiscarded = false): Promise<void> {
  const answer = async (): Promise<string> => {
    const dialog = await page.waitForEvent('dialog')
    await (isDiscarded ? dialog.accept() : dialog.dismiss())
    return dialog.message()
  }
  const [question] = await Promise.all([answer(), act()])
  expect(question).toContain('not saved')
}

const isFocused = (locator: Locator): Promise<boolean> => locator.evaluate((element) => element === element.ownerDocument.activeElement)

export function tellUnsaved(world: ConsoleWorld): void {
  test('a dialog asks before what was typed in it is lost, and the focus goes back to what opened it', async () => {
    const page = await world.open('/resources/connections')
    const create = page.getByRole('button', { name: 'Create connection' })
    const dialog = page.getByRole('dialog')
    await create.click()
    await dialog.getByLabel('Name').waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await expect.poll(() => isFocused(create)).toBe(true)
    await create.click()
    await dialog.getByLabel('Name').fill('Typed and kept')
    await asks(page, () => page.keyboard.press('Escape'))
    await asks(page, () => page.keyboard.press('Escape'))
    await asks(page, () => dialog.getByRole('button', { name: 'Close', exact: true }).click())
    await asks(page, () => dialog.getByRole('button', { name: 'Cancel' }).click())
    expect(await dialog.getByLabel('Name').inputValue()).toBe('Typed and kept')
    await asks(page, () => dialog.getByRole('button', { name: 'Cancel' }).click(), true)
    await dialog.waitFor({ state: 'detached' })
    await expect.poll(() => isFocused(create)).toBe(true)
  })

  test('a dialog that a menu opened gives the focus back to the button of the menu', async () => {
    const page = await world.open('/')
    const menu = page.getByRole('button', { name: 'Create integration' })
    await menu.click()
    await page.getByRole('menuitem', { name: /New integration/ }).click()
    const dialog = page.getByRole('dialog', { name: 'Create integration' })
    await dialog.getByLabel('Name').fill('Not made')
    await asks(page, () => page.keyboard.press('Escape'))
    await asks(page, () => dialog.getByRole('button', { name: 'Cancel' }).click(), true)
    await dialog.waitFor({ state: 'detached' })
    await expect.poll(() => isFocused(menu)).toBe(true)
  })

  test('a form on a page asks before it is left; form and JSON are of the same text, and do not ask', async () => {
    const page = await world.open('/profile')
    const zone = page.getByLabel('Time zone')
    await zone.selectOption('Asia/Tokyo')
    const dashboard = page.getByRole('link', { name: 'Dashboard' }).first()
    await asks(page, () => dashboard.click())
    expect(await zone.inputValue()).toBe('Asia/Tokyo')
    await asks(page, () => dashboard.click(), true)
    await page.getByRole('heading', { name: 'Dashboard', level: 1 }).waitFor()

    const { _id } = await world.client.call('createScript', { body: { name: 'Two looks', content: 'function a() {}' } })
    await page.goto(`/resources/scripts/${_id}`)
    await page.getByLabel('Description').fill('Typed in the form')
    await page.getByRole('button', { name: 'JSON' }).click()
    await page.getByText('"Typed in the form"').waitFor()
    await page.getByRole('button', { name: 'Form', exact: true }).click()
    await page.getByLabel('Description').waitFor()
    await asks(page, () => page.getByRole('button', { name: 'Used by' }).click())
    expect(await page.getByLabel('Description').inputValue()).toBe('Typed in the form')
    await page.getByRole('button', { name: 'Undo changes' }).click()
  })

  test('in the builder a mapping and a connection ask before they are closed or another step takes their place', async () => {
    const page = await world.open(`/flows/${world.built.flow}`)
    await graphOf(page).getByRole('link', { name: 'Create shipments in the warehouse', exact: true }).click()
    await page.getByRole('button', { name: 'Edit mapping' }).click()
    const mapping = page.getByRole('dialog', { name: 'Edit mapping' })
    await mapping.getByRole('combobox', { name: 'Source of instructions' }).fill('typed and not applied')
    await asks(page, () => mapping.getByRole('button', { name: 'Close', exact: true }).click())
    expect(await mapping.getByRole('combobox', { name: 'Source of instructions' }).inputValue()).toBe('typed and not applied')
    await asks(page, () => mapping.getByRole('button', { name: 'Cancel' }).click(), true)
    await mapping.waitFor({ state: 'detached' })
    const panel = page.getByRole('complementary', { name: 'Step' })
    await panel.getByRole('button', { name: 'Edit connection' }).click()
    const name = panel.getByLabel('Name (required)')
    await expect.poll(() => name.inputValue()).toBe('Warehouse')
    await name.fill('Renamed and not saved')
    await asks(page, () => page.getByRole('button', { name: 'Flow settings' }).click())
    await asks(page, () => panel.getByRole('button', { name: 'Back' }).click())
    expect(await name.inputValue()).toBe('Renamed and not saved')
    await asks(page, () => panel.getByRole('button', { name: 'Back' }).click(), true)
    await panel.getByRole('button', { name: 'Edit connection' }).waitFor()
  })

  test('a form that is open is of the version that it was opened with: what somebody else saves meanwhile is not overwritten', async () => {
    const { _id } = await world.client.call('createIntegration', { body: { name: 'Of two people', readme: 'As it was' } })
    const page = await world.newPage()
    await signIn(page, world.client.token)
    await page.goto(`/integrations/${_id}/admin`)
    await page.getByRole('button', { name: 'Edit', exact: true }).click()
    const form = page.getByRole('dialog', { name: 'Details' })
    await form.getByLabel('Description').fill('Typed here')
    const theirs = await world.client.call('getIntegration', { params: { _id } })
    await world.client.call('updateIntegration', { params: { _id }, body: { ...theirs, readme: 'Typed by somebody else' } })
    // One looks at another page of the browser, and comes back later.
    await page.clock.setFixedTime(Date.now() + 60_000)
    const isRead = page.waitForResponse((answer) => answer.url().endsWith(`/v1/integrations/${_id}`), { timeout: 2000 })
    await page.evaluate(`document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))`)
    await isRead.catch(() => undefined)
    await form.getByRole('button', { name: 'Save' }).click()
    await form.getByRole('alert').waitFor()
    expect(await world.client.call('getIntegration', { params: { _id } })).toMatchObject({ readme: 'Typed by somebody else' })
    page.on('dialog', (leave) => void leave.accept())
    await page.context().close()
    await world.client.call('deleteIntegration', { params: { _id } })
  })
}

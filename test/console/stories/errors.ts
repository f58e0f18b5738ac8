/** Somebody works off the errors of a step: reads one, mends its record, sends it again; retries all that match; assigns, tags, resolves; and all of it by the keyboard. */
import { expect, test } from 'vitest'
import { newest } from '../../../demo/applications/catalogue.ts'
import { corrected, type Order } from '../../../demo/applications/orders.ts'
import type { ConsoleWorld } from '../../harness/console.ts'

export function tellErrors(world: ConsoleWorld): void {
  const step = () => ({ _id: world.built.flow, _stepId: world.built.import })
  const path = (search = ''): string => `/flows/${world.built.flow}/errors/${world.built.import}${search}`
  const countOpen = async (): Promise<number> => (await world.client.call('listStepErrors', { params: step() })).errors.length

  test('comes from the flow to its errors, reads one, mends its record and sends it again', async () => {
    const page = await world.open(`/flows/${world.built.flow}`)
    await page.getByRole('region', { name: 'Graph of the flow' }).getByRole('link', { name: /error/ }).click()
    const errors = page.getByRole('table', { name: 'Open errors' })
    await errors
      .getByText(/Quantity above stock/)
      .first()
      .click()
    const detail = page.getByRole('complementary', { name: 'Error' })
    await detail
      .getByText(/Quantity above stock/)
      .first()
      .waitFor()
    const record = detail.getByRole('textbox', { name: 'Record' }).and(page.locator('[contenteditable]'))
    const { errors: open } = await world.client.call('listStepErrors', { params: step() })
    const { retryDataKey = '' } = open.find(({ message }) => message.startsWith('Quantity above stock')) ?? {}
    const { data } = await world.client.call('getRetryData', { params: { ...step(), retryDataKey } })
    await record.fill(JSON.stringify(corrected(data as Order), null, 2))
    const before = await countOpen()
    await detail.getByRole('button', { name: 'Save and retry' }).click()
    await page.getByText('The record is saved and sent again.').waitFor()
    await expect.poll(countOpen, { timeout: 60_000 }).toBe(before - 1)
  })

  test('a record that somebody else corrects meanwhile is not overwritten: one chooses between both', async () => {
    const page = await world.open(path())
    await page.getByRole('table', { name: 'Open errors' }).getByRole('row').nth(1).getByRole('button').first().click()
    const detail = page.getByRole('complementary', { name: 'Error' })
    const record = detail.getByRole('textbox', { name: 'Record' }).and(page.locator('[contenteditable]'))
    await record.waitFor()
    const { errors: open } = await world.client.call('listStepErrors', { params: step() })
    const { retryDataKey = '' } = open.find(({ errorId }) => errorId === new URL(page.url()).searchParams.get('error')) ?? {}
    const params = { ...step(), retryDataKey }
    const kept = await world.client.call('getRetryData', { params })
    const withNote = (note: object) => ({ ...(kept.data as object), ...note })
    await record.fill(JSON.stringify(withNote({ here: 'Typed here' })))
    await world.client.call('updateRetryData', { params, body: { ...kept, data: withNote({ there: 'Typed by somebody else' }) } })
    await detail.getByRole('button', { name: 'Save', exact: true }).click()
    const conflict = page.getByRole('dialog', { name: 'Somebody else saved first' })
    await conflict.getByText('"Typed by somebody else"').waitFor()
    await conflict.getByRole('button', { name: 'Save this choice' }).click()
    await page.getByText('The record is saved.').waitFor()
    const both = { here: 'Typed here', there: 'Typed by somebody else' }
    expect((await world.client.call('getRetryData', { params })).data).toEqual(withNote(both))
    await world.client.call('updateRetryData', { params, body: kept })
  })

  test('assigns and tags some, and finds them again by what they are', async () => {
    const page = await world.open(path('?source=application'))
    const errors = page.getByRole('table', { name: 'Open errors' })
    await errors.getByRole('checkbox').first().check()
    const acts = page.getByRole('group', { name: 'With what is chosen' })
    await acts.getByRole('button', { name: 'Assign' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Assign' }).click()
    await page.getByText('Assigned to owner@localhost: 1.').waitFor()
    await errors.getByRole('checkbox').first().check()
    await acts.getByRole('button', { name: 'Tag' }).click()
    await page.getByLabel('New tag').fill('ask the shop')
    await page.getByRole('dialog').getByRole('button', { name: 'Tag' }).click()
    await errors.getByText('ask the shop').waitFor()
    await page.getByRole('combobox', { name: 'Source' }).selectOption('mapping')
    await page.getByRole('button', { name: 'Clear filters' }).waitFor()
  })

  test('filters them by class, tag, assignee and day, in the address', async () => {
    const page = await world.open(path())
    const errors = page.getByRole('table', { name: 'Open errors' })
    const chosen = (label: string, option: string) => page.getByRole('combobox', { name: label }).selectOption({ label: option })
    const countRows = async () => (await errors.getByRole('row').count()) - 1
    await errors.getByRole('row').nth(1).waitFor()
    await chosen('Tags', 'ask the shop')
    await expect.poll(countRows).toBe(1)
    await chosen('Assigned to', 'owner@localhost')
    await chosen('Class', 'missing')
    await expect.poll(() => Object.fromEntries(new URL(page.url()).searchParams)).toMatchObject({ classification: 'missing' })
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await chosen('Assigned to', 'Assigned to nobody')
    await errors.getByText('ask the shop').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await page.getByLabel('From').fill('2099-01-01')
    await page.getByRole('heading', { name: 'Nothing matches' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'Nothing matches' }).waitFor()
    expect(await page.getByLabel('From').inputValue()).toBe('2099-01-01')
  })

  test('retries all that match once their cause is gone', async () => {
    world.warehouse.learn(newest)
    const page = await world.open(path())
    await page.getByRole('button', { name: 'All that match' }).click()
    const began = new Date().toISOString()
    await page.getByRole('group', { name: 'With what is chosen' }).getByRole('button', { name: 'Retry' }).click()
    await page
      .getByRole('status')
      .getByText(/^Handed over to be sent again: [\d,]+\./)
      .waitFor()
    // Those whose cause is gone are resolved; the others have failed anew.
    const readOld = async () => {
      const { errors } = await world.client.call('listStepErrors', { params: step() })
      return errors.filter(({ message, occurredAt }) => message.includes(newest.sku) || occurredAt < began)
    }
    await expect.poll(readOld, { timeout: 60_000 }).toEqual([])
    expect(await countOpen()).toBeGreaterThan(0)
    await page.getByRole('button', { name: 'See the retries' }).click()
    const retries = page.getByRole('table', { name: 'Retries' })
    await retries
      .getByRole('row')
      .nth(1)
      .getByText(/^\d+ of \d+$/)
      .waitFor()
    await retries.getByRole('row').nth(1).getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'See its errors' }).click()
    await page.getByText('Of one run').waitFor()
    await page.getByRole('table', { name: 'Open errors' }).getByRole('row').nth(1).waitFor()
  })

  test('resolves one by the keyboard alone', async () => {
    const page = await world.open(path())
    const before = await countOpen()
    const first = page.getByRole('table', { name: 'Open errors' }).getByRole('row').nth(1).getByRole('button')
    await first.focus()
    await page.keyboard.press('Enter')
    const resolve = page.getByRole('complementary', { name: 'Error' }).getByRole('button', { name: 'Resolve' })
    await resolve.waitFor()
    const tabTo = async (text: string): Promise<void> => {
      for (let presses = 0; presses < 15 && (await page.evaluate('document.activeElement.textContent')) !== text; presses++)
        await page.keyboard.press('Tab')
    }
    // Escape leads back to where one was.
    await page.keyboard.press('Escape')
    await resolve.waitFor({ state: 'detached' })
    expect(await page.evaluate('document.activeElement.className')).toBe('cell-button')
    await page.keyboard.press('Enter')
    await resolve.waitFor()
    await tabTo('Resolve')
    await page.keyboard.press('Enter')
    await page.getByText('Resolved: 1.').waitFor()
    expect(await countOpen()).toBe(before - 1)
    await page.getByRole('button', { name: 'Resolved errors' }).click()
    await page.getByRole('table', { name: 'Resolved errors' }).getByRole('row').nth(1).waitFor()
  })
}

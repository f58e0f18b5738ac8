/** Somebody whose account is empty builds a flow by clicking alone: connections, an export with its preview, an import that is tried, and a run. */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { listen } from '../../../demo/applications/listen.ts'
import type { ConsoleWorld } from '../../harness/console.ts'
import { findSerious } from './accessibility.ts'

/** Tickets that a help desk gives in pages, and notes that it takes. */
const numTickets = 25
const perPage = 10

interface HelpDesk {
  readonly url: string
  readonly token: string
  readonly notes: readonly unknown[]
  close(): void
}

async function openHelpDesk(): Promise<HelpDesk> {
  const token = 'token-of-the-help-desk'
  const tickets = Array.from({ length: numTickets }, (_, i) => ({ id: i + 1, subject: `Ticket ${i + 1}`, urgent: i % 5 === 0 }))
  const notes: unknown[] = []
  const { url, close } = await listen(({ authorization, method, url: asked, body }) => {
    if (authorization !== `Bearer ${token}`) return { status: 401, body: { message: 'This token is not known here.' } }
    if (method === 'POST') {
      notes.push(body)
      return { status: 201, body: { id: `note-${notes.length}` } }
    }
    const page = Number(asked.searchParams.get('page') ?? 1)
    return { status: 200, body: { tickets: tickets.slice((page - 1) * perPage, page * perPage) } }
  })
  return { url, token, notes, close }
}

export const graphOf = (page: Page) => page.getByRole('region', { name: 'Graph of the flow' })

export function tellBuilding(world: ConsoleWorld): void {
  test('from an address and a token to records that arrive, by clicking alone', async () => {
    const desk = await openHelpDesk()
    const page = await world.open('/', 'newcomer')
    await page.getByRole('button', { name: 'Create integration' }).click()
    await page.getByLabel('Name').fill('Help desk')
    await page.getByRole('button', { name: 'Create', exact: true }).click()
    await page.getByRole('button', { name: 'New flow' }).click()
    await page.getByLabel('Name of the flow').fill('Tickets to notes')
    await page.getByRole('button', { name: 'Build the flow' }).click()
    const graph = graphOf(page)
    await graph.getByRole('button', { name: 'Add export' }).click()
    const panel = page.getByRole('complementary', { name: 'Step' })

    const begin = panel.getByRole('button', { name: 'New connection' })
    await begin.click()
    await panel.getByRole('button', { name: 'Back' }).click()
    await begin.and(page.locator(':focus')).waitFor()
    await begin.click()
    // One required field after the other: how it knows who asks comes after its address.
    await panel.getByText('Next: Base URI').waitFor()
    await panel.getByLabel('Base URI').and(page.locator(':focus')).waitFor()
    expect(await panel.getByRole('combobox', { name: 'Authentication' }).count()).toBe(0)
    await panel.getByLabel('Base URI').fill(desk.url)
    await panel.getByRole('combobox', { name: 'Authentication' }).selectOption('token')
    await panel.getByLabel('Token', { exact: true }).fill('a token that is wrong')
    await panel.getByLabel('Relative URI of the ping').fill('/tickets')
    await panel.getByRole('button', { name: 'Test connection' }).click()
    await panel.getByText(/This token is not known here/).waitFor()
    await panel.getByLabel('Token', { exact: true }).fill(desk.token)
    await panel.getByRole('button', { name: 'Test connection' }).click()
    await panel.getByText('The application answers.').waitFor()
    await panel.getByLabel('Name (required)').fill('Help desk')
    await panel.getByRole('button', { name: 'Create connection' }).click()

    await panel.getByLabel('Relative URI', { exact: true }).fill('/tickets?page={{export.http.paging.page}}')
    await panel.getByRole('combobox', { name: 'Method' }).last().selectOption('page')
    await panel.getByLabel('Page', { exact: true }).fill('1')
    await panel.getByRole('button', { name: 'Preview records' }).click()
    await panel.getByText('1 record', { exact: true }).waitFor()
    // The page wraps its records: it says where they may lie.
    await panel.getByText('The answer is one record, and 10 records may lie in its tickets.').waitFor()
    await panel.getByRole('button', { name: 'Read the records in tickets' }).click()
    await panel.getByRole('cell', { name: 'Ticket 7' }).waitFor()
    expect(await panel.getByLabel('Path of the records').inputValue()).toBe('tickets')
    await panel.getByRole('button', { name: 'Over the wire' }).click()
    const wire = panel.getByRole('region', { name: 'Over the wire' })
    // The page itself asks for as long.
    await wire.getByText(/GET .*\/tickets\?page=/).waitFor({ timeout: 30_000 })
    expect(await wire.innerText()).not.toContain(desk.token)
    await panel.getByRole('button', { name: 'JSON' }).last().click()
    await panel.getByRole('region', { name: 'JSON' }).getByText('"Ticket 10"').waitFor()
    expect(await panel.getByLabel('Name (required)').inputValue()).toBe('Get tickets from Help desk')

    await graph.getByRole('button', { name: 'Add step' }).click()
    await page.getByRole('menuitem', { name: /Import/ }).click()
    await panel.getByRole('combobox', { name: 'Use a connection' }).selectOption({ label: 'Help desk' })
    await panel.getByLabel('Relative URI', { exact: true }).fill('/notes')
    await panel.getByRole('button', { name: 'Send one record' }).click()
    await panel.getByText(/The application took it/).waitFor()
    expect(desk.notes).toEqual([{ id: 1, subject: 'Ticket 1', urgent: true }])

    expect(await findSerious(page)).toEqual([])
    await page.getByRole('button', { name: 'Save flow' }).click()
    await page.getByText('The flow is saved.').waitFor()
    await page.getByRole('button', { name: 'Run flow' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Run', exact: true }).click()
    await page
      .getByRole('table', { name: 'Steps of the run' })
      .getByRole('row', { name: /Send notes to Help desk/ })
      .getByText('Completed')
      .waitFor()
    await expect.poll(() => desk.notes.length).toBe(1 + numTickets)
    desk.close()
  })
}

/** Every page of the console, for what has to hold on all of them. */
import type { Page } from 'playwright-core'
import type { ConsoleWorld } from '../harness/console.ts'

export interface ConsolePage {
  readonly name: string
  readonly path: string
  /** Who looks at it; the owner by default. */
  readonly who?: 'newcomer' | 'nobody'
  /** What is opened on it before it is looked at. */
  readonly prepare?: (page: Page) => Promise<void>
}

export function listPages({ built, connectionId, apps }: Pick<ConsoleWorld, 'built' | 'connectionId' | 'apps'>): readonly ConsolePage[] {
  const integration = (tab: string): ConsolePage => ({ name: `integration-${tab}`, path: `/integrations/${built.integration}/${tab}` })
  return [
    { name: 'sign-in', path: '/sign-in', who: 'nobody' },
    { name: 'first-use', path: '/', who: 'newcomer' },
    { name: 'home', path: '/?view=tile' },
    { name: 'home-list', path: '/?view=list' },
    ...['flows', 'dashboard', 'connections', 'revisions', 'settings', 'aliases', 'users', 'notifications', 'audit', 'admin'].map(
      integration,
    ),
    { name: 'flow', path: `/flows/${built.flow}` },
    { name: 'flow-export', path: `/flows/${built.flow}?at=source-0`, prepare: openPanel },
    { name: 'flow-import', path: `/flows/${built.flow}?at=step-0`, prepare: openPanel },
    { name: 'flow-settings', path: `/flows/${built.flow}?at=flow`, prepare: openPanel },
    { name: 'flow-history', path: `/flows/${built.flow}?tab=history` },
    { name: 'errors', path: `/flows/${built.flow}/errors/${built.import}` },
    { name: 'error', path: `/flows/${built.flow}/errors/${built.import}`, prepare: openFirstError },
    { name: 'errors-retries', path: `/flows/${built.flow}/errors?tab=retries` },
    { name: 'errors-integration', path: `/integrations/${built.integration}/errors` },
    { name: 'dashboard', path: '/dashboard?days=1' },
    { name: 'dashboard-table', path: '/dashboard?days=30&view=table' },
    { name: 'dashboard-ended', path: '/dashboard?tab=ended' },
    { name: 'resources', path: '/resources/connections' },
    { name: 'resource', path: `/resources/imports/${built.import}` },
    { name: 'resource-uses', path: `/resources/imports/${built.import}?tab=uses` },
    { name: 'connection-debug', path: `/resources/connections/${connectionId}/debug` },
    { name: 'connection', path: `/resources/connections/${connectionId}` },
    ...(apps
      ? [
          { name: 'app', path: `/integrations/${apps.installed}/app` },
          { name: 'app-setup', path: `/integrations/${apps.begun}/setup` },
        ]
      : []),
    { name: 'install', path: '/install' },
    { name: 'templates', path: '/templates' },
    { name: 'licenses', path: '/licenses' },
    { name: 'recycle-bin', path: '/recycle-bin' },
    { name: 'users', path: '/users' },
    { name: 'users-invitation', path: '/users', prepare: openDialog('Invite user', 'Access by integration') },
    { name: 'integration-invitation', path: `/integrations/${built.integration}/users`, prepare: openDialog('Invite to this integration') },
    { name: 'alias', path: `/integrations/${built.integration}/aliases`, prepare: openDialog('Add alias') },
    { name: 'access-tokens', path: '/access-tokens' },
    { name: 'access-token', path: '/access-tokens', prepare: openCustomToken },
    { name: 'audit', path: '/audit' },
    { name: 'profile', path: '/profile' },
    { name: 'not-found', path: '/no/such/page' },
  ]
}

/** For what opens every page, one after the other: half a minute on a quiet machine. In milliseconds. */
export const everyPageMs = 600_000

/** Until everything that the page loads is there. */
export async function settle(page: Page): Promise<void> {
  await page.locator('h1, .empty h2').first().waitFor()
  await page.locator('.loading').first().waitFor({ state: 'detached' })
  await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' })
}

/** The panel of what the address names: its form is there. */
async function openPanel(page: Page): Promise<void> {
  await page
    .getByRole('complementary', { name: /Step|Flow settings/ })
    .getByLabel('Name (required)')
    .waitFor()
}

/** What a button opens, once a part of it is there that loads by itself. */
const openDialog =
  (button: string, group?: string) =>
  async (page: Page): Promise<void> => {
    await page.getByRole('button', { name: button }).first().click()
    const dialog = page.getByRole('dialog')
    await (group === undefined ? dialog.locator('input').first() : dialog.getByRole('group', { name: group })).waitFor()
  }

async function openCustomToken(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Create token' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('radio', { name: /Custom/ }).check()
  await dialog.getByText('Connections', { exact: true }).first().click()
  await dialog.getByRole('checkbox', { name: 'Warehouse', exact: true }).waitFor()
  // What was chosen is lost with the page.
  page.once('dialog', (leave) => void leave.accept())
}

async function openFirstError(page: Page): Promise<void> {
  const errors = page.getByRole('table', { name: 'Open errors' })
  // Once all are mended there is none to open.
  if ((await errors.count()) === 0) return
  await errors.getByRole('row').nth(1).getByRole('button').click()
  await page.getByRole('complementary', { name: 'Error' }).locator('.cm-content').first().waitFor()
}

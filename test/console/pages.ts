/** Every page of the console, for what has to hold on all of them. */
import type { Page } from 'playwright-core'
import type { ConsoleWorld } from '../harness/console.ts'

export interface ConsolePage {
  readonly name: string
  readonly path: string
  /** What is opened on it before it is looked at. */
  readonly prepare?: (page: Page) => Promise<void>
}

export function listPages({ built }: Pick<ConsoleWorld, 'built'>): readonly ConsolePage[] {
  const integration = (tab: string): ConsolePage => ({ name: `integration-${tab}`, path: `/integrations/${built.integration}/${tab}` })
  return [
    { name: 'home', path: '/' },
    { name: 'home-list', path: '/?view=list' },
    ...['flows', 'connections', 'revisions', 'settings', 'aliases', 'users', 'audit', 'admin'].map(integration),
    { name: 'flow', path: `/flows/${built.flow}` },
    { name: 'flow-history', path: `/flows/${built.flow}?tab=history` },
    { name: 'not-found', path: '/no/such/page' },
  ]
}

/** Until everything that the page loads is there. */
export async function settle(page: Page): Promise<void> {
  await page.locator('h1, .empty h2').first().waitFor()
  await page.locator('.loading').first().waitFor({ state: 'detached' })
  await page.waitForLoadState('networkidle')
}

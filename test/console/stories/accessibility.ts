/** Every page in light and dark: no serious finding of axe. On a phone nothing of it is out of sight. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import type { ConsoleWorld } from '../../harness/console.ts'
import { everyPageMs, listPages, settle, type ConsolePage } from '../pages.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const phone = { width: 390, height: 844 }
const desk = { width: 1280, height: 800 }

interface Finding {
  readonly id: string
  readonly impact: string
  readonly nodes: readonly { readonly html: string }[]
}

/** What axe finds serious on a page as it is now. */
export async function findSerious(page: Page, options: object = {}): Promise<readonly string[]> {
  if (!(await page.evaluate<boolean>('"axe" in window'))) await page.evaluate(axe)
  const { violations } = await page.evaluate<{ violations: readonly Finding[] }>(
    `axe.run(document, ${JSON.stringify({ resultTypes: ['violations'], ...options })})`,
  )
  return violations
    .filter(({ impact }) => ['serious', 'critical'].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`)
}

export function tellAccessibility(world: ConsoleWorld, listAll: () => readonly ConsolePage[] = () => listPages(world)): void {
  test(
    'axe finds nothing serious on any page, light and dark, and none is wider than a phone',
    async () => {
      const found: string[] = []
      const wide: string[] = []
      for (const { name, path, who, prepare } of listAll()) {
        const page = await world.open(path, who)
        await settle(page)
        await prepare?.(page)
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme })
          // What the colours do not change is looked at once.
          const serious = await findSerious(page, colorScheme === 'dark' ? { runOnly: ['color-contrast'] } : {})
          found.push(...serious.map((finding) => `${name} (${colorScheme}): ${finding}`))
        }
        await page.setViewportSize(phone)
        if (await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')) wide.push(name)
        await page.setViewportSize(desk)
      }
      expect({ found, wide }).toEqual({ found: [], wide: [] })
    },
    everyPageMs,
  )
}

/** What is made and moved in the console: clones, pulls and reverts, APIs and tools, templates and apps. */
import { describe, test } from 'vitest'
import { tellInBrowser } from './in-a-browser.ts'
import { everyPageMs, type ConsolePage } from './pages.ts'
import { takeScreenshots } from './screenshots.ts'
import { tellAccessibility } from './stories/accessibility.ts'
import { tellApisAndData } from './stories/apis-and-data.ts'
import { tellLifecycle } from './stories/lifecycle.ts'
import { tellPublishing } from './stories/publishing.ts'

tellInBrowser((world) => {
  /** What the stories leave, to be looked at. */
  const pages: ConsolePage[] = []
  describe('clones, pulls and reverts', () => {
    tellLifecycle(world, pages)
  })
  describe('APIs, tools, servers, definitions and caches', () => {
    tellApisAndData(world, pages)
  })
  describe('templates and apps', () => {
    tellPublishing(world, pages)
  })
  describe('accessibility', () => {
    tellAccessibility(world, () => pages)
  })

  test.runIf(process.env['SCREENSHOTS'])(
    'every page, light and dark',
    () => takeScreenshots(world, process.env['SCREENSHOTS'] as string, pages),
    everyPageMs,
  )
})

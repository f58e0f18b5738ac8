/** The console as a person uses it: sign-in, integrations, flows, apps and the dashboard. */
import { describe, test } from 'vitest'
import { tellInBrowser } from './in-a-browser.ts'
import { everyPageMs, listPages } from './pages.ts'
import { takeScreenshots } from './screenshots.ts'
import { tellAccessibility } from './stories/accessibility.ts'
import { tellApps } from './stories/apps.ts'
import { tellDashboard } from './stories/dashboard.ts'
import { tellFlow } from './stories/flow.ts'
import { tellHome } from './stories/home.ts'
import { tellIntegration } from './stories/integration.ts'
import { tellSignIn } from './stories/sign-in.ts'

tellInBrowser((world) => {
  describe('signing in', () => {
    tellSignIn(world)
  })
  describe('the start page', () => {
    tellHome(world)
  })
  describe('an integration', () => {
    tellIntegration(world)
  })
  describe('a flow', () => {
    tellFlow(world)
  })
  describe('an Integration App', () => {
    tellApps(world)
  })
  describe('the dashboard', () => {
    tellDashboard(world)
  })
  // The pages that there are once apps are installed; all others are looked at in documents.test.ts.
  describe('accessibility', () => {
    const ofApps = () => listPages(world).filter(({ name }) => /^app(?:-|$)/.test(name))
    tellAccessibility(world, () => [...ofApps(), { name: 'welcome', path: '/welcome', who: 'nobody' }])
  })

  // `npm run screenshots`: pictures change with every day that passes, so that each run of the tests would.
  test.runIf(process.env['SCREENSHOTS'])(
    'every page, light and dark',
    () => takeScreenshots(world, process.env['SCREENSHOTS'] as string),
    everyPageMs,
  )
})

/** The console as a person uses it: one server, one browser, a story a page. Skipped where the machine has no Chromium. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath } from '../harness/chromium.ts'
import { isBuilt, openConsole, type ConsoleWorld } from '../harness/console.ts'
import { tellResources } from './stories/resources.ts'
import { tellSignIn } from './stories/sign-in.ts'
import { tellDashboard } from './stories/dashboard.ts'
import { tellErrors } from './stories/errors.ts'
import { tellFoundErrors } from './stories/found-errors.ts'
import { tellApps } from './stories/apps.ts'
import { tellFlow } from './stories/flow.ts'
import { tellForms } from './stories/forms.ts'
import { tellFirstUse, tellHome } from './stories/home.ts'
import { tellIntegration } from './stories/integration.ts'
import { tellAccessibility } from './stories/accessibility.ts'
import { everyPageMs } from './pages.ts'
import { takeScreenshots } from './screenshots.ts'
import { tellHostileNames } from './stories/hostile-names.ts'
import { tellMishaps } from './stories/mishaps.ts'

const why = chromiumPath === undefined ? 'this machine has no Chromium' : isBuilt ? undefined : 'the console is not built'

test.runIf(why)(`skipped: ${why}`, ({ skip }) => skip())

describe.skipIf(why)('in a browser', () => {
  const world = {} as ConsoleWorld
  beforeAll(async () => void Object.assign(world, await openConsole()))
  afterAll(() => world.close())

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

  // `npm run screenshots`: pictures change with every day that passes, so that each run of the tests would.
  test.runIf(process.env['SCREENSHOTS'])(
    'every page, light and dark',
    () => takeScreenshots(world, process.env['SCREENSHOTS'] as string),
    everyPageMs,
  )
  describe('errors of a step', () => {
    tellErrors(world)
  })
  describe('errors that are looked for', () => {
    tellFoundErrors(world)
  })
  describe('documents and the account', () => {
    tellResources(world)
  })
  describe('forms, search and data', () => {
    tellForms(world)
  })
  describe('mishaps', () => {
    tellMishaps(world)
  })
  describe('hostile names', () => {
    tellHostileNames(world)
  })
  describe('accessibility', () => {
    tellAccessibility(world)
  })
  // After what is looked at on every page: until then the account is empty.
  describe('an account that is empty', () => {
    tellFirstUse(world)
  })

  test('no page complained in its console', () => {
    // A request that was meant to be refused is told of by the browser itself.
    expect(world.complaints.filter((line) => !line.includes('Failed to load resource'))).toEqual([])
  })
})

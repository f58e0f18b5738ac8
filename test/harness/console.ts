/** The console in a real browser, on a real server that has the demo's integration, for tests that act as a person does. */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromiumPath } from './chromium.ts'
import { chromium, type Browser, type Page } from 'playwright-core'
import { onTestFinished, TestRunner } from 'vitest'
import { apiAt, type Api as DemoApi } from '../../demo/api.ts'
import { openShop, type Shop } from '../../demo/applications/shop.ts'
import { openWarehouse, type Warehouse } from '../../demo/applications/warehouse.ts'
import { build, type Built } from '../../demo/build.ts'
import { screenOn } from '../../demo/screen.ts'
import { addUser } from '../../src/domain/accounts/accounts.ts'
import { ownerToken, startApi, type Api } from './api.ts'
import { startMailServer, type MailServer } from './mail-server.ts'
import { startOpenIdProvider, type OpenIdPeer } from './openid-provider.ts'

export const isBuilt = existsSync(new URL('../../console/dist/index.html', import.meta.url))

/** Orders of the shop: enough that some fail, and a run that takes a moment. */
const numOrders = 120
/** A page that waits for this long waits for what does not come. Generous: machines are busy. In milliseconds. */
const patience = 40_000

export interface ConsoleWorld {
  readonly api: Api
  readonly client: DemoApi
  readonly built: Built
  readonly shop: Shop
  /** The connection to the warehouse. */
  readonly connectionId: string
  readonly warehouse: Warehouse
  /** Once the story of Integration Apps has been told: one that is installed, and one in the middle of it. */
  apps?: { readonly installed: string; readonly begun: string; readonly connector: string }
  /** A browser of its own: nobody is signed in. It ends with the test that opens it; one that is opened for several tests is closed by who opens it. */
  newPage(options?: Parameters<Browser['newContext']>[0]): Promise<Page>
  /** The page at an address: of the owner, of a user whose account is empty, or of nobody who is signed in. */
  open(path: string, who?: 'owner' | 'newcomer' | 'nobody'): Promise<Page>
  /** Where users may sign in, too. */
  readonly provider: OpenIdPeer
  readonly mails: MailServer
  /** Folder whose files flows may use, each environment those in the folder of its id. */
  readonly files: string
  /** What pages complained about in their consoles. */
  readonly complaints: string[]
  /** The text of all pages that are open, the start of each. */
  sayWhatIsSeen(): Promise<string>
  close(): Promise<void>
}

export async function openConsole(): Promise<ConsoleWorld> {
  const provider = await startOpenIdProvider()
  const mails = await startMailServer()
  const files = await mkdtemp(join(tmpdir(), 'sluice-console-'))
  const api = await startApi({
    worker: true,
    strict: false,
    files,
    openId: provider.settings,
    mail: mails.settings,
    publicURL: 'https://sluice.example',
  })
  provider.register(`${api.url}/sign-in/openid`)
  const newcomer = await addUser(api.world, 'newcomer@example.com')
  const client = apiAt(api.url, ownerToken)
  const [shop, warehouse] = await Promise.all([openShop({ numOrders }), openWarehouse()])
  const screen = screenOn({ out: { write: () => true } as never, live: false, color: false })
  const built = await build(client, screen, shop, warehouse)
  const [connection] = await client.call('listConnections', { query: { name: 'Warehouse' } })
  const browser = await chromium.launch({ executablePath: chromiumPath as string, args: ['--no-sandbox', '--disable-gpu'] })
  const complaints: string[] = []
  const openPage: ConsoleWorld['newPage'] = async (options = {}) => {
    const context = await browser.newContext({
      baseURL: api.url,
      viewport: { width: 1280, height: 800 },
      locale: 'en-GB',
      timezoneId: 'UTC',
      ...options,
    })
    context.setDefaultTimeout(patience)
    const page = await context.newPage()
    page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`))
    page.on('console', (message) => message.type() === 'error' && complaints.push(`${page.url()}: ${message.text()}`))
    return page
  }
  const newPage: ConsoleWorld['newPage'] = async (options) => {
    const page = await openPage(options)
    // One that stays goes on asking what becomes of all that later tests change.
    if (TestRunner.getCurrentTest())
      onTestFinished(async ({ task }) => {
        if (task.result?.state === 'fail') seenBefore.push(await describe(page))
        await page.context().close()
      })
    return page
  }
  const seenBefore: string[] = []
  const pages = new Map<string, Promise<Page>>()
  const tokens = { owner: ownerToken, newcomer: newcomer.token }
  const pageOf = async (who: 'owner' | 'newcomer' | 'nobody'): Promise<Page> => {
    const page = await openPage()
    if (who !== 'nobody') await signIn(page, tokens[who])
    return page
  }
  return {
    api,
    client,
    built,
    shop,
    connectionId: connection?._id ?? '',
    warehouse,
    newPage,
    provider,
    mails,
    files,
    async open(path, who = 'owner') {
      const opened = pages.get(who) ?? pageOf(who)
      pages.set(who, opened)
      const page = await opened
      await page.goto(path)
      return page
    },
    complaints,
    async sayWhatIsSeen() {
      const shown = browser.contexts().flatMap((context) => context.pages())
      return [...seenBefore.splice(0), ...(await Promise.all(shown.map(describe)))].join('\n')
    },
    async close() {
      await browser.close()
      shop.close()
      warehouse.close()
      await api.close()
      await provider.close()
      await mails.close()
      await rm(files, { recursive: true })
    },
  }
}

async function describe(page: Page): Promise<string> {
  const main = page.locator('main').or(page.getByRole('dialog')).or(page.locator('.notices'))
  const texts = await main.allInnerTexts().catch((error: unknown) => [String(error)])
  return `${page.url()} shows: ${texts.join(' | ').replace(/\s+/g, ' ').slice(0, 3000)}`
}

export async function signIn(page: Page, token: string): Promise<void> {
  await page.goto('/sign-in?with=token')
  await page.getByLabel('Access token').fill(token)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor()
}

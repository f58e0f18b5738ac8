/** The machine's Chromium, with somebody signed in at a server. */
import { chromium, type Browser, type Page } from 'playwright-core'
import { chromiumPath } from '../../test/harness/chromium.ts'
import { token, type Sluice } from './sluice.ts'

/** The longest that a page may take. In milliseconds. */
const patienceMs = 120_000

export const hasChromium = chromiumPath !== undefined

export interface SignedIn {
  readonly browser: Browser
  newPage(): Promise<Page>
  close(): Promise<void>
}

export async function openBrowser({ url }: Sluice): Promise<SignedIn> {
  const browser = await chromium.launch({ executablePath: chromiumPath as string, args: ['--no-sandbox', '--disable-gpu'] })
  const context = await browser.newContext({ baseURL: url, viewport: { width: 1280, height: 800 }, locale: 'en-GB' })
  context.setDefaultTimeout(patienceMs)
  const answer = await context.request.post('/v1/session', { data: { token }, headers: { 'x-sluice-console': '1', origin: url } })
  if (answer.status() !== 204) throw new Error(`signing in answered ${answer.status()}: ${await answer.text()}`)
  return { browser, newPage: () => context.newPage(), close: () => browser.close() }
}

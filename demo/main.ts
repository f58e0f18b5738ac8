/** `npm run demo`: Sluice at work between two small applications, from an empty folder to every order delivered. It alone reads process.env. */
import { randomBytes } from 'node:crypto'
import { relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import manifest from '../package.json' with { type: 'json' }
import { goOn, play, type Stage } from './acts.ts'
import { apiAt, type Api } from './api.ts'
import { openShop, type Shop } from './applications/shop.ts'
import { openWarehouse, type Warehouse } from './applications/warehouse.ts'
import { clear, type Built } from './build.ts'
import { claim, ownFolder } from './folder.ts'
import { Broken } from './promise.ts'
import { count, screenOn, seconds } from './screen.ts'
import { startServer, type Server } from './server.ts'

const { env, stdout } = process
const once = process.argv.includes('--once') || env['DEMO_ONCE'] === '1'
const isTerminal = stdout.isTTY && env['TERM'] !== 'dumb'
const screen = screenOn({ out: stdout, live: isTerminal && !env['CI'], color: isTerminal && !env['NO_COLOR'] })
const began = Date.now()

/** What has to be closed, the last first. */
const closers: (() => unknown)[] = []
const stopping = new AbortController()
/** Of the server, once it is up. */
let log: string | undefined
/** The acts are over, and it stays for whoever wants to look around. */
let isUp = false

async function demo(): Promise<void> {
  screen.line(
    `${screen.bold('Sluice')} ${manifest.version}: a shop sells, a warehouse ships, and Sluice carries the orders from one to the other.`,
  )
  screen.act('Start')
  const shop = await openShop()
  closers.push(() => shop.close())
  screen.done(`the shop, with ${count(shop.orders.length)} orders  ${shop.url}`)
  const warehouse = await openWarehouse()
  closers.push(() => warehouse.close())
  screen.done(`the warehouse, still empty   ${warehouse.url}`)
  const { api, server } = await openSluice()
  log = server.log
  await Promise.race([scenes(api, shop, warehouse), server.ended.then(gone)])
}

async function scenes(api: Api, shop: Shop, warehouse: Warehouse): Promise<void> {
  const stage: Stage = { api, screen, shop, warehouse }
  const built = await play(stage)
  screen.blank()
  screen.line(screen.bold(`All as promised, in ${seconds(Date.now() - began)}.`))
  if (once) return
  isUp = true
  tellWhatToTry(api, built)
  await goOn(stage, built, stopping.signal)
}

async function openSluice(): Promise<{ api: Api; server: Server }> {
  const isOwn = !env['SLUICE_DATA']
  const folder = isOwn ? fileURLToPath(new URL(`../${ownFolder}`, import.meta.url)) : resolve(env['SLUICE_DATA'] as string)
  const state = await claim(folder, isOwn)
  const token = env['SLUICE_TOKEN'] || randomBytes(24).toString('hex')
  const server = await startServer(environment(folder, token), folder, (stop) => closers.push(stop))
  const api = apiAt(server.url, token)
  screen.done(`Sluice                       ${server.url}`)
  const shown = relative(process.cwd(), folder).startsWith('..') ? folder : relative(process.cwd(), folder) || '.'
  if (state === 'used') await clear(api)
  const found = state === 'used' ? 'is from an earlier demo: used again, without what that one built' : 'was empty: it has a new database'
  screen.done(`the data folder ${shown} ${found}`)
  return { api, server }
}

/** What belongs to a real installation (its database, its keys) is not for the demo. */
function environment(folder: string, token: string): Record<string, string | undefined> {
  const { DATABASE_URL: _database, SLUICE_ENCRYPTION_KEY: _key, ...rest } = env
  const own = { SLUICE_DATA: folder, SLUICE_TOKEN: token, SLUICE_PRIVATE_NETWORK: 'allow', PORT: env['PORT'] || '0' }
  return { SLUICE_LOG_LEVEL: 'warn', ...rest, ...own }
}

function tellWhatToTry({ url, token }: Api, { integration, flow, import: step }: Built): void {
  const page = new URLSearchParams({ with: 'token', next: `/integrations/${integration}/flows` })
  const curl = `curl -s -H "Authorization: Bearer $TOKEN"`
  screen.line(`
Sluice stays up, and the shop goes on selling: an order every two seconds. Of every fifth something comes back: those
arrive at the warehouse by themselves, since the shop calls Sluice's webhook.

   look at it   ${screen.bold(`${url}/sign-in?${page.toString()}`)}
   with         ${token}
   API          ${screen.bold(url)}, described at ${screen.bold(`${url}/docs`)}

Or from another terminal:

   TOKEN=${token}
   ${curl} '${url}/v1/integrations?include=settings,flowGroupings'
   ${curl} -X POST ${url}/v1/flows/${flow}/run
   ${curl} ${url}/v1/flows/${flow}/${step}/errors

The second one sends what was sold since the last run, and nothing twice. Every fifth of those has a mistake: the third
one tells. ${screen.faint('Ctrl-C ends the demo.')}
`)
}

function gone(words: string): void {
  if (!stopping.signal.aborted) throw new Broken(`Sluice ended by itself. ${words}`)
}

/** Everything in order, once, whoever asks. */
let closing: Promise<void> | undefined
const close = (): Promise<void> =>
  (closing ??= (async () => {
    stopping.abort()
    for (const each of closers.toReversed()) await each()
  })())

/** npm passes a Ctrl-C on that the terminal has sent already: the same one twice. In milliseconds. */
const echo = 500

/** Ctrl-C while it stays up is how the demo is meant to end; before that it is an interruption. Asked once more, it does not wait. */
function endOn(signal: 'SIGINT' | 'SIGTERM', status: number): void {
  let asked: number | undefined
  process.on(signal, () => {
    if (asked !== undefined && Date.now() - asked > echo) process.exit(status)
    if (asked !== undefined) return
    asked = Date.now()
    screen.line('\nStopping.')
    void close().finally(() => {
      screen.line('Stopped.')
      process.exit(isUp ? 0 : status)
    })
  })
}

async function end(error: Error | undefined): Promise<never> {
  if (stopping.signal.aborted) return new Promise(() => {})
  screen.clearBar()
  if (error instanceof Broken) screen.wrong(error.message)
  else if (error) screen.wrong(`The demo itself failed: ${error.stack ?? error.message}`)
  if (error && log) screen.line(`     What the server itself complained about, if anything: ${log}`)
  await close()
  process.exit(error ? 1 : 0)
}

endOn('SIGINT', 130)
endOn('SIGTERM', 143)
// A reader that went away (`npm run demo | head`) ends the demo like a Ctrl-C.
stdout.on('error', () => void close().finally(() => process.exit(1)))
demo().then(() => end(undefined), end)

/**
 * The process that scripts run in. It is started without rights (launch.ts), gives up root as soon as its addon is loaded, and knows nothing but what comes
 * over its pipe: one call at a time. It is killed rather than mended.
 */
import type IVM from 'isolated-vm'
import * as bounds from '../bounds.ts'
import { encodeFrame, frameReader, type Frame } from '../pipe-protocol.ts'
import { call, type Clock, type Order } from './call.ts'
import { createCollector } from './collect-garbage.ts'
import { Isolates } from './isolates.ts'
import { removeNodeGlobals } from './remove-node-globals.ts'

/** How often a running call's memory is looked at. Milliseconds. */
const lookMs = 100
/** Nobody's id on Linux and macOS. */
const nobody = 65_534
const maxFrame = bounds.maxOptions + bounds.maxSource + 1024 * 1024

const addon = { exports: {} as { ivm: typeof IVM } }
process.dlopen(addon, process.argv[1] as string)
if (process.getuid?.() === 0) {
  process.setgroups?.([])
  process.setgid?.(nobody)
  process.setuid?.(nobody)
}
const collect = createCollector()
const die = removeNodeGlobals()

let modules: Readonly<Record<string, string>> = {}
let clock: Clock | undefined
let apiCalls = 0
let served = 0
let passed = 0
const waiting = new Map<number, (answer: string) => void>()

const send = (head: object, body?: string): void => void process.stdout.write(encodeFrame(head, body))
/** Its parent sees that, starts another one and fails the call at hand. */
const end = (why: string): never => {
  send({ kind: why })
  return die()
}

const isolates = new Isolates(
  addon.exports.ivm,
  {
    async api(name, args) {
      if (args.length > bounds.maxApiBytes) return failed(`The arguments of ${name} are larger than 5 MB.`)
      if (++apiCalls > bounds.maxApiCalls)
        return failed(`A call of a script may use integrator-api ${bounds.maxApiCalls} times at the most.`)
      clock?.pause()
      const n = apiCalls
      const answer = await new Promise<string>((resolve) => {
        waiting.set(n, resolve)
        send({ kind: 'api', n, name: String(name) }, args)
      })
      clock?.resume()
      return answer
    },
    log: (level, message) => send({ kind: 'log', level }, message),
    sourceOf: (name) => (Object.hasOwn(modules, name) ? modules[name] : undefined),
  },
  () => end('memory'),
)

const failed = (message: string): string => JSON.stringify({ error: { message } })

async function serve(order: Order & { readonly withSource: number }, body: string): Promise<void> {
  apiCalls = 0
  const look = setInterval(() => {
    if (process.memoryUsage.rss() > bounds.maxRss) end('memory')
  }, lookMs)
  // The source, where it comes along, stands ahead of the options.
  const source = order.withSource > 0 ? body.slice(0, order.withSource) : undefined
  const outcome = await call(isolates, order, source, body.slice(order.withSource), (each) => (clock = each))
  clearInterval(look)
  clock = undefined
  waiting.clear()
  // Asking the system costs as much as a small call.
  const isTired = ++served % bounds.lookEvery === 0 && process.memoryUsage.rss() > bounds.tiredRss
  if (outcome.kind !== 'answer') return send({ ...outcome, isTired })
  const { text } = outcome
  const isTooLarge = text.length > bounds.maxResult || (text.length > bounds.maxResult / 16 && isManyValued(text))
  send({ kind: 'answer', isTired }, isTooLarge ? '>' : text)
  tidy(order.envId, body.length + text.length)
}

/** After the answer, so that nobody waits for it. */
function tidy(envId: string, characters: number): void {
  isolates.tidy(envId, characters)
  passed += characters
  if (passed < bounds.collectEvery) return
  passed = 0
  collect()
}

/** Counted here, where it holds nobody up: parsing a million empty lists would. */
function isManyValued(text: string): boolean {
  let values = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    // `,` `[` `{`, those within strings too.
    if (code === 44 || code === 91 || code === 123) values++
  }
  return values > bounds.maxValues
}

function take({ head, body }: Frame): void {
  if (head['kind'] === 'modules') modules = JSON.parse(body) as typeof modules
  else if (head['kind'] === 'call') void serve(head as unknown as Parameters<typeof serve>[0], body)
  else if (head['kind'] === 'api') {
    const n = head['n'] as number
    waiting.get(n)?.(body)
    waiting.delete(n)
  }
}

const read = frameReader(maxFrame)
process.stdin.on('data', (chunk: Buffer) => read(chunk).forEach(take))
// The parent is gone, and a script may be running on: nothing orderly would end it.
process.stdin.on('close', die)
send({ kind: 'ready' })

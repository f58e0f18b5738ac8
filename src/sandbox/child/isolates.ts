/** The isolates of this process: one an environment, a context in it for each script in use, each compiled once. Nothing of one is seen by another. */
import type IVM from 'isolated-vm'
import { apiMethods, apiOnly } from '../api-methods.ts'
import * as bounds from '../bounds.ts'
import { createIsolateCollector } from './collect-garbage.ts'
import { prelude, type Door } from './prelude.ts'

/** What a context can ask of its process. */
export interface Host {
  api(name: string, args: string): Promise<string>
  log(level: string, message: string): void
  sourceOf(name: string): string | undefined
}

export interface Script {
  readonly hash: string
  readonly name: string
}

interface Loaded {
  readonly context: IVM.Context
  readonly door: IVM.Reference<Door>
  readonly find: IVM.Reference<unknown> | undefined
  calls: number
}

export interface Home {
  readonly isolate: IVM.Isolate
  readonly scripts: Map<string, Loaded>
  collect: IVM.Reference<() => void> | undefined
  calls: number
  passed: number
}

const preludeText = `return (${prelude.toString()})($0, $1, $2, $3, $4, $5)`
/** By this the functions of a module are found; plain scripts have theirs at the top level. */
const finder = '$sluiceFind'

export class Isolates {
  readonly #ivm: typeof IVM
  readonly #host: Host
  readonly #onBroken: () => void
  readonly #homes = new Map<string, Home>()

  /** `onBroken`: an isolate could not even be ended. The process has to go. */
  constructor(ivm: typeof IVM, host: Host, onBroken: () => void) {
    this.#ivm = ivm
    this.#host = host
    this.#onBroken = onBroken
  }

  /** The environment's isolate, made when it is first asked for. The one that was used longest ago makes room. */
  homeOf(envId: string): Home {
    const known = this.#homes.get(envId)
    this.#homes.delete(envId)
    const home = known ?? {
      isolate: new this.#ivm.Isolate({ memoryLimit: bounds.isolateMB, onCatastrophicError: this.#onBroken }),
      scripts: new Map(),
      collect: undefined,
      calls: 0,
      passed: 0,
    }
    this.#homes.set(envId, home)
    const [oldest] = this.#homes.keys()
    if (oldest !== undefined && this.#homes.size > bounds.maxIsolates) this.drop(oldest)
    return home
  }

  drop(envId: string): void {
    const home = this.#homes.get(envId)
    this.#homes.delete(envId)
    if (home && !home.isolate.isDisposed) home.isolate.dispose()
  }

  /** Looks whether calls left too much behind: now and then, and always where one was in truth many. */
  lookAfter(envId: string, isMany: boolean): void {
    const home = this.#homes.get(envId)
    if (!home || (++home.calls % bounds.lookEvery !== 0 && !isMany)) return
    const { used_heap_size: used, externally_allocated_size: outside } = home.isolate.getHeapStatisticsSync()
    if (used + outside > (bounds.isolateMB * 1024 * 1024) / 2) this.drop(envId)
  }

  /** Lets go of texts that came and went. */
  tidy(envId: string, characters: number): void {
    const home = this.#homes.get(envId)
    if (!home || (home.passed += characters) < bounds.collectEvery) return
    home.passed = 0
    home.collect ??= createIsolateCollector(home.isolate)
    home.collect.applyIgnored(undefined, [])
  }

  /** Undefined where the script is not compiled here and its source did not come along. */
  async load(home: Home, script: Script, source: string | undefined): Promise<Loaded | undefined> {
    const known = home.scripts.get(script.hash)
    if (known && known.calls < bounds.callsPerContext) {
      known.calls++
      home.scripts.delete(script.hash)
      home.scripts.set(script.hash, known)
      return known
    }
    if (source === undefined) return undefined
    if (known) release(home, script.hash)
    const loaded = await this.#compile(home.isolate, script, source)
    home.scripts.set(script.hash, loaded)
    const [oldest] = home.scripts.keys()
    if (oldest !== undefined && home.scripts.size > bounds.maxContexts) release(home, oldest)
    return loaded
  }

  async #compile(isolate: IVM.Isolate, script: Script, source: string): Promise<Loaded> {
    const ivm = this.#ivm
    const context = await isolate.createContext()
    const host = this.#host
    const limits = {
      maxApiBytes: bounds.maxApiBytes,
      maxResult: bounds.maxResult,
      maxLogLines: bounds.maxLogLines,
      maxLogLine: bounds.maxLogLine,
      maxMessage: bounds.maxMessage,
      maxStack: bounds.maxStack,
    }
    const door = (await context.evalClosure(
      preludeText,
      [
        new ivm.Reference((name: string, args: string) => host.api(name, args)),
        new ivm.Callback((level: string, message: string) => host.log(level, message), { ignored: true }),
        new ivm.Callback((name: string) => host.sourceOf(name)),
        new ivm.ExternalCopy(limits).copyInto(),
        new ivm.ExternalCopy(apiMethods).copyInto(),
        apiOnly,
      ],
      { result: { reference: true }, filename: 'sluice' },
    )) as IVM.Reference<Door>
    const find = await run(isolate, context, script, source)
    return { context, door, find, calls: 1 }
  }
}

function release(home: Home, hash: string): void {
  home.scripts.get(hash)?.context.release()
  home.scripts.delete(hash)
}

/** A script that imports or exports is a module; any other is a plain script, in which what strict mode forbids still works. */
async function run(
  isolate: IVM.Isolate,
  context: IVM.Context,
  { name }: Script,
  source: string,
): Promise<IVM.Reference<unknown> | undefined> {
  const filename = name
  try {
    const script = await isolate.compileScript(source, { filename })
    await script.run(context)
    return undefined
  } catch (error) {
    if (!(error instanceof SyntaxError) || !/\b(?:import|export)\b/.test(error.message)) throw error
  }
  const module = await isolate.compileModule(`${source}\nexport const ${finder} = (name) => eval(name)`, { filename })
  await module.instantiate(context, (specifier) => isolate.compileModule(importable(specifier), { filename: 'sluice' }))
  await module.evaluate()
  return (module.namespace as IVM.Reference<Record<string, unknown>>).get(finder, { reference: true })
}

/** A module that hands on what `require` gives. */
function importable(specifier: string): string {
  const names = specifier === 'integrator-api' ? [...Object.keys(apiMethods), 'request'] : []
  const exported = names.map((each) => `export const ${each} = module.${each}`)
  return [`const module = require(${JSON.stringify(specifier)})`, 'export default module', ...exported].join('\n')
}

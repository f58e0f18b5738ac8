/**
 * What a context holds besides the language: `require`, `console` and the door through which its functions are called. It runs inside the isolate, ahead of
 * the script, and is carried there as text: it may use nothing from outside itself. Scripts can change everything that is global, so what is needed later is
 * taken hold of first, and nothing that belongs to isolated-vm is ever within their reach.
 */

interface Host {
  /** Answers a call of integrator-api with JSON text. */
  readonly api: { applySyncPromise(receiver: undefined, args: [string, string]): string }
  readonly log: (level: string, message: string) => void
  /** The source text of a module. */
  readonly sourceOf: (name: string) => string | undefined
}

interface Limits {
  readonly maxApiBytes: number
  readonly maxResult: number
  readonly maxLogLines: number
  readonly maxLogLine: number
  readonly maxMessage: number
  readonly maxStack: number
}

/** `find` answers a function of a module by its name; without it the script is a plain one, whose functions are global. */
export type Door = (
  name: string,
  options: string,
  each: boolean,
  listens: boolean,
  find?: (name: string) => unknown,
) => string | Promise<string>

/**
 * Answers the door: calls the function of that name and answers one character and JSON: `=` what it returned (nothing after it where that is undefined),
 * `-` what it threw, `>` that the result is too large.
 */
// oxlint-disable-next-line max-lines-per-function -- carried into the isolate as one text
export function prelude(
  api: Host['api'],
  log: Host['log'],
  sourceOf: Host['sourceOf'],
  limits: Limits,
  apiMethods: Readonly<Record<string, readonly string[]>>,
  apiOnly: string,
): Door {
  'use strict'
  const { stringify, parse } = JSON
  const { apply } = Reflect
  const { defineProperty, create, assign } = Object
  const text = String
  // oxlint-disable-next-line no-eval -- within the isolate, where all code is the script's own
  const evaluate = globalThis.eval
  const NativePromise = Promise
  const NativeError = Error
  const slice = ''.slice
  const modules = create(null) as Record<string, unknown>
  let lines = 0

  const cut = (value: string, length: number): string => apply(slice, value, [0, length]) as string

  const shown = (value: unknown): string => {
    try {
      if (typeof value === 'string') return value
      if (value instanceof NativeError) return text(value.stack ?? value.message)
      return stringify(value) ?? text(value)
    } catch {
      return 'something that cannot be shown'
    }
  }
  const writer =
    (level: string) =>
    (...values: unknown[]): void => {
      if (lines <= 0) return
      lines--
      let line = ''
      for (let i = 0; i < values.length; i++) line += (i > 0 ? ' ' : '') + cut(shown(values[i]), limits.maxLogLine)
      log(level, cut(line, limits.maxLogLine))
    }

  const callApi = (name: string, args: unknown[]): unknown => {
    const sent = stringify(args)
    if (sent.length > limits.maxApiBytes) throw new NativeError(`The arguments of ${name} are too large.`)
    const answer = parse(api.applySyncPromise(undefined, [name, sent])) as {
      value?: unknown
      error?: { message: string; code?: string }
    }
    if (!answer.error) return answer.value
    const error = new NativeError(answer.error.message)
    if (answer.error.code !== undefined) defineProperty(error, 'code', { value: answer.error.code, enumerable: true })
    throw error
  }
  const integratorApi = create(null) as Record<string, unknown>
  for (const resource in apiMethods) {
    const methods = create(null) as Record<string, unknown>
    const names = apiMethods[resource] as readonly string[]
    for (let i = 0; i < names.length; i++) {
      const method = names[i] as string
      methods[method] = (...args: unknown[]): unknown => callApi(`${resource}.${method}`, args)
    }
    integratorApi[resource] = methods
  }
  integratorApi['request'] = (...args: unknown[]): unknown => callApi('request', args)
  modules['integrator-api'] = integratorApi

  const load = (name: unknown): unknown => {
    const path = text(name)
    if (path in modules) return modules[path]
    const source = sourceOf(path)
    if (source === undefined) throw new NativeError(`There is no module '${cut(path, 100)}' here: ${apiOnly}`)
    const module = { exports: {} }
    const wrapped = evaluate(`(function (module, exports, require) {${source}\n})`) as (...args: unknown[]) => void
    wrapped(module, module.exports, load)
    return (modules[path] = module.exports)
  }
  const console = {
    log: writer('info'),
    info: writer('info'),
    warn: writer('warn'),
    error: writer('error'),
    debug: writer('debug'),
    trace: writer('debug'),
  }
  defineProperty(globalThis, 'console', { value: console, writable: true, configurable: true })
  defineProperty(globalThis, 'require', { value: load, writable: true, configurable: true })

  // Nobody needs them here, and they reach memory and threads that the bounds of an isolate do not cover.
  delete (globalThis as Record<string, unknown>)['WebAssembly']
  delete (globalThis as Record<string, unknown>)['SharedArrayBuffer']
  delete (globalThis as Record<string, unknown>)['Atomics']
  // What it calls runs once nobody waits for the script any more, and counts its time.
  delete (globalThis as Record<string, unknown>)['FinalizationRegistry']

  const failureOf = (error: unknown): string => {
    let message = 'something that cannot be shown'
    let stack = ''
    try {
      const thrown = error as { message?: unknown; stack?: unknown } | null
      const isObject = typeof thrown === 'object' && thrown !== null
      message = isObject && thrown.message !== undefined ? text(thrown.message) : shown(error)
      if (isObject && thrown.stack !== undefined) stack = text(thrown.stack)
    } catch {
      // What was thrown does not even let itself be looked at.
    }
    return stringify({ message: cut(message, limits.maxMessage), stack: cut(stack, limits.maxStack) })
  }
  const valueOf = (value: unknown): string => {
    const json = value === undefined ? '' : (stringify(value) ?? '')
    return json.length > limits.maxResult ? '>' : `=${json}`
  }
  const settled = async (promise: unknown): Promise<string> => {
    try {
      return valueOf(await promise)
    } catch (error) {
      return `-${failureOf(error)}`
    }
  }
  const once = (called: (options: unknown) => unknown, options: unknown): string | Promise<string> => {
    try {
      const value = called(options)
      return value instanceof NativePromise ? settled(value) : valueOf(value)
    } catch (error) {
      return `-${failureOf(error)}`
    }
  }
  /** `{"value":..}` or `{"error":..}` of one of several calls. */
  const entry = (answer: string): string => {
    const json = apply(slice, answer, [1]) as string
    return answer[0] === '-' ? `{"error":${json}}` : json === '' ? '{}' : `{"value":${json}}`
  }
  const several = (called: (options: unknown) => unknown, shared: object, all: object[]): string | Promise<string> => {
    let joined = '=['
    for (let i = 0; i < all.length; i++) {
      const answer = once(called, assign({}, shared, all[i]))
      if (typeof answer !== 'string') return onwards(called, shared, all, i, joined, answer)
      joined += (i > 0 ? ',' : '') + entry(answer)
      if (answer === '>' || joined.length > limits.maxResult) return '>'
    }
    return `${joined}]`
  }
  const onwards = async (
    called: (options: unknown) => unknown,
    shared: object,
    all: object[],
    from: number,
    begun: string,
    first: Promise<string>,
  ): Promise<string> => {
    let joined = begun
    for (let i = from; i < all.length; i++) {
      const answer = await (i === from ? first : once(called, assign({}, shared, all[i])))
      joined += (i > 0 ? ',' : '') + entry(answer)
      if (answer === '>' || joined.length > limits.maxResult) return '>'
    }
    return `${joined}]`
  }
  return (name, options, each, listens, find) => {
    lines = listens ? limits.maxLogLines : 0
    let called: unknown
    try {
      called = find ? find(name) : evaluate(name)
    } catch {
      // Not declared: the same as something that is no function.
    }
    if (typeof called !== 'function') return '?'
    const input: unknown = parse(options)
    if (!each) return once(called as () => unknown, input)
    const { shared, each: all } = input as { shared: object; each: object[] }
    return several(called as () => unknown, shared, all)
  }
}

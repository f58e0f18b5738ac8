/** Asks the API of a test and keeps what was sent and answered, by operation: the first time of each, with everything that differs between two runs made the same. */
import type { Operation } from '../../src/contract/operation.ts'
import { operations } from '../../src/contract/operations/index.ts'
import type { Answer, Api } from '../harness/api.ts'

export interface Asking {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: string
  readonly body?: unknown
  /** Who asks; the owner by default. */
  readonly as?: (method: string, path: string, body?: unknown) => Promise<Answer>
}

interface Example {
  readonly request?: unknown
  readonly response?: unknown
}
type Examples = Readonly<Record<string, Example>>

export interface Recorder {
  // oxlint-disable-next-line typescript/no-explicit-any -- answers of every shape
  ask(id: string, asking?: Asking): Promise<any>
  /** In the order of the contract. */
  examples(): Examples
}

export function recorderOn(api: Api, places: Readonly<Record<string, string>>): Recorder {
  const taken = new Map<string, Example>()
  return {
    async ask(id, { params = {}, query = '', body, as = api.call } = {}) {
      const operation: Operation | undefined = operations[id]
      if (!operation) throw new Error(`there is no operation ${id}`)
      const path = operation.path.replace(/:(\w+)/g, (_all, name: string) => encodeURIComponent(params[name] ?? `no-${name}`))
      const answer = await as(operation.method, path + query, body)
      if (answer.status !== operation.status && answer.status !== 204) throw new Error(`${id} answered ${answer.status}: ${answer.text}`)
      const sent = body !== undefined && !(body instanceof Uint8Array)
      const said = answer.body !== undefined && operation.result !== undefined && operation.resultType === undefined
      if ((sent || said) && (!taken.has(id) || (said && taken.get(id)?.response === undefined)))
        taken.set(id, { ...(sent && { request: body }), ...(said && { response: answer.body as unknown }) })
      return answer.body
    },
    examples: () =>
      Object.fromEntries(
        Object.keys(operations).flatMap((id) => {
          const example = taken.get(id)
          return example ? [[id, steady(example, places)]] : []
        }),
      ),
  }
}

/** Entries of a list that are shown, and characters of a text. */
const shown = { entries: 2, characters: 400 }
/** Made by chance, and not shaped like an id. */
const chancy = new Set([
  'token',
  'systemToken',
  'errorId',
  'retryDataKey',
  'bearerToken',
  'secretURL',
  'uniqueEmail',
  'tagId',
  'tagIds',
  'conflictId',
])
const moment = '2026-03-02T09:00:00.000Z'
const year = 366 * 24 * 60 * 60 * 1000

/** The same example whenever it is recorded: ids, hashes, secrets and times by their turn in it, addresses of this machine as those of others. */
function steady(example: Example, places: Readonly<Record<string, string>>): Example {
  const kept = shortened(example)
  const turns = new Map<string, string>()
  const inTurn = (found: string, make: (turn: number) => string): string => {
    const known = turns.get(found)
    if (known !== undefined) return known
    const made = make(turns.size + 1)
    turns.set(found, made)
    return made
  }
  // The application of the test counts what it takes, and a run that is canceled may have sent something or not.
  let text = JSON.stringify(kept)
    .replaceAll(/\binvoices-\d+/g, 'invoices-1')
    .replaceAll(/\/shop-\d+\b/g, '/shop-1')
    .replaceAll(/\?token=[\w.-]+/g, '?token=signed')
  for (const [place, name] of Object.entries(places)) text = text.replaceAll(place, name)
  for (const value of chancesIn(kept))
    text = text.replaceAll(
      value,
      inTurn(value, (turn) => `made-by-chance-${turn}`),
    )
  text = text
    .replaceAll(/\b(state|nonce|code_challenge)=[\w-]{43}/g, '$1=made-by-chance')
    .replaceAll(/"(state|code)":"[\w-]{43}"/g, '"$1":"made-by-chance"')
    .replaceAll(/\bafter=\d{13}-/g, 'after=1772442000000-')
    // Keys of recorded requests begin with their time, counted down.
    .replaceAll(/\b\d{13}-(?=[0-9a-f]{24}-)/g, '8204036800000-')
    .replaceAll(/"time":\d{13}\b/g, '"time":1772442000000')
    .replaceAll(/\b[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT\b/g, 'Mon, 02 Mar 2026 09:00:00 GMT')
    .replaceAll(/\b[0-9a-f]{64}\b/g, (found) => inTurn(found, (turn) => turn.toString(16).padStart(64, 'c0ffee')))
    .replaceAll(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, (found) =>
      inTurn(found, (turn) => `5f0c4e2a-0000-4000-8000-${String(turn).padStart(12, '0')}`),
    )
    .replaceAll(/\b[0-9a-f]{24}\b/g, (found) => inTurn(found, (turn) => `6790c0de${turn.toString(16).padStart(16, '0')}`))
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (found) => (Math.abs(Date.parse(found) - Date.now()) < year ? moment : found))
  return JSON.parse(text) as Example
}

/** Milliseconds that something took. */
const timed = new Set(['avgRuntime', 'avgWait', 'duration'])

function shortened(value: unknown): unknown {
  if (typeof value === 'string') return value.length > shown.characters ? `${value.slice(0, shown.characters)}…` : value
  if (Array.isArray(value)) return value.slice(0, shown.entries).map(shortened)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, below]) => [key, timed.has(key) && typeof below === 'number' ? 800 : shortened(below)]),
  )
}

/** Texts made by chance, wherever they stand, and lists of them (`tagIds`). */
function chancesIn(value: unknown, name = ''): string[] {
  if (typeof value === 'string') {
    const isChance = chancy.has(name) && value.length >= 8 && value !== '******' && !/^[0-9a-f]{24}$|secret/.test(value)
    return isChance ? [value] : []
  }
  if (Array.isArray(value)) return value.flatMap((entry) => chancesIn(entry, name))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, below]) => chancesIn(below, key))
}

/** Some are refused as integrator.io refuses them, unless strictness is asked for. */
export const strictly =
  (api: Api): NonNullable<Asking['as']> =>
  (method, path, body) =>
    api.call(method, path, body, { prefer: 'handling=strict' })

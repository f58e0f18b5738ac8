/** The way to the API: operations by their names, typed by the contract, sent with the session of the browser. */
import { buildRequest, CallRefused, createClient, type ApiRequest, type CallInput, type CallResult } from '../../../src/contract/call.ts'
import { operations, type OperationName } from '../../../src/contract/operations/index.ts'
import { requestWords as words } from '../words/requests.ts'

export { CallRefused, type CallInput, type CallResult, type OperationName }

/** Where requests work: the account that is shared with the user, and the environment. Both stand in the address of the page. */
export interface Scope {
  readonly account?: string | undefined
  readonly env?: string | undefined
}
let scope: Scope = {}
export const setScope = (next: Scope): void => void (scope = next)
export const readScope = (): Scope => scope

/** Notifies listeners that the session has ended: the page then asks the user to sign in, and keeps what was typed. */
let onSessionEnd = (): void => {}
export const whenSessionEnds = (listener: () => void): void => void (onSessionEnd = listener)
export const tellSessionEnd = (): void => onSessionEnd()

export const scopeHeaders = (): Record<string, string> => ({
  'x-sluice-console': '1',
  ...(scope.account && { 'integrator-ashareid': scope.account }),
  ...(scope.env && { 'sluice-environment': scope.env }),
})

async function send({ method, path, headers, body }: ApiRequest): Promise<Response> {
  const answer = await fetch(path, {
    method,
    headers: { prefer: 'handling=strict', ...scopeHeaders(), ...headers },
    ...(body !== undefined && { body }),
  })
  if (answer.status === 401) onSessionEnd()
  return answer
}

export const { call } = createClient(send)

/** A file as it is sent, which the browser may keep on disk: it is not read into a text. */
export async function callForFile<N extends OperationName>(name: N, input: CallInput<N>): Promise<Blob> {
  const answer = await send(buildRequest(name, input))
  if (!answer.ok) await createClient(() => Promise.resolve(answer)).call(name, ...([input] as never))
  return answer.blob()
}

/** For documents whose type is known only while the page runs. */
export const callAny = call as unknown as (name: OperationName, input: object) => Promise<unknown>

export interface Versioned<Result> {
  readonly result: Result
  readonly version: string | undefined
}

/** The document with its version, which a save sends back as `If-Match`. */
export async function callWithVersion<N extends OperationName>(name: N, input: CallInput<N>): Promise<Versioned<CallResult<N>>> {
  let version: string | undefined
  const client = createClient(async (request) => {
    const answer = await send(request)
    version = answer.headers.get('etag') ?? undefined
    return answer
  })
  return { result: await client.call(name, ...([input] as never)), version }
}

const levels = ['monitor', 'manage', 'administrator'] as const
export type Level = (typeof levels)[number]

/** Whether a caller of this level is let through by an operation. */
export const isOpenTo = (level: Level, name: OperationName): boolean => {
  const operation = operations[name]
  return operation !== undefined && levels.indexOf(operation.access) <= levels.indexOf(level)
}

/** What a refusal says, in sentences. */
export function explain(error: unknown): string {
  if (error instanceof CallRefused) {
    const sentences = error.problems.map(({ message }) => message)
    return sentences.length > 0 ? sentences.join(' ') : words.answered(error.status)
  }
  if (error instanceof TypeError) return words.unreachable
  return error instanceof Error ? error.message : String(error)
}

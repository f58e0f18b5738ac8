/** The server that a command works with: which it is, and the way to its operations. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient, type ApiClient, type ApiRequest, type CallInput, type CallResult } from '../../contract/call.ts'
import type { OperationName } from '../../contract/operations/index.ts'
import { CommandError } from '../exit-codes.ts'
import type { Environment } from '../terminal.ts'
import { defaultProfile, readProfile, type Profile } from './profiles.ts'

export interface ServerOptions {
  readonly url?: string
  readonly token?: string
  readonly profile?: string
  /** Its id or its name. */
  readonly environment?: string
}

export interface Server extends ApiClient {
  readonly url: string
  /** Absent where it is that of the token. */
  readonly environmentId?: string
  /** All pages of a list that is cut by `limit` and `skip`. */
  listAll<N extends OperationName>(name: N, input?: Partial<CallInput<N>>): Promise<CallResult<N>>
  /** An answer that goes on, as a stream. */
  open(path: string, headers: Readonly<Record<string, string>>): Promise<Response>
}

const localUrl = 'http://127.0.0.1:3000'
/** An answer that takes longer does not come. Milliseconds. */
const answerMs = 300_000
/** A server that asks to be left alone is asked again so often, and not later than that. */
const mostTries = 5
const longestWaitSeconds = 30
const pageSize = 1000

/** Flags are stronger than a profile that is named, that than the environment, and that than the default profile. A token of a profile goes to no other address. */
export async function connectServer(options: ServerOptions, env: Environment): Promise<Server> {
  const { url, token } = await findServer(options, env)
  const named = options.profile ?? env['SLUICE_PROFILE']
  const environment = options.environment ?? (named ? undefined : env['SLUICE_ENVIRONMENT'])
  const first = createServer(url, token)
  if (!environment) return first
  return createServer(url, token, await findEnvironment(first, environment))
}

async function findServer(options: ServerOptions, env: Environment): Promise<Profile> {
  const named = options.profile ?? env['SLUICE_PROFILE']
  const profile = await readProfile(env, named ?? defaultProfile)
  if (named && !profile) throw new CommandError(`There is no profile ${named}: sluice login --profile ${named} makes it.`)
  const { SLUICE_URL, SLUICE_TOKEN } = named ? {} : (env as { readonly SLUICE_URL?: string; readonly SLUICE_TOKEN?: string })
  const ofProfile = SLUICE_URL || SLUICE_TOKEN ? undefined : profile?.url
  const url = trimUrl(options.url ?? SLUICE_URL ?? ofProfile ?? localUrl)
  const token = options.token ?? SLUICE_TOKEN ?? (profile?.url === url ? profile.token : undefined)
  if (!token) throw new CommandError(`No token for ${url}: sign in with sluice login --url ${url}, or set SLUICE_TOKEN.`)
  return { url, token }
}

/** As requests are built with it. Refuses what is no address. */
export function trimUrl(text: string): string {
  const url = URL.parse(text)
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.username || url.search || url.hash)
    throw new CommandError(`${text} is no address of a server: it has to be like https://sluice.example.com.`)
  return url.href.replace(/\/+$/, '')
}

export function createServer(url: string, token: string, environmentId?: string): Server {
  const headers = {
    authorization: `Bearer ${token}`,
    prefer: 'handling=strict',
    ...(environmentId && { 'sluice-environment': environmentId }),
  }
  const send = (request: ApiRequest): Promise<Response> => sendPatiently(url, { ...request, headers: { ...headers, ...request.headers } })
  const client = createClient(send)
  return {
    ...client,
    url,
    ...(environmentId !== undefined && { environmentId }),
    async listAll(name, input) {
      const { query = {}, ...rest } = (input ?? {}) as { readonly query?: object }
      const found: unknown[] = []
      for (;;) {
        const page = await client.call(name, ...([{ ...rest, query: { ...query, limit: pageSize, skip: found.length } }] as never))
        found.push(...(page as unknown as unknown[]))
        if ((page as unknown as unknown[]).length < pageSize) return found as unknown as typeof page
      }
    },
    open: (path, more) => sendOnce(url, { method: 'GET', path, headers: { ...headers, ...more } }),
  }
}

/** What the server has not begun with, since it is busy, is sent again when it says so. */
async function sendPatiently(url: string, request: ApiRequest): Promise<Response> {
  for (let tried = 1; ; tried++) {
    const answer = await sendOnce(url, request, AbortSignal.timeout(answerMs))
    // A write that was answered 503 may have been done all the same.
    const isUndone = answer.status === 429 || (answer.status === 503 && request.method === 'GET')
    const wait = Number(answer.headers.get('retry-after') ?? Infinity)
    if (!isUndone || !(wait <= longestWaitSeconds) || tried === mostTries) return answer
    await answer.body?.cancel()
    await sleep(Math.max(wait, 1) * 1000)
  }
}

async function sendOnce(url: string, { method, path, headers, body }: ApiRequest, signal?: AbortSignal): Promise<Response> {
  try {
    return await fetch(url + path, { method, headers, redirect: 'manual', ...(body !== undefined && { body }), ...(signal && { signal }) })
  } catch (error) {
    if ((error as Error).name === 'TimeoutError') throw new CommandError(`${url} did not answer within ${answerMs / 60_000} minutes.`)
    const cause = (error as { cause?: { code?: string; message?: string } }).cause
    throw new CommandError(`${url} cannot be reached: ${cause?.code ?? cause?.message ?? (error as Error).message}.`)
  }
}

export const isId = (text: string): boolean => /^[0-9a-f]{24}$/i.test(text)

async function findEnvironment(server: Server, idOrName: string): Promise<string> {
  if (isId(idOrName)) return idOrName.toLowerCase()
  return findByName(await server.listAll('listEnvironments'), idOrName, 'environment')._id
}

/** The one of its name. Refuses a name that none or several have. */
export function findByName<T extends { readonly _id: string; readonly name?: string }>(all: readonly T[], name: string, what: string): T {
  const [found, ...others] = all.filter((each) => each.name === name)
  if (!found) throw new CommandError(`There is no ${what} with the name or id ${name}.`)
  if (others.length > 0)
    throw new CommandError(`Several have the name ${name}; say which by its id: ${[found, ...others].map(({ _id }) => _id).join(', ')}.`)
  return found
}

/** An integration by its id or its name. */
export async function findIntegration(server: Server, idOrName: string) {
  if (isId(idOrName)) return server.call('getIntegration', { params: { _id: idOrName.toLowerCase() } })
  return findByName(await server.listAll('listIntegrations'), idOrName, 'integration')
}

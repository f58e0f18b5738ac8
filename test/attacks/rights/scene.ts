/**
 * An account with everything in it several times over: what is shared, what is not, what lies in another environment and in the recycle bin, and another
 * account. Every text that people would write carries a mark of where it lies, every secret one of its own, so that whatever is told too much is seen.
 */
import type { Collection } from '../../../src/contract/resources/index.ts'
import type { Api } from '../../harness/api.ts'
import { installed, publish } from '../../harness/app.ts'
import { fill, type Everything } from '../../harness/bad-input/account.ts'
import { makeEnvironment, type MadeEnvironment } from '../../harness/environment.ts'
import { ofTheAccount } from './table.ts'

export type Call = Api['call']
export const places = ['open', 'hidden', 'dev', 'bin', 'theirs'] as const
export type Place = (typeof places)[number]

/** Stands in names, descriptions, settings, code, values of state and entries of caches. */
export const markOf = (place: Place): string => `mk-${place}-mk`
/** Stands in every secret, and in no answer to anybody. */
export const secretMark = 'sk-planted-sk'
/** In the names of the owner's tokens, which are the owner's and their administrators' to see. */
export const tokenMark = 'mk-owners-token-mk'

type Doc = Readonly<Record<string, unknown>>

function marked(collection: string, body: Doc, place: Place): Doc {
  const mark = markOf(place === 'open' && ofTheAccount.has(collection) ? 'hidden' : place)
  const secret = `${secretMark}-${place}-${collection}`
  const http = body['http'] as { auth?: { token?: object } } | undefined
  return {
    ...body,
    ...('name' in body && { name: `${mark} ${String(body['name'])}` }),
    ...('description' in body && { description: `${mark} of ${String(body['description'])}` }),
    ...('content' in body && { content: `${String(body['content'])}\n// ${mark}` }),
    ...(collection === 'integrations' && { settings: { note: mark } }),
    ...(collection === 'connections' && {
      settings: { note: mark },
      http: { ...http, auth: { ...http?.auth, token: { ...http?.auth?.token, token: secret } } },
    }),
    ...(collection === 'iclients' && { oauth2: { ...(body['oauth2'] as object), clientSecret: secret } }),
    ...(collection === 'imports' && { mockResponse: [{ statusCode: 200, id: mark }] }),
  }
}

/** The same caller, whose documents are marked. */
const marking =
  (call: Call, place: Place): Call =>
  (method, path, body, headers) => {
    const [, collection = ''] = /^\/v1\/(\w+)$/.exec(path) ?? []
    const doc = (method === 'POST' && typeof body === 'object' ? body : undefined) as Doc | undefined
    if (!doc || collection === '') return call(method, path, body, headers)
    // Who works in the account is told to everybody there.
    if (collection === 'invite') return call(method, path, { ...doc, email: `friend-of-${place}@example.com` }, headers)
    if (collection === 'accesstokens') return call(method, path, { ...doc, name: place === 'theirs' ? markOf(place) : tokenMark }, headers)
    return call(method, path, marked(collection, doc, place), headers)
  }

/** One of everything: documents, a run, an error with its record, state, entries, a revision. */
async function furnish(api: Api, call: Call, place: Place): Promise<Everything> {
  const ids = await fill(api, marking(call, place), markOf(place))
  const revision = await call('POST', `/v1/integrations/${ids['integrations']}/revisions/create`, { description: markOf(place) })
  if (revision.status !== 201) throw new Error(`no revision: ${revision.text}`)
  const whole = place === 'open' ? 'hidden' : place
  const stateful = ['integrations', 'flows', 'exports', 'imports', 'connections']
  await call('PUT', '/v1/state/note', JSON.stringify(markOf(whole)))
  for (const of of stateful) await call('PUT', `/v1/${of}/${ids[of]}/state/note`, JSON.stringify(markOf(place)))
  return { ...ids, revisions: revision.body._id, key: 'note', index: '0' }
}

const binned: readonly Collection[] = [
  ...(['connectors', 'templates', 'apis', 'tools', 'flows', 'asynchelpers', 'imports', 'exports', 'lookupcaches', 'scripts'] as const),
  ...(['stacks', 'iclients', 'connections', 'ediprofiles', 'filedefinitions', 'tags', 'integrations'] as const),
]

export interface Scene {
  readonly sets: Readonly<Record<Place, Everything>>
  readonly dev: MadeEnvironment
  readonly owner: string
  readonly stranger: string
  /** Installed in the stranger's account. */
  readonly installation: string
}

export async function setScene(api: Api): Promise<Scene> {
  const dev = await makeEnvironment(api, 'Sandbox')
  const inDev: Call = async (method, path, body, headers) => {
    if (method === 'POST' && ['/v1/environments', '/v1/invite'].includes(path)) return api.call(method, path, body, headers)
    return dev.call(method, path, body, headers)
  }
  const sets = {
    open: await furnish(api, api.call, 'open'),
    hidden: await furnish(api, api.call, 'hidden'),
    dev: await furnish(api, async (...asked) => furnishing(inDev, dev._id, ...asked), 'dev'),
    bin: await furnish(api, api.call, 'bin'),
    theirs: await furnish(api, (method, path, body) => api.stranger(method, path, body), 'theirs'),
  }
  for (const collection of binned) await api.call('DELETE', `/v1/${collection}/${sets.bin[collection]}`)
  await api.call('PUT', `/v1/integrations/${sets.open['integrations']}/connections/${sets.open['connections']}/register`)
  const published = await publish(api)
  const installation = await installed(api, published)
  const app = (await api.stranger('GET', `/v1/integrations/${installation}`)).body
  await api.stranger('PUT', `/v1/integrations/${installation}`, { ...app, settings: { ...app.settings, note: markOf('theirs') } })
  const [owner, stranger] = [await userOf(api.call), await userOf(api.stranger)]
  return { sets, dev, owner, stranger, installation }
}

const furnishing = (call: Call, devId: string, ...[method, path, body, headers]: Parameters<Call>): ReturnType<Call> =>
  path === '/v1/tokenInfo'
    ? call(method, path, body, headers).then((answer) => ({ ...answer, body: { ...answer.body, _userId: devId } }))
    : call(method, path, body, headers)

const userOf = async (call: Call | Api['stranger']): Promise<string> => (await call('GET', '/v1/tokenInfo')).body._userId

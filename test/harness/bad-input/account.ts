/** An account with one of everything in it, so that paths lead somewhere: documents, a run, an error with its record. */
import type { Api } from '../api.ts'
import { makeOneOfEach } from '../samples.ts'

/** Ids by collection; also of `jobs`, and the key of a record to retry as `retryDataKey`. */
export type Everything = Readonly<Record<string, string>>

export async function fill(api: Api, call: Api['call'] | Api['stranger'], name: string): Promise<Everything> {
  const ids = await makeOneOfEach(call)
  const { body } = await call('POST', `/v1/flows/${ids.flows}/run`)
  const { body: info } = await call('GET', '/v1/tokenInfo')
  const error = {
    occurredAt: new Date().toISOString(),
    source: 'application',
    code: '500',
    message: 'no',
    _flowJobId: body._jobId as string,
    errorId: `error-of-${name}`,
    stepId: ids.imports,
    retryDataKey: `key-of-${name}`,
    retry: { data: { of: name } },
  }
  await api.world.store.transaction((rows) => rows.flowErrors.add(info._userId, ids.flows, [error]))
  await call('POST', `/v1/lookupcaches/${ids.lookupcaches}/data`, { data: [{ key: 'a', value: name }] })
  const ashare = await call('POST', '/v1/invite', { email: `friend-of-${name}@example.com`, accessLevel: 'monitor' })
  const token = await call('POST', '/v1/accesstokens', { name, fullAccess: true })
  return { ...ids, jobs: body._jobId, ashares: ashare.body._id, accesstokens: token.body._id, retryDataKey: error.retryDataKey }
}

/** What a path parameter is in this account, by the names that paths use; an id of nobody where the account has no such thing. */
export function parameterOf(path: string, name: string, ids: Everything, nobody: string): string {
  if (name in ids) return ids[name] as string
  if (name === '_stepId') return ids['imports'] as string
  const root = name === '_id' ? (path.split('/')[2] ?? '') : `${name.slice(1, -2)}s`
  return Object.entries(ids).find(([collection]) => collection.toLowerCase() === root.toLowerCase())?.[1] ?? nobody
}

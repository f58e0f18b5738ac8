/** The requests of one operation: on what lies in each place, with bodies that name what lies in each. */
import type { Operation } from '../../../src/contract/operation.ts'
import { documentOperations } from '../../../src/contract/operations/index.ts'
import { resources } from '../../../src/contract/resources/index.ts'
import { parameterOf, type Everything } from '../../harness/bad-input/account.ts'
import { simplest } from '../../harness/bad-input/places.ts'
import { fill as pathOf } from '../../harness/bad-input/targets.ts'
import { nobody, samples, type Ids } from '../../harness/samples.ts'
import { places, type Place, type Scene } from './scene.ts'

export interface Asked {
  /** Where what the path names lies. */
  readonly place: Place
  readonly path: string
  readonly body?: unknown
  /** Where what the body names lies. */
  readonly bodyPlace?: Place
  readonly headers: Record<string, string>
}

type More = (ids: Everything, scene: Scene) => readonly object[]
const called = (ids: Everything, of: string): object => ({ [of]: { _scriptId: ids['scripts'], function: 'f' } })

/** Bodies with more in them than has to be. */
const more: Readonly<Record<string, More>> = {
  createAccessToken: (ids, { dev }) => [
    { name: 'Mine', _exportIds: [ids['exports']], _connectionIds: [ids['connections']] },
    { name: 'Mine', fullAccess: true },
    { name: 'Mine', fullAccess: true, _envId: dev._id },
  ],
  updateAccessToken: () => [{ name: 'Mine', fullAccess: true, revoked: true }],
  inviteUser: (ids) => [
    { email: 'more@example.com', integrationAccessLevel: [{ _integrationId: ids['integrations'], accessLevel: 'manage' }] },
  ],
  updateAShare: (ids) => [{ integrationAccessLevel: [{ _integrationId: ids['integrations'], accessLevel: 'manage' }] }],
  cloneIntegration: (_ids, { dev, owner }) => [
    { connectionMap: {}, _envId: dev._id },
    { connectionMap: {}, _envId: owner },
  ],
  cloneFlow: (ids) => [{ _integrationId: ids['integrations'], connectionMap: {} }],
  planRevision: (ids) => [
    { type: 'pull', _fromIntegrationId: ids['integrations'] },
    { type: 'revert', _revertToRevisionId: ids['revisions'] },
  ],
  revertIntegration: (ids) => [{ _revertToRevisionId: ids['revisions'], description: 'Mine' }],
  pullIntegration: (ids) => [{ _fromIntegrationId: ids['integrations'], description: 'Mine' }],
  listLatestJobs: (ids) => [{ _flowIds: [ids['flows']] }],
  listCurrentJobs: (ids) => [{ _integrationId: ids['integrations'] }, { _flowIds: [ids['flows']] }],
  listFlowRunStats: (ids) => [{ _flowIds: [ids['flows']] }, { _integrationIds: [ids['integrations']] }],
  listRunTimeSeries: (ids) => [{ _flowIds: [ids['flows']] }, { _integrationIds: [ids['integrations']] }],
  exportOverConnection: (ids) => [{ export: { http: { method: 'GET', relativeURI: '/' }, hooks: called(ids, 'preSavePage') } }],
  mapOverConnection: (ids) => [{ import: { hooks: called(ids, 'preMap') }, data: [{}] }],
  importOverConnection: (ids) => [{ import: { hooks: called(ids, 'preMap'), http: { method: ['POST'], relativeURI: ['/'] } }, data: [{}] }],
  pingVirtualConnection: (ids) => [
    { ...samples.connections(ids as unknown as Ids), _id: ids['connections'] },
    {
      ...samples.connections(ids as unknown as Ids),
      _id: ids['connections'],
      http: {
        baseURI: 'https://elsewhere.example',
        mediaType: 'json',
        auth: { type: 'token', token: { token: '******', location: 'header' } },
      },
    },
  ],
  registerConnectionToIntegrationByBody: (ids) => [{ _connectionId: ids['connections'] }],
  assignIntegrationErrors: (ids) => [{ errorIds: [`error-of-${ids['name']}`], email: 'manage@example.com' }],
  updateImport: (ids) => [{ ...samples.imports(ids as unknown as Ids), preSave: { _scriptId: ids['scripts'], function: 'f' } }],
  createImport: (ids) => [{ ...samples.imports(ids as unknown as Ids), preSave: { _scriptId: ids['scripts'], function: 'f' } }],
  updateIntegration: (ids) => [
    { name: 'Child', _parentId: ids['integrations'] },
    { name: 'Formed', settings: { a: 1 }, settingsForm: { form: { fieldMap: {} }, init: { _scriptId: ids['scripts'], function: 'f' } } },
  ],
}

function bodiesOf(id: string, operation: Operation, ids: Everything, scene: Scene): readonly unknown[] {
  if (!operation.body) return [undefined]
  const collection = documentOperations[id]?.collection
  const plain = collection ? samples[collection](ids as unknown as Ids) : simplest(operation.body, (of) => ids[of] ?? nobody)
  return [...(operation.optionalBody ? [undefined] : []), plain, ...(more[id]?.(ids, scene) ?? [])]
}

/** Lists are asked for what goes with each place: a filter must not tell of what the list does not. */
function queriesOf(id: string, ids: Everything): readonly string[] {
  const { collection, verb } = documentOperations[id] ?? {}
  if (verb !== 'list' || !collection) {
    if (id === 'listJobs') return [`?_integrationId=${ids['integrations']}`, `?_flowId=${ids['flows']}`, '?createdAt_gte=2020-01-01']
    if (id === 'listAudit') return ['', '?resourceType=accesstoken', `?_resourceId=${ids['flows']}`]
    if (id === 'diffIntegration') return [`?to=${ids['integrations']}`, `?to=${ids['revisions']}`]
    return ['']
  }
  const filters: readonly string[] = resources[collection].filters
  const target = (filter: string): string => ids[`${filter.slice(1, -2)}s`.toLowerCase()] ?? 'x'
  return ['', ...filters.filter((filter) => filter.endsWith('Id')).map((filter) => `?${filter}=${target(filter)}`)]
}

export function requestsOf(id: string, operation: Operation, scene: Scene): Asked[] {
  const { sets } = scene
  const hasParams = Object.keys(operation.params?.properties ?? {}).length > 0
  return (hasParams ? places : (['open'] as const)).flatMap((place) =>
    pathsOf(operation, sets, place).flatMap((path) =>
      places
        .flatMap((bodyPlace) =>
          queriesOf(id, sets[bodyPlace]).flatMap((query) =>
            bodiesOf(id, operation, sets[bodyPlace], scene).map((body, i) => ({
              place,
              path: path + query,
              headers: i % 2 === 0 ? { prefer: 'handling=strict' } : ({} as Record<string, string>),
              ...(body !== undefined && { body, bodyPlace }),
            })),
          ),
        )
        .filter(once()),
    ),
  )
}

/** What the path begins with lies in the place; what it names besides in each of them, so that nothing is reached by way of something else. */
function pathsOf(operation: Operation, sets: Scene['sets'], place: Place): readonly string[] {
  const params = Object.keys(operation.params?.properties ?? {})
  if (params.includes('resourceType'))
    return ['exports', 'connections', 'flows', 'integrations'].map((resourceType) =>
      pathOf(operation.path, { resourceType, _id: sets[place][resourceType] ?? nobody }),
    )
  const paths = places.map((beside) =>
    pathOf(
      operation.path,
      Object.fromEntries(
        params.map((name) => [name, parameterOf(operation.path, name, name === '_id' ? sets[place] : sets[beside], nobody)]),
      ),
    ),
  )
  return [...new Set(paths)]
}

/** Where nothing of a place is named, one request stands for all. */
function once(): (asked: Asked) => boolean {
  const seen = new Set<string>()
  return ({ path, body }) => {
    const text = JSON.stringify([path, body])
    return !seen.has(text) && Boolean(seen.add(text))
  }
}

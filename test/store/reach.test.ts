/** What belongs to integrations: asked of one document it is the same as asked of all at once, over references of every shape. */
import { beforeAll, expect, test } from 'vitest'
import { membershipRules } from '../../src/domain/access/membership.ts'
import { apiForFile } from '../harness/api.ts'
import { ask } from '../harness/database.ts'

const api = apiForFile()
let envId: string
beforeAll(async () => {
  envId = (await api.call('GET', '/v1/tokenInfo')).body._userId
})

type Node = { collection: string; id: string }
const collections = ['integrations', 'flows', 'exports', 'imports', 'connections', 'scripts', 'tools', 'apis', 'stacks'] as const
const paths = ['_exportId', '_connectionId', '_runNextFlowIds.0', 'hooks.preMap._scriptId', '_integrationId'] as const

/** The same numbers for the same seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648
    return Math.floor((state / 2147483648) * below)
  }
}

async function write(nodes: readonly Node[], edges: readonly (readonly [Node, string, Node])[], deleted: ReadonlySet<Node>): Promise<void> {
  const columns = (of: readonly Node[]) => [of.map(({ collection }) => collection), of.map(({ id }) => id)]
  await ask(
    api.config,
    `insert into sluice.documents (env_id, collection, _id, doc, deleted_at)
     select $1, c, i, jsonb_build_object('_id', i), case when gone then now() end from unnest($2::text[], $3::text[], $4::bool[]) as n (c, i, gone)`,
    [envId, ...columns(nodes), nodes.map((node) => deleted.has(node))],
  )
  await ask(
    api.config,
    `insert into sluice.edges (env_id, from_collection, from_id, path, to_collection, to_id)
     select $1, * from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) on conflict do nothing`,
    [envId, ...columns(edges.map(([from]) => from)), edges.map(([, path]) => path), ...columns(edges.map(([, , to]) => to))],
  )
}

const reached = (integrations: readonly string[], keys: readonly Node[]) =>
  api.world.store.membership.filterMembers(envId, { integrations, bounds: membershipRules }, keys)
const named = (keys: readonly Node[]) => keys.map(({ collection, id }) => `${collection}/${id}`).toSorted()

test.each([1, 2, 3, 4])('one by one and all at once answer the same (references of seed %i)', async (seed) => {
  const random = numbers(seed)
  const nodes = Array.from({ length: 120 }, (_, n) => ({
    collection: collections[random(collections.length)] as string,
    id: `${seed}-${String(n).padStart(4, '0')}`,
  }))
  const edges = Array.from({ length: 360 }, () => {
    const [from, to] = [nodes[random(nodes.length)] as Node, nodes[random(nodes.length)] as Node]
    const path = to.collection === 'integrations' ? '_integrationId' : (paths[random(paths.length - 1)] as string)
    return [from, path, to] as const
  })
  await write(nodes, edges, new Set(nodes.filter(({ collection }) => collection !== 'integrations' && random(10) === 0)))
  const integrations = nodes.filter(({ collection }) => collection === 'integrations').slice(0, 4)
  const ids = integrations.map(({ id }) => id)
  const together = named(await reached(ids, nodes))
  const single = (await Promise.all(nodes.map((node) => reached(ids, [node])))).flat()
  expect(together.length).toBeGreaterThan(ids.length + 5)
  expect(together.length).toBeLessThan(nodes.length)
  expect(named(single)).toEqual(together)
})

test('what a thousand documents use is found, by the integration of a single one of them', async () => {
  const used = { collection: 'scripts', id: 'many-script' }
  const integration = { collection: 'integrations', id: 'many-integration' }
  const imports = Array.from({ length: 1000 }, (_, n) => ({ collection: 'imports', id: `many-${n}` }))
  const last = imports.at(-1) as Node
  await write(
    [used, integration, ...imports],
    imports.map((each) => [each, 'hooks.preMap._scriptId', used] as const),
    new Set(),
  )
  expect(await reached([integration.id], [used])).toEqual([])
  await write([], [[last, '_integrationId', integration]], new Set())
  expect(await reached([integration.id], [used])).toEqual([used])
})

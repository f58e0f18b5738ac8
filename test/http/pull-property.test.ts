/** Pulls over HTTP, whatever both sides did: the result is what a model of the two sides says, nothing is left to pull, and going back is exact. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bodies, cloneOf, edit, made, makeDev, on, pullInto, relatedForFile, type Side } from '../harness/related.ts'
import { changed, pulledInto, start, type Conflict, type Edit, type Model, type Resource, type SideName } from '../harness/two-sides.ts'
import { bodyFrom, cellsOf, pathOf, textOf } from '../harness/cells.ts'

/** Of fast-check, and of the whole test, in milliseconds: a slow machine tries fewer. */
const limitMs = 25_000
const seed = Number(process.env['PULL_SEED'] ?? 4)

const related = relatedForFile()

type Ids = Record<SideName, Record<string, string>>
interface Pair {
  readonly sides: Record<SideName, Side>
  readonly ids: Ids
  model: Model
}

const collectionOf = (resource: string): string =>
  ({ integration: 'integrations', source: 'exports', sink: 'imports', script: 'scripts' })[resource] ?? 'flows'
const place = ({ ids }: Pair, side: SideName, resource: string): string => `${collectionOf(resource)}/${ids[side][resource]}`

async function makePair(): Promise<Pair> {
  const dev = await makeDev(related.dev.call, related.dev.envId)
  const second = await made(dev.call, 'flows', { ...bodies.flow(dev.integration, dev.source, dev.sink), name: 'Second' })
  await edit(dev, `scripts/${dev.script}`, { content: textOf(['', '', '']) })
  const prod = await cloneOf(dev, related.prod.call, related.prod.envId)
  const [copy] = (await prod.call('GET', `/v1/flows?_sourceId=${second}`)).body as { _id: string }[]
  await prod.call('PATCH', `/v1/integrations/${prod.integration}`, [{ op: 'replace', path: '/iLMIgnore', value: { flow: ['schedule'] } }])
  const pair = {
    sides: { dev, prod },
    ids: { dev: { ...dev, second }, prod: { ...prod, second: copy?._id as string } } as unknown as Ids,
    model: start({ dev: new Map(), prod: new Map() }),
  }
  pair.model = start({ dev: await stateOf(pair, 'dev'), prod: await stateOf(pair, 'prod') })
  return pair
}

/** As it is to be read over HTTP. */
async function stateOf(pair: Pair, side: SideName): Promise<ReadonlyMap<string, Resource>> {
  const state = new Map<string, Resource>()
  for (const resource of ['integration', 'source', 'sink', 'script', 'flow', ...flowsOf(pair, side)]) {
    const { status, body } = await pair.sides[side].call('GET', `/v1/${place(pair, side, resource)}`)
    if (status === 200) state.set(resource, cellsOf(resource, body))
    if (status === 200 && '_connectionId' in body) expect(body._connectionId).toBe(pair.sides[side].connection)
  }
  return state
}
const flowsOf = ({ ids }: Pair, side: SideName): string[] => Object.keys(ids[side]).filter((name) => /^(second|new\d)$/.test(name))

async function perform(pair: Pair, what: Edit): Promise<void> {
  const { side, resource } = what
  const after = changed(pair.model, what)
  if (!after) return
  pair.model = after
  const { [side]: here } = pair.sides
  if (what.kind === 'create') pair.ids[side][resource] = await createFlow(here, resource)
  else if (what.kind === 'set') {
    const { body } = await here.call('GET', `/v1/${place(pair, side, resource)}`)
    await edit(here, place(pair, side, resource), bodyFrom(body, what.cell, what.value))
  } else expect((await here.call('DELETE', `/v1/${place(pair, side, resource)}`)).status).toBe(204)
}
const createFlow = (here: Side, name: string): Promise<string> =>
  made(here.call, 'flows', { ...bodies.flow(here.integration, here.source, here.sink), name })

async function pullAndCheck(pair: Pair, to: SideName, picks: readonly ('ours' | 'theirs')[]): Promise<void> {
  const from = to === 'dev' ? 'prod' : 'dev'
  const { [to]: target, [from]: source } = pair.sides
  const connection = await target.call('GET', `/v1/connections/${target.connection}`)
  const decided = new Map<string, 'ours' | 'theirs'>()
  const nameOf = ({ resource, path }: Conflict): string => `${pair.ids[to][resource]} ${path}`
  const expected = pulledInto(pair.model, to, pathOf, (conflict) => {
    const pick = picks[decided.size % picks.length] ?? 'ours'
    decided.set(nameOf(conflict), pick)
    return pick
  })
  pair.model = expected.model
  const opened = await pullInto(target, source)
  if (!expected.isAny) {
    expect(opened.body.errors?.[0]?.code).toBe('nothing_to_change')
    return
  }
  expect(opened).toMatchObject({ status: 201 })
  const revision = opened.body._id as string
  const open = ((await on(target, revision, 'conflicts', undefined, 'GET')).body ?? []) as { type: string; _id: string; path: string }[]
  expect(open.map(({ _id, path }) => `${_id} ${path}`).toSorted()).toEqual([...decided.keys()].toSorted())
  const conflicts = open.map(({ type, _id, path }) => ({ type, _id, path, use: decided.get(`${_id} ${path}`) }))
  if (conflicts.length > 0) expect((await on(target, revision, 'conflicts', { conflicts }, 'PUT')).status).toBe(204)
  const applied = await on(target, revision, 'apply')
  expect(applied).toMatchObject({ status: 200 })

  for (const resource of expected.arrived) pair.ids[to][resource] = await counterpart(pair, to, resource)
  expect(Object.fromEntries(await stateOf(pair, to))).toEqual(Object.fromEntries(pair.model.now[to]))
  expect(Object.fromEntries(await stateOf(pair, from))).toEqual(Object.fromEntries(pair.model.now[from]))
  expect((await target.call('GET', `/v1/connections/${target.connection}`)).body).toEqual(connection.body)
  expect((await pullInto(target, source)).body.errors?.[0]?.code).toBe('nothing_to_change')
  await thereAndBack(target, revision, applied.body)
}

async function counterpart({ sides, ids }: Pair, to: SideName, resource: string): Promise<string> {
  const known = ids[to][resource]
  if (known !== undefined) return known
  const of = ids[to === 'dev' ? 'prod' : 'dev'][resource]
  return (await sides[to].call('GET', `/v1/flows?_sourceId=${of}`)).body[0]._id
}

async function thereAndBack(target: Side, pull: string, hashes: { beforeRevisionHash: string; afterRevisionHash: string }): Promise<void> {
  const revert = async (_revertToRevisionId: string) => {
    const path = `/v1/integrations/${target.integration}/revisions/revert`
    const opened = await target.call('POST', path, { _revertToRevisionId, description: 'Back' })
    // A pull in which every conflict was decided for ours has changed nothing.
    if (opened.body.errors?.[0]?.code === 'nothing_to_change') return undefined
    return (await on(target, opened.body._id, 'apply')).body
  }
  const back = await revert(pull)
  expect(back?.afterRevisionHash ?? hashes.afterRevisionHash).toBe(hashes.beforeRevisionHash)
  if (back) expect((await revert(back._id)).afterRevisionHash).toBe(hashes.afterRevisionHash)
}

const side = fc.constantFrom<SideName>('dev', 'prod')
const word = fc.constantFrom('one', 'two', 'three')
const cell = (resource: string, name: string, value: fc.Arbitrary<string | boolean | undefined> = word) =>
  fc.record({ kind: fc.constant('set' as const), side, resource: fc.constant(resource), cell: fc.constant(name), value })
const flowName = fc.constantFrom('flow', 'second', 'new1', 'new2')
const edits: fc.Arbitrary<Edit> = fc.oneof(
  cell('integration', 'name'),
  cell('integration', 'description'),
  cell('source', 'relativeURI'),
  cell('sink', 'description'),
  fc
    .constantFrom('total', 'city', 'zip', 'vat')
    .chain((generate) => cell('sink', `mapping ${generate}`, fc.option(word, { nil: undefined }))),
  fc.constantFrom('line 0', 'line 1', 'line 2').chain((line) => cell('script', line)),
  flowName.chain((flow) =>
    fc.oneof(
      cell(flow, 'description'),
      cell(flow, 'setting'),
      cell(flow, 'schedule', fc.constantFrom('? 0 4 ? * *', '? 0 5 ? * *')),
      cell(flow, 'disabled', fc.boolean()),
    ),
  ),
  fc.record({ kind: fc.constantFrom('create' as const, 'remove' as const), side, resource: fc.constantFrom('second', 'new1', 'new2') }),
)
const round = fc.record({
  edits: fc.array(edits, { minLength: 1, maxLength: 8 }),
  to: side,
  picks: fc.array(fc.constantFrom<'ours' | 'theirs'>('ours', 'theirs'), { minLength: 1, maxLength: 4 }),
})

test(
  'a pull gives what the model says, leaves nothing to pull, and can be taken back exactly',
  async () => {
    let rounds = 0
    await fc.assert(
      fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 3 }), async (all) => {
        const pair = await makePair()
        for (const { edits: changes, to, picks } of all) {
          for (const change of changes) await perform(pair, change)
          await pullAndCheck(pair, to, picks)
          rounds++
        }
      }),
      { seed, numRuns: 20, interruptAfterTimeLimit: limitMs, markInterruptAsFailure: false, endOnFailure: true },
    )
    expect(rounds).toBeGreaterThan(2)
  },
  4 * limitMs,
)

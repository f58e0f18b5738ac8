/** Edits of a flow's graph: where steps and branchings come to stand, and that nothing of a flow is lost on the way. */
import { describe, expect, test } from 'vitest'
import {
  addRouter,
  addSource,
  addStep,
  changeBranch,
  listStepIds,
  moveStep,
  removeBranch,
  removeRouter,
  removeStep,
  withStepIds,
  type Flow,
  type Place,
  type Processor,
} from '../../console/src/builder/flow-edits.ts'
import { carryOverFlow, carryOverStep, rebaseEdits, type Edits, type KnownStep } from '../../console/src/builder/edits.ts'
import { follow, renameStep, standingAt } from '../../console/src/builder/flow-nodes.ts'
import { graphOf, place } from '../../console/src/graph/flow-graph.ts'
import { rebase } from '../../console/src/parts/rebase.ts'

const step = (name: string): Processor => ({ type: 'import', _importId: name })
const begun = {
  _id: 'flow',
  name: 'Flow',
  pageGenerators: [{ _exportId: 'source' }],
  pageProcessors: ['a', 'b', 'c'].map(step),
} as unknown as Flow
const at = (index: number): Place => ({ list: { of: 'steps' }, index })
const made = (id: string) => ({ id, names: ['One', 'Two'], before: 'Main' })
const namesOf = (steps: readonly Processor[] = []) => steps.map(({ _importId }) => _importId)

describe('steps', () => {
  test('are put in, moved and taken out at their places', () => {
    const flow = moveStep(addStep(begun, at(1), step('new'), 'Main'), at(1), 3)
    expect(namesOf(flow.pageProcessors)).toEqual(['a', 'b', 'c', 'new'])
    expect(namesOf(removeStep(flow, at(0)).pageProcessors)).toEqual(['b', 'c', 'new'])
    expect(
      moveStep(addSource(flow, 'second'), { list: { of: 'sources' }, index: 1 }, 0).pageGenerators?.map(({ _exportId }) => _exportId),
    ).toEqual(['second', 'source'])
  })

  test('before the first branching are on the way to it', () => {
    const flow = addStep(addRouter(begun, at(0), made('r')), at(0), step('new'), 'Main')
    expect(flow.routers?.map(({ branches }) => branches.map(({ pageProcessors }) => namesOf(pageProcessors)))).toEqual([
      [['new']],
      [['a', 'b', 'c'], []],
    ])
    expect(flow.routers?.[0]?.branches[0]?.nextRouterId).toBe('r')
  })
})

describe('branchings', () => {
  test('part a list of steps: what is before leads there, what is after is the first branch', () => {
    const flow = addRouter(begun, at(1), made('r'))
    expect(flow.pageProcessors).toBeUndefined()
    expect(flow.routers?.[0]).toMatchObject({ branches: [{ name: 'Main', nextRouterId: 'r', pageProcessors: [step('a')] }] })
    expect(flow.routers?.[1]).toMatchObject({
      id: 'r',
      branches: [
        { name: 'One', pageProcessors: ['b', 'c'].map(step) },
        { name: 'Two', pageProcessors: [] },
      ],
    })
    expect(removeRouter(flow, 1)).toEqual(begun)
  })

  test('within a branch go on where that went on', () => {
    const first = addRouter(begun, at(1), made('r'))
    const inner = addRouter(first, { list: { of: 'branch', router: 1, branch: 0 }, index: 1 }, made('inner'))
    const outer = addRouter(inner, { list: { of: 'branch', router: 1, branch: 0 }, index: 0 }, made('between'))
    expect(outer.routers?.map(({ id }) => id).slice(1)).toEqual(['r', 'between', 'inner'])
    expect(outer.routers?.[2]?.branches[0]?.nextRouterId).toBe('inner')
    expect(listStepIds(outer).toSorted()).toEqual(['a', 'b', 'c', 'source'])
    expect(removeRouter(removeRouter(removeRouter(outer, 2), 2), 1)).toEqual(begun)
  })

  test('that no branch leads to any more are gone with it', () => {
    const first = addRouter(begun, at(1), made('r'))
    const inner = addRouter(first, { list: { of: 'branch', router: 1, branch: 1 }, index: 0 }, made('inner'))
    expect(inner.routers).toHaveLength(3)
    expect(
      removeBranch(inner, 1, 1)
        .routers?.map(({ id }) => id)
        .slice(1),
    ).toEqual(['r'])
  })
})

test('ids of steps are replaced wherever they stand', () => {
  const flow = withStepIds(addRouter(begun, at(1), made('r')), (id) => `${id}!`)
  expect(listStepIds(flow)).toEqual(['source!', 'a!', 'b!', 'c!'])
})

describe('what is opened', () => {
  const sameId = (id: string) => id
  const twice = { ...begun, pageProcessors: ['a', 'b', 'a'].map(step) } as Flow

  test('is followed where it moves, also where the flow uses the step twice', () => {
    const second = standingAt(twice, 'step-2', sameId)
    if (!second) throw new Error('Nothing stands there.')
    expect(follow(moveStep(twice, at(2), 1), second, sameId)?.node).toBe('step-1')
    expect(follow(moveStep(twice, at(2), 0), second, sameId)?.node).toBe('step-0')
    expect(follow(moveStep(twice, at(0), 2), second, sameId)?.node).toBe('step-1')
    // As it is where an edit of it is taken back, or it is read again.
    expect(follow(structuredClone(twice), second, sameId)?.node).toBe('step-2')
    expect(follow(removeStep(twice, at(0)), second, sameId)?.node).toBe('step-1')
    expect(follow(removeStep(twice, at(2)), second, sameId)).toBeUndefined()
  })

  test('is one step alone, also where another was chosen for it and that was undone', () => {
    const firstIds = new Map<string, string>()
    renameStep(firstIds, 'new-1', 'x')
    renameStep(firstIds, 'new-1', 'y')
    expect([...firstIds]).toEqual([['y', 'new-1']])
    renameStep(firstIds, 'y', 'z')
    renameStep(firstIds, 'new-2', 'x')
    expect(Object.fromEntries(firstIds)).toEqual({ z: 'new-1', x: 'new-2' })
  })
})

describe('the graph', () => {
  test('has a place for a step on every edge and at every end, each once', () => {
    const flow = changeBranch(addRouter(begun, at(1), made('r')), 1, 1, (branch) => ({ ...branch, pageProcessors: [step('d')] }))
    const { nodes, edges } = graphOf(flow, true)
    const places = [
      ...edges.flatMap(({ place: where }) => where ?? []),
      ...nodes.filter(({ kind }) => kind === 'add').flatMap(({ place: where }) => where ?? []),
    ]
    expect(new Set(places.map((each) => JSON.stringify(each))).size).toBe(places.length)
    // Before and after a; before b, c and at the end; before d and at the end.
    expect(places).toHaveLength(2 + 3 + 2)
    expect(nodes.filter(({ kind }) => kind === 'router')).toHaveLength(1)
    expect(graphOf(flow).nodes.some(({ kind }) => kind === 'add')).toBe(false)
  })

  test('draws two hundred steps beside each other', () => {
    const many = { ...begun, pageProcessors: Array.from({ length: 200 }, (_, i) => step(`step ${i}`)) } as Flow
    const places = place(graphOf(many, true))
    expect(places.size).toBe(1 + 1 + 200 + 1)
    expect(new Set([...places.values()].map(({ x, y }) => `${x} ${y}`)).size).toBe(places.size)
  })
})

describe('edits while a save runs', () => {
  test('stay, and what the server wrote stays beside them', () => {
    const sent = { name: 'A', rows: [{ key: 'a' }, { key: 'b' }], http: { uri: '/', token: 'typed' }, gone: 1 }
    const now = { name: 'A', rows: [{ key: 'a' }, { key: 'c' }], http: { uri: '/new', token: 'typed' }, added: true }
    const stored = {
      ...sent,
      rows: [
        { key: 'a', _id: '1' },
        { key: 'b', _id: '2' },
      ],
      http: { uri: '/', token: '******' },
      lastModified: 'now',
    }
    expect(rebase(sent, now, stored)).toEqual({
      name: 'A',
      rows: [
        { key: 'a', _id: '1' },
        { key: 'c', _id: '2' },
      ],
      http: { uri: '/new', token: '******' },
      lastModified: 'now',
      added: true,
    })
    expect(rebase({ rows: [1, 2] }, { rows: [2] }, { rows: [1, 2] })).toEqual({ rows: [2] })
    expect(rebase(sent, { ...sent }, stored)).toBe(stored)
  })

  test('of a step that this save makes, of one that it undoes, and of the flow go on from what is stored', () => {
    const of = (name: string) => ({ collection: 'imports', value: { name } }) as const
    const sent: Edits = { flow: addStep(begun, at(3), step('new-1'), 'Main'), steps: { 'new-1': of('New'), a: of('Renamed') } }
    const now: Edits = { flow: { ...sent.flow, description: 'Typed meanwhile' }, steps: { 'new-1': of('New and typed on') } }
    const known = (_id: string, first: string, stored: string): KnownStep => ({
      _id,
      collection: 'imports',
      first: { name: first },
      stored: { result: { name: stored, _id }, version: '2' },
    })
    const flow = {
      result: { ...withStepIds(sent.flow, (id) => (id === 'new-1' ? 'made' : id)), lastModified: 'now' } as Flow,
      version: '2',
    }
    const stored = new Map([
      ['new-1', known('made', 'New', 'New')],
      ['a', known('a', 'As it was', 'Renamed')],
    ])
    const edits = rebaseEdits(sent, now, { flow, known: stored })
    expect(edits.steps).toEqual({
      made: { collection: 'imports', value: { name: 'New and typed on', _id: 'made' } },
      a: { collection: 'imports', value: { name: 'As it was', _id: 'a' } },
    })
    expect(edits.flow).toEqual({ ...flow.result, description: 'Typed meanwhile' })
    expect(rebaseEdits(sent, sent, { flow, known: stored })).toEqual({ flow: flow.result, steps: {} })
  })

  test('that met what somebody else saved first stay, whichever version is chosen', () => {
    const madeStep: KnownStep = {
      _id: 'made',
      collection: 'imports',
      first: { name: 'New' },
      stored: { result: { name: 'New' }, version: '2' },
    }
    const known = new Map([['new-1', madeStep]])
    const flow = addStep(begun, at(3), step('new-1'), 'Main')
    const sent = withStepIds(flow, (id) => (id === 'new-1' ? 'made' : id))
    const now: Edits = { flow: { ...flow, description: 'Typed meanwhile' }, steps: {} }
    for (const chosen of [sent, { ...begun, name: 'Theirs' }])
      expect(carryOverFlow(sent, now, chosen, known).flow).toEqual({
        ...withStepIds(chosen, (id) => (id === 'made' ? 'new-1' : id)),
        description: 'Typed meanwhile',
      })
    const typed: Edits = { flow, steps: { 'new-1': { collection: 'imports', value: { name: 'Sent', description: 'Typed meanwhile' } } } }
    expect(carryOverStep({ name: 'Sent' }, typed, { name: 'Theirs' }, 'new-1', madeStep).steps['new-1']?.value).toEqual({
      name: 'Theirs',
      description: 'Typed meanwhile',
    })
    expect(carryOverStep({ name: 'Sent' }, now, { name: 'Theirs' }, 'new-1', madeStep).steps['new-1']?.value).toEqual({ name: 'New' })
  })
})

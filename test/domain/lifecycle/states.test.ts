/** Whole states: a pull is the three-way merge of each resource, reverting gives back the same hash, and files hold all of a state. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Collection } from '../../../src/contract/resources/index.ts'
import { canonical, hashText, type Definition } from '../../../src/domain/definitions/definition.ts'
import { buildFiles } from '../../../src/domain/lifecycle/files/state-files.ts'
import { parseFiles } from '../../../src/domain/lifecycle/files/read-files.ts'
import { mergeStates, listNeededHashes, type Plan } from '../../../src/domain/lifecycle/merge/merge-states.ts'
import { indexTree, nodeKey, diffTrees, hashTree, buildTree, type Tree } from '../../../src/domain/lifecycle/snapshots/tree.ts'

const runs = { numRuns: 400 }
const collections: readonly Collection[] = ['flows', 'exports', 'scripts']
type State = ReadonlyMap<string, Definition>

/** Definitions of up to nine resources, each of a few fields, so that two states often have the same. */
const names = collections.flatMap((collection) => [1, 2, 3].map((n) => `${collection}/${String(n).padStart(24, '0')}`))
const field = fc.option(fc.nat({ max: 2 }), { nil: undefined })
const present = (value: object): Definition => Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined))
const definition = fc
  .record({
    name: fc.constantFrom('a', 'b'),
    x: field,
    y: field,
    settings: fc.option(fc.record({ deep: fc.nat({ max: 2 }) }), { nil: undefined }),
  })
  .map((each) => JSON.parse(JSON.stringify(present(each))) as Definition)
const state: fc.Arbitrary<State> = fc
  .record(Object.fromEntries(names.map((name) => [name, fc.option(definition, { nil: undefined, freq: 4 })])))
  .map((found) => new Map(Object.entries(found).filter((entry): entry is [string, Definition] => entry[1] !== undefined)))

const kept = new Map<string, Definition>()
function treeIn(from: State): Tree {
  return buildTree(
    [...from].map(([name, each]) => {
      const [collection, id] = name.split('/') as [Collection, string]
      const hash = hashText(canonical(each))
      kept.set(hash, each)
      return { collection, id, hash }
    }),
  )
}
const load = (hash: string): Definition => kept.get(hash) as Definition

function applied(ours: State, { steps }: Plan): State {
  const result = new Map(ours)
  for (const { collection, id, after } of steps)
    if (after === undefined) result.delete(nodeKey({ collection, id }))
    else result.set(nodeKey({ collection, id }), after)
  return result
}

/** Field by field, without knowing anything of the code it checks. Null where a side did not have it. */
function reference(base: State, ours: State, theirs: State): { merged: Map<string, unknown>; clashes: string[] } {
  const text = (value: unknown): string => (value === undefined ? '-' : canonical(value))
  const clashes: string[] = []
  const choose = (b: unknown, o: unknown, t: unknown, at: string): unknown => {
    if (text(b) === text(t) || text(o) === text(t)) return o
    if (text(b) === text(o)) return t
    const isFields = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
    if (isFields(o) && isFields(t)) {
      const from = isFields(b) ? b : {}
      const keys = [...new Set([...Object.keys(from), ...Object.keys(o), ...Object.keys(t)])]
      return present(Object.fromEntries(keys.map((key) => [key, choose(from[key], o[key], t[key], `${at}.${key}`)])))
    }
    clashes.push(at)
    return o
  }
  const merged = new Map<string, unknown>()
  for (const name of names) {
    const value = choose(base.get(name), ours.get(name), theirs.get(name), name)
    if (value !== undefined) merged.set(name, value)
  }
  return { merged, clashes }
}

describe('a merge of states', () => {
  test('is what a reference says of each resource and field, conflicts included', () => {
    fc.assert(
      fc.property(state, state, state, (base, ours, theirs) => {
        const plan = mergeStates({ base: treeIn(base), ours: treeIn(ours), theirs: treeIn(theirs) }, load, [])
        const expected = reference(base, ours, theirs)
        expect(Object.fromEntries(applied(ours, plan))).toEqual(Object.fromEntries(expected.merged))
        const found = plan.conflicts.map(({ collection, id, path }) => `${collection}/${id}${path && `.${path}`}`)
        expect(found.toSorted()).toEqual(expected.clashes.toSorted())
      }),
      runs,
    )
  })

  test('decided for theirs throughout takes over every change of theirs, and leaves no conflict', () => {
    fc.assert(
      fc.property(state, state, state, (base, ours, theirs) => {
        const trees = { base: treeIn(base), ours: treeIn(ours), theirs: treeIn(theirs) }
        const open = mergeStates(trees, load, []).conflicts
        const decided = open.map(({ collection, id, path }) => ({ collection, id, path, use: 'theirs' as const }))
        const plan = mergeStates(trees, load, decided)
        expect([plan.conflicts, plan.idle]).toEqual([[], []])
        // Whoever has taken everything in has nothing left to take.
        const after = treeIn(applied(ours, plan))
        expect(mergeStates({ ...trees, base: trees.theirs, ours: after }, load, []).steps).toEqual([])
      }),
      runs,
    )
  })

  test('reads no definition but those it said it needs', () => {
    fc.assert(
      fc.property(state, state, state, (base, ours, theirs) => {
        const trees = { base: treeIn(base), ours: treeIn(ours), theirs: treeIn(theirs) }
        const needed = new Set(listNeededHashes(trees))
        mergeStates(trees, (hash) => (needed.has(hash) ? load(hash) : expect.fail(`${hash} was not announced`)), [])
      }),
      runs,
    )
  })
})

test('applying and going back gives the same hash', () => {
  fc.assert(
    fc.property(state, state, state, (base, ours, theirs) => {
      const before = treeIn(ours)
      const pulled = applied(ours, mergeStates({ base: treeIn(base), ours: before, theirs: treeIn(theirs) }, load, []))
      const now = treeIn(pulled)
      const back = mergeStates({ base: now, ours: now, theirs: before }, load, [])
      expect(back.conflicts).toEqual([])
      expect(hashTree(treeIn(applied(pulled, back)))).toBe(hashTree(before))
    }),
    runs,
  )
})

test('the difference of two states has exactly the resources in which they differ, and equal hashes mean no difference', () => {
  fc.assert(
    fc.property(state, state, (one, other) => {
      const [a, b] = [treeIn(one), treeIn(other)]
      const differing = names.filter((name) => indexTree(a).get(name) !== indexTree(b).get(name))
      expect(diffTrees(a, b).map(nodeKey).toSorted()).toEqual(differing.toSorted())
      expect(hashTree(a) === hashTree(b)).toBe(differing.length === 0)
    }),
    runs,
  )
})

test('files hold all of a state: written and read they give the same one, in whatever order they come', () => {
  const integrationId = 'a'.repeat(24)
  const script = fc.record({
    name: fc.string({ minLength: 1, maxLength: 20, unit: 'binary-ascii' }).filter((text) => !text.includes('\0')),
    content: fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
  })
  const flow = fc.record({
    name: fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => !text.includes('\0')),
    settings: fc.record({ n: fc.nat() }),
  })
  fc.assert(
    fc.property(fc.array(script, { maxLength: 4 }), fc.array(flow, { maxLength: 4 }), (scripts, flows) => {
      const idOf = (kind: string, n: number): string => `${kind}${n}`.padStart(24, '0')
      const all = [
        { collection: 'integrations' as const, id: integrationId, definition: { name: 'Shop' } },
        ...scripts.map((each, n) => ({ collection: 'scripts' as const, id: idOf('5', n), definition: each })),
        ...flows.map((each, n) => ({ collection: 'flows' as const, id: idOf('f', n), definition: each })),
      ]
      const files = buildFiles(integrationId, all)
      expect(buildFiles(integrationId, all.toReversed())).toEqual(files)
      const read = parseFiles(files.toReversed())
      const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1)
      expect(read.integrationId).toBe(integrationId)
      expect(read.state.toSorted(byId)).toEqual(all.toSorted(byId))
    }),
    // A name may be anything, also one that no key may be.
    { numRuns: 200, examples: [[[], [{ name: '__proto__', settings: { n: 0 } }]]] },
  )
})

/** Merging lists whose items were renamed, moved, copied, changed, removed and added on both sides: no item is there twice, and none is lost. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mergeValues, type Conflict } from '../../../src/domain/lifecycle/merge/merge-values.ts'

/** `MERGE_RUNS=5000` tries more. */
const runs = { numRuns: Number(process.env['MERGE_RUNS'] ?? 1000) }

function mergeAll(base: unknown, ours: unknown, theirs: unknown, pick: (n: number) => 'ours' | 'theirs' = () => 'ours') {
  const conflicts: Conflict[] = []
  const merged = mergeValues({ base, ours, theirs }, (conflict) => conflict[pick(conflicts.push(conflict) - 1)])
  return { merged, conflicts, paths: conflicts.map(({ path }) => path) }
}

/** Where a record goes: `to` is what no edit changes, so it says which item of the base one comes from. */
interface Branch {
  readonly name: string
  readonly note: string
  readonly to: readonly string[]
}
type Change = { readonly at: number } & (
  | { readonly kind: 'rename'; readonly word: string }
  | { readonly kind: 'note'; readonly word: string }
  | { readonly kind: 'replace'; readonly word: string; readonly note: string }
  | { readonly kind: 'remove' }
  | { readonly kind: 'copy' }
  | { readonly kind: 'move'; readonly to: number }
  | { readonly kind: 'add'; readonly word: string }
)
const idOf = (text: string): string => Buffer.from(text).toString('hex').padStart(24, '0')
const word = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
const at = fc.nat({ max: 5 })
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ at, kind: fc.constant('rename' as const), word }),
  fc.record({ at, kind: fc.constant('note' as const), word }),
  fc.record({ at, kind: fc.constant('replace' as const), word, note: word }),
  fc.record({ at, kind: fc.constant('remove' as const) }),
  fc.record({ at, kind: fc.constant('copy' as const) }),
  fc.record({ at, kind: fc.constant('move' as const), to: at }),
  fc.record({ at, kind: fc.constant('add' as const), word }),
)
const changes = fc.array(change, { maxLength: 4 })
/** Of a copy nobody can say which of the two an item was. */
const withoutCopies = changes.map((all) => all.filter(({ kind }) => kind !== 'copy'))
const names = fc.array(word, { minLength: 1, maxLength: 5 })

function edited(list: readonly Branch[], edits: readonly Change[], side: string): readonly Branch[] {
  return edits.reduce<readonly Branch[]>((now, edit, n) => {
    if (edit.kind === 'add') return now.toSpliced(edit.at, 0, { name: edit.word, note: '', to: [idOf(`${side}${n}`)] })
    if (now.length === 0) return now
    const i = edit.at % now.length
    const item = now[i] as Branch
    if (edit.kind === 'remove') return now.toSpliced(i, 1)
    if (edit.kind === 'copy') return now.toSpliced(i, 0, item)
    if (edit.kind === 'move') return now.toSpliced(i, 1).toSpliced(edit.to, 0, item)
    if (edit.kind === 'replace') return now.with(i, { ...item, name: edit.word, note: edit.note })
    if (edit.kind === 'rename') return now.with(i, { ...item, name: edit.word })
    return now.with(i, { ...item, note: edit.word })
  }, list)
}

const times = (list: readonly Branch[], to: string): number => list.filter((item) => item.to.includes(to)).length
const branches = (all: readonly string[]): Branch[] => all.map((name, i) => ({ name, note: '', to: [idOf(String(i))] }))

describe('branches that both sides changed', () => {
  test('send no record anywhere more often than one of the sides would, however conflicts are decided', () => {
    fc.assert(
      fc.property(names, changes, changes, fc.array(fc.boolean(), { minLength: 1 }), (all, ofOurs, ofTheirs, picks) => {
        const base = branches(all)
        const [ours, theirs] = [edited(base, ofOurs, 'ours'), edited(base, ofTheirs, 'theirs')]
        const { merged } = mergeAll(base, ours, theirs, (n) => (picks[n % picks.length] ? 'ours' : 'theirs'))
        const list = merged as Branch[]
        for (const to of new Set([...base, ...ours, ...theirs].flatMap((item) => item.to))) {
          const [was, here, there] = [times(base, to), times(ours, to), times(theirs, to)]
          // Whoever makes a copy wants one more.
          expect(times(list, to)).toBeLessThanOrEqual(was + Math.max(0, here - was) + Math.max(0, there - was))
        }
      }),
      runs,
    )
  })

  test('keep what only one side did, where nothing is asked', () => {
    fc.assert(
      fc.property(fc.uniqueArray(word, { minLength: 1, maxLength: 5 }), withoutCopies, withoutCopies, (all, ofOurs, ofTheirs) => {
        const base = branches(all)
        const [ours, theirs] = [edited(base, ofOurs, 'ours'), edited(base, ofTheirs, 'theirs')]
        const { merged, paths } = mergeAll(base, ours, theirs)
        if (paths.length > 0) return
        const by = (list: readonly Branch[], { to }: Branch): readonly Branch[] => list.filter((each) => each.to.includes(to[0] as string))
        const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)
        const lost = base.filter((item) => {
          const [here, there, now] = [by(ours, item), by(theirs, item), by(merged as Branch[], item)]
          if (isSame(there, [item])) return !isSame(now, here)
          return isSame(here, [item]) && !isSame(now, there)
        })
        expect(lost).toEqual([])
      }),
      runs,
    )
  })

  test('are asked about in the same places from either side', () => {
    fc.assert(
      fc.property(names, changes, changes, (all, ofOurs, ofTheirs) => {
        const base = branches(all)
        const [ours, theirs] = [edited(base, ofOurs, 'ours'), edited(base, ofTheirs, 'theirs')]
        expect(mergeAll(base, theirs, ours).conflicts.length).toBe(mergeAll(base, ours, theirs).conflicts.length)
      }),
      runs,
    )
  })
})

describe('mapped fields that both sides changed', () => {
  type Field = { readonly generate: string; readonly extract: string }
  const field = fc.record({ generate: word, extract: fc.constantFrom('1', '2', '3') })
  const fields = fc.array(field, { maxLength: 5 })
  const counts = (list: readonly Field[], name: string): number => list.filter(({ generate }) => generate === name).length

  test('are written no more often than one of the sides writes them, however conflicts are decided', () => {
    fc.assert(
      fc.property(fields, fields, fields, fc.array(fc.boolean(), { minLength: 1 }), (base, ours, theirs, picks) => {
        const { merged } = mergeAll(base, ours, theirs, (n) => (picks[n % picks.length] ? 'ours' : 'theirs'))
        for (const { generate } of merged as Field[])
          expect(counts(merged as Field[], generate)).toBeLessThanOrEqual(Math.max(counts(ours, generate), counts(theirs, generate)))
      }),
      runs,
    )
  })
})

describe('a rename', () => {
  const branch = (name: string, step = name): object => ({ name, pageProcessors: [{ type: 'import', _importId: step.padStart(24, '0') }] })

  test('on both sides is one conflict, of the name alone', () => {
    const { merged, paths } = mergeAll(
      { branches: [branch('a'), branch('b')] },
      { branches: [branch('x', 'a'), branch('b')] },
      {
        branches: [branch('y', 'a'), branch('b')],
      },
    )
    expect(paths).toEqual(['branches[name=a].name'])
    expect(merged).toEqual({ branches: [branch('x', 'a'), branch('b')] })
  })

  test('on one side and a change of the same item on the other are both there', () => {
    const { merged, paths } = mergeAll([branch('a')], [branch('x', 'a')], [{ ...branch('a'), description: 'theirs' }])
    expect([merged, paths]).toEqual([[{ ...branch('x', 'a'), description: 'theirs' }], []])
  })

  test('of an alias on both sides is a conflict', () => {
    const alias = (name: string): object => ({ alias: name, _exportId: 'a'.repeat(24) })
    expect(mergeAll([alias('orders')], [alias('sales')], [alias('deals')]).paths).toEqual(['[alias=orders].alias'])
  })

  test('of which nothing else is left the same is asked about as a whole', () => {
    const { paths } = mergeAll([branch('a'), branch('z')], [branch('x', 'c'), branch('z')], [branch('y', 'd'), branch('z')])
    expect(paths).toEqual([''])
  })

  test('to what the other side added is asked about as a whole', () => {
    const { paths } = mergeAll([branch('a')], [branch('b', 'a')], [branch('a'), branch('b', 'c')])
    expect(paths).toEqual([''])
  })
})

describe('items that share an identity', () => {
  const field = (extract: string, generate = 'total'): object => ({ generate, extract })

  test('are changed one by one', () => {
    const { merged, paths } = mergeAll([field('1'), field('2')], [field('1 here'), field('2')], [field('1'), field('2 there')])
    expect([merged, paths]).toEqual([[field('1 here'), field('2 there')], []])
  })

  test('are asked about as a whole where nobody can tell which is which', () => {
    expect(mergeAll([field('1'), field('2')], [field('3'), field('4')], [field('1'), field('5')]).paths).toEqual([''])
  })

  test('have paths of their own', () => {
    expect(mergeAll([field('1'), field('2')], [field('1'), field('3')], [field('1'), field('4')]).paths).toEqual([
      '[generate=total#2].extract',
    ])
  })
})

test('no two fields have one path, whatever they are called', () => {
  const sides = [1, 2, 3].map((n) => ({ a: { b: n, 'c]"': n }, 'a.b': n, '': { '[x': n }, list: [{ name: 'a].v', v: n }] }))
  const { paths } = mergeAll(sides[0], sides[1], sides[2])
  expect(paths).toEqual(['a.b', 'a["c]\\""]', '["a.b"]', '[""]["[x"]', 'list["name=a].v"].v'])
})

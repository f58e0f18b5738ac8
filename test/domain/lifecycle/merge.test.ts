/** Merging two sides of the same value: what one side changed is taken, what both changed differently is a conflict, and nothing is lost on the way. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { diffFields } from '../../../src/domain/lifecycle/compare/field-diff.ts'
import { toBody, canonical, toDefinition, hashText } from '../../../src/domain/definitions/definition.ts'
import { readIgnoredPaths, keepIgnoredFields } from '../../../src/domain/lifecycle/ignored-fields.ts'
import { rebaseValue, mergeValues, type Conflict } from '../../../src/domain/lifecycle/merge/merge-values.ts'
import { mergeText } from '../../../src/domain/lifecycle/merge/script-text.ts'
import { cpuTime } from '../../harness/cpu-time.ts'

const runs = { numRuns: 300 }
/** As JSON brings it: there is no -0. */
const plain = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown)
type Flat = Record<string, number | undefined>
/** Sides of one object of a few fields; undefined is a field that is not there. */
const flat = fc.record(
  Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((key) => [key, fc.option(fc.nat({ max: 2 }), { nil: undefined })])),
) as fc.Arbitrary<Flat>
const present = (value: Flat): Flat => Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined))

function mergeAll(base: unknown, ours: unknown, theirs: unknown): { merged: unknown; conflicts: Conflict[] } {
  const conflicts: Conflict[] = []
  const merged = mergeValues({ base, ours, theirs }, (conflict) => {
    conflicts.push(conflict)
    return conflict.ours
  })
  return { merged, conflicts }
}

describe('three-way merge', () => {
  test('of fields is what a field by field reference says', () => {
    fc.assert(
      fc.property(flat, flat, flat, (b, o, t) => {
        const { merged, conflicts } = mergeAll(present(b), present(o), present(t))
        const expected: Flat = {}
        const clashes: string[] = []
        for (const key of ['a', 'b', 'c', 'd', 'e']) {
          const isClash = b[key] !== o[key] && b[key] !== t[key] && o[key] !== t[key]
          if (isClash) clashes.push(key)
          expected[key] = isClash || b[key] === t[key] ? o[key] : t[key]
        }
        expect(merged).toEqual(present(expected))
        expect(conflicts.map(({ path }) => path).toSorted()).toEqual(clashes)
      }),
      runs,
    )
  })

  test('takes the whole of one side where the other did nothing, whatever the value', () => {
    fc.assert(
      fc.property(plain, plain, (base, changed) => {
        expect(mergeAll(base, base, changed)).toEqual({ merged: changed, conflicts: [] })
        expect(mergeAll(base, changed, base)).toEqual({ merged: changed, conflicts: [] })
        expect(mergeAll(base, changed, changed)).toEqual({ merged: changed, conflicts: [] })
      }),
      runs,
    )
  })

  test('items of a list are merged by what identifies them, wherever they stand', () => {
    const base = [
      { generate: 'a', extract: '1' },
      { generate: 'b', extract: '2' },
      { generate: 'c', extract: '3' },
    ]
    const ours = [
      { generate: 'c', extract: '3' },
      { generate: 'a', extract: '1' },
      { generate: 'b', extract: 'ours' },
    ]
    const theirs = [
      { generate: 'a', extract: 'theirs' },
      { generate: 'x', extract: '9' },
      { generate: 'b', extract: '2' },
    ]
    expect(mergeAll(base, ours, theirs)).toEqual({
      merged: [
        { generate: 'a', extract: 'theirs' },
        { generate: 'x', extract: '9' },
        { generate: 'b', extract: 'ours' },
      ],
      conflicts: [],
    })
  })

  test('an alias is known by its name: pointed elsewhere by both sides it is a conflict, and never there twice', () => {
    const pointing = (_exportId: string): unknown => [{ alias: 'orders', _exportId }]
    const { merged, conflicts } = mergeAll(pointing('a'), pointing('b'), pointing('c'))
    expect([merged, conflicts.map(({ path }) => path)]).toEqual([pointing('b'), ['[alias=orders]._exportId']])
  })

  test('an item that one side removed and the other changed is a conflict of its whole', () => {
    const { conflicts } = mergeAll({ list: [{ name: 'a', v: 1 }] }, { list: [{ name: 'a', v: 2 }] }, { list: [] })
    expect(conflicts).toEqual([{ path: 'list[name=a]', base: { name: 'a', v: 1 }, ours: { name: 'a', v: 2 }, theirs: undefined }])
  })

  test('plain values in a list are not merged one by one: their place counts', () => {
    expect(mergeAll(['/a'], ['/b'], ['/c']).conflicts).toEqual([{ path: '', base: ['/a'], ours: ['/b'], theirs: ['/c'] }])
  })
})

test('carrying a change over leaves what stands there on purpose', () => {
  fc.assert(
    fc.property(flat, flat, flat, (b, o, t) => {
      const expected = Object.fromEntries(Object.keys(b).map((key) => [key, b[key] === t[key] ? o[key] : t[key]]))
      expect(rebaseValue({ base: present(b), ours: present(o), theirs: present(t) })).toEqual(present(expected))
    }),
    runs,
  )
})

describe('scripts', () => {
  const base = 'function a() {\n  return 1\n}\n\nfunction b() {\n  return 2\n}\n'
  test('are merged by line', () => {
    const ours = base.replace('1', '10')
    const theirs = base.replace('2', '20')
    expect(mergeText(base, ours, theirs)).toEqual({ text: base.replace('1', '10').replace('2', '20'), clean: true })
  })

  test('that contradict each other get the hunks everybody knows', () => {
    const { text, clean } = mergeText(base, base.replace('1', '10'), base.replace('1', '11'))
    expect(clean).toBe(false)
    expect(text).toContain('<<<<<<< ours\n  return 10\n=======\n  return 11\n>>>>>>> theirs\n')
  })
})

describe('scripts of any shape', () => {
  const text = fc.array(fc.constantFrom('a', 'b', '}', ''), { maxLength: 12 }).map((lines) => lines.join('\n'))

  test('are taken whole where the other side did nothing or the same, and merged the same way from either side', () => {
    fc.assert(
      fc.property(text, text, text, (base, one, other) => {
        expect(mergeText(base, one, base)).toEqual({ text: one, clean: true })
        expect(mergeText(base, base, one)).toEqual({ text: one, clean: true })
        expect(mergeText(base, one, one)).toEqual({ text: one, clean: true })
        const [here, there] = [mergeText(base, one, other), mergeText(base, other, one)]
        expect(there.clean).toBe(here.clean)
        if (here.clean) expect(there.text).toBe(here.text)
      }),
      runs,
    )
  })

  test('keep every change, as long as a line that nobody touched lies between', () => {
    const change = fc.constantFrom('', '!', '!\nmore')
    fc.assert(
      fc.property(fc.array(fc.tuple(change, fc.boolean()), { maxLength: 8 }), (changes) => {
        const side = (isOurs: (each: boolean) => boolean): string =>
          changes.map(([words, ours], i) => `${i}${isOurs(ours) ? words : ''}\nkept ${i}`).join('\n')
        const merged = mergeText(
          side(() => false),
          side((ours) => ours),
          side((ours) => !ours),
        )
        expect(merged).toEqual({ text: side(() => true), clean: true })
      }),
      runs,
    )
  })

  test('are the same lines whatever they end with, and end as whoever changed that says', () => {
    const base = 'function a() {\r\n  return 1\r\n}\r\n\r\nfunction b() {\r\n  return 2\r\n}\r\n'
    const ours = base.replace('1', '10').replaceAll('\r', '')
    const theirs = base.replace('2', '20')
    const merged = base.replace('1', '10').replace('2', '20')
    expect(mergeText(base, ours, theirs)).toEqual({ text: merged.replaceAll('\r', ''), clean: true })
    expect(mergeText(base, theirs, ours)).toEqual({ text: merged.replaceAll('\r', ''), clean: true })
    const clash = mergeText(base, base.replace('1', '10'), base.replace('1', '11').replaceAll('\r', ''))
    expect(clash.text).toContain('<<<<<<< ours\n  return 10\n=======\n  return 11\n>>>>>>> theirs\n')
  })

  test('take no time worth speaking of, however long and alike their lines are', () => {
    const count = 25_000
    const lines = Array.from<unknown, string>({ length: count }, (_, i) => (i % 2 ? '}' : ''))
    const [ours, theirs] = [lines.with(3, 'ours'), lines.with(count - 3, 'theirs')]
    const rewritten = lines.map((line, i) => `${line} ${i}`).join('\n')
    const { ms } = cpuTime(() => {
      expect(mergeText(lines.join('\n'), ours.join('\n'), theirs.join('\n'))).toEqual({
        text: ours.with(count - 3, 'theirs').join('\n'),
        clean: true,
      })
      expect(mergeText(lines.join('\n'), ours.join('\n'), rewritten).clean).toBe(false)
      const [{ diff } = {}] = diffFields(lines.join('\n'), rewritten)
      expect(diff?.split('\n')).toHaveLength(2 * count + 8)
      const list = lines.map((_, i) => ({ name: `item ${i}` }))
      expect(mergeAll(list, [{ name: 'ours' }, ...list], [...list, { name: 'theirs' }]).conflicts).toEqual([])
      expect(diffFields(list, list.toReversed())).toHaveLength(1)
    })
    expect(ms).toBeLessThan(10_000)
  })
})

describe('the semantic difference', () => {
  test('is empty for the same value, whatever the order of its keys, and never for another one', () => {
    fc.assert(
      fc.property(plain, plain, (a, b) => {
        expect(diffFields(a, JSON.parse(canonical(a)))).toEqual([])
        expect(diffFields(a, b).length === 0).toBe(canonical(a) === canonical(b))
      }),
      runs,
    )
  })

  test('does not take a list in another order for another list', () => {
    const [a, b] = [
      { name: 'a', v: 1 },
      { name: 'b', v: 1 },
    ]
    expect(diffFields({ list: [a, b] }, { list: [{ ...b, v: 2 }, a] })).toEqual([
      { change: 'reordered', path: 'list', old: ['name=a', 'name=b'], new: ['name=b', 'name=a'] },
      { change: 'changed', path: 'list[name=b].v', old: 1, new: 2 },
    ])
  })

  test('shows texts of several lines as a unified diff', () => {
    const [{ diff } = {}] = diffFields({ content: 'a\nb\n' }, { content: 'a\nc\n' })
    expect(diff).toContain('@@ -1,2 +1,2 @@\n a\n-b\n+c\n')
  })
})

describe('the canonical hash', () => {
  const shuffled = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(shuffled)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(
            Object.entries(value)
              .toReversed()
              .map(([key, below]) => [key, shuffled(below)]),
          )
        : value

  test('does not hang on the order of keys', () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(hashText(canonical(shuffled(value)))).toBe(hashText(canonical(value)))
      }),
      runs,
    )
  })

  test('is known beforehand, on any machine', () => {
    expect(hashText(canonical({ b: [1e21, 'ä'], a: null }))).toBe(hashText('{"a":null,"b":[1e+21,"ä"]}'))
  })
})

test('a definition has neither stamps, run state nor secrets, and putting it back loses none of them', () => {
  const doc = {
    _id: 'a'.repeat(24),
    createdAt: '2026-01-01T00:00:00.000Z',
    lastModified: '2026-01-01T00:00:00.000Z',
    name: 'Hook',
    adaptorType: 'WebhookExport',
    _sourceId: 'b'.repeat(24),
    webhook: { verify: 'token', token: '******', path: 'x' },
  }
  const definition = toDefinition('exports', doc)
  expect(definition).toEqual({ name: 'Hook', adaptorType: 'WebhookExport', webhook: { verify: 'token', path: 'x' } })
  expect(toBody('exports', { ...definition, name: 'Other' }, doc)).toEqual({
    name: 'Other',
    adaptorType: 'WebhookExport',
    webhook: { verify: 'token', token: '******', path: 'x' },
  })
})

test('an ignored field may be called anything, and what nobody has is not made up', () => {
  const paths = readIgnoredPaths(
    { flow: ['__proto__', 'toString', 'constructor.name', '', '..', 'settings.__proto__'], export: 5 },
    'flows',
  )
  expect(canonical(keepIgnoredFields(paths, { settings: {} }, { name: 'n', settings: {} }))).toBe('{"name":"n","settings":{}}')
})

test('ignored fields stay as the receiver has them, in the items of lists too, and absent ones stay absent', () => {
  const kept = { schedule: 'ours', pageGenerators: [{ _exportId: '1', schedule: 'x' }, { _exportId: '2' }] }
  const theirs = {
    schedule: 'theirs',
    name: 'n',
    pageGenerators: [{ _exportId: '2', schedule: 'y' }, { _exportId: '1' }, { _exportId: '3', schedule: 'z' }],
  }
  const paths = readIgnoredPaths({ Flow: ['schedule', 'pageGenerators[*].schedule'], export: ['name'] }, 'flows')
  expect(paths).toEqual(['schedule', 'pageGenerators[*].schedule'])
  expect(keepIgnoredFields(paths, kept, theirs)).toEqual({
    schedule: 'ours',
    name: 'n',
    pageGenerators: [{ _exportId: '2' }, { _exportId: '1', schedule: 'x' }, { _exportId: '3', schedule: 'z' }],
  })
})

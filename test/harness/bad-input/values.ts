/** Wrong values for a place of a schema: of the wrong type, past a bound, an id of something else, and what no text or key may hold. */
import type { Shape } from '../../../src/contract/walk.ts'
import type { Random } from './random.ts'
import type { Bounds, Place } from './places.ts'

/** Ids that exist, and lead nowhere from where they are put. */
export interface WrongIds {
  /** By collection, of the caller. */
  readonly own: Readonly<Record<string, string>>
  /** By collection, of another account. */
  readonly theirs: Readonly<Record<string, string>>
  readonly nobody: string
}

export interface Wrong {
  readonly what: string
  readonly value: unknown
  readonly sure: boolean
}

const ofType: Readonly<Record<string, readonly unknown[]>> = {
  string: ['text', ''],
  number: [7, -1.5],
  boolean: [true, false],
  array: [[], [1, 'a', null], [[]]],
  object: [{}, { a: { b: 1 } }],
}
const typesOf = (shape: Shape): string[] => [shape.type ?? []].flat().map((type) => (type === 'integer' ? 'number' : type))

export function wrongFor({ shape, sure }: Place, random: Random, ids: WrongIds): Wrong {
  const of = (what: string, value: unknown, certain = true): Wrong => ({ what, value, sure: sure && certain })
  const ways: (() => Wrong)[] = [...strange(of, random)]
  const types = typesOf(shape)
  const others = Object.keys(ofType).filter((type) => !types.includes(type))
  if (types.length > 0) for (let weight = 0; weight < 3; weight++) ways.push(() => wrongType(of, random, random.pick(others)))
  ways.push(...pastBounds(of, shape), ...ofKind(of, shape, random, ids))
  return random.pick(ways)()
}

type Of = (what: string, value: unknown, certain?: boolean) => Wrong

const wrongType = (of: Of, random: Random, type: string): Wrong => of(`${type} instead`, random.pick(ofType[type] ?? []))

/** What is wrong anywhere, or odd and perhaps right. */
const strange = (of: Of, random: Random): (() => Wrong)[] => [
  () => of('null', null, false),
  () => always(of('U+0000', 'a\0b')),
  () => always(of('half a surrogate pair', random.pick(['a\ud800', '\udfffb', 'a\udc00\ud800']))),
  () => always(of('U+0000 in a key', { 'a\0': 1 })),
  () => always(of('half a surrogate pair in a key', { '\ud800': 1 })),
  () => always(of('too deep', nested(70 + random.below(3000)))),
  () => of('control characters', '\u0001\u001b[31m\u007f\u202e\u2028\ufeff\r\n\t', false),
  () => of('long', 'x'.repeat(50_000 + random.below(200_000)), false),
  () =>
    of(
      'many',
      Array.from({ length: 5000 }, (_, i) => random.pick([i, {}, 'x', null])),
      false,
    ),
  () => of('many keys', Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`key-${i}`, i])), false),
  () =>
    of('odd keys', { '': 1, toString: 'a', hasOwnProperty: 1, length: -1, __defineGetter__: 1, 'a.b': { $where: '1' }, $ref: '#' }, false),
  () => of('beyond 2^53', random.pick([2 ** 53 + 2, -(2 ** 60), 1.7e308, 5e-324, -0]), false),
  () =>
    of(
      'a name that is code',
      random.pick(["'; drop table sluice.documents; --", '{{#each this}}', '${process.env.HOME}', '../../etc/passwd']),
      false,
    ),
]

/** Refused wherever it stands, also in fields that are dropped: it is found before anything reads them. */
const always = (wrong: Wrong): Wrong => ({ ...wrong, sure: true })

const nested = (depth: number): unknown => {
  let value: unknown = 1
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? { a: value } : [value]
  return value
}

function pastBounds(of: Of, shape: Shape & Bounds): (() => Wrong)[] {
  const { enum: choices, minimum, maximum, minLength, maxLength, minItems, maxItems } = shape
  return [
    ...(choices ? [() => of('none of the choices', 'none-of-them')] : []),
    ...(minimum === undefined ? [] : [() => of('below the minimum', minimum - 1)]),
    ...(maximum === undefined ? [] : [() => of('above the maximum', maximum + 1)]),
    ...(minLength ? [() => of('shorter than allowed', '')] : []),
    ...(maxLength === undefined ? [] : [() => of('longer than allowed', 'x'.repeat(maxLength + 1))]),
    ...(minItems ? [() => of('fewer than allowed', [])] : []),
    ...(maxItems === undefined
      ? []
      : [
          () =>
            of(
              'more than allowed',
              Array.from({ length: maxItems + 1 }, () => 'x'),
            ),
        ]),
    ...([shape.type].flat().includes('integer') ? [() => of('a fraction', 1.5), () => of('beyond 2^53', 2 ** 70, false)] : []),
  ]
}

function ofKind(of: Of, shape: Shape, random: Random, ids: WrongIds): (() => Wrong)[] {
  if (shape.format === 'date-time') return [() => of('no time', random.pick(['yesterday', '2026-13-01T00:00:00Z', '2026-02-30', '']))]
  if (shape.format !== 'objectId') return []
  const target = shape['x-ref']
  const other = Object.keys(ids.own).filter((collection) => collection !== target)
  return [
    () => of('no id', random.pick(['x', 'g'.repeat(24), 'A'.repeat(24), '0'.repeat(25), '', ' '.repeat(24)])),
    ...(target === undefined
      ? []
      : [
          () => of("another account's id", ids.theirs[target] ?? ids.nobody),
          () => of("another account's id", ids.theirs[target] ?? ids.nobody),
          () => of("nobody's id", ids.nobody),
          () => of('the id of another kind', ids.own[random.pick(other)]),
        ]),
  ]
}

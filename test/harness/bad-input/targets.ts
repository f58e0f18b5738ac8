/** Bad targets of an operation: ids that are none or someone else's, and query parameters out of their bounds. */
import type { Operation } from '../../../src/contract/operation.ts'
import { shapeOf, type Shape } from '../../../src/contract/walk.ts'
import type { BadRequest } from './request.ts'
import type { Bounds } from './places.ts'
import type { Random } from './random.ts'
import type { WrongIds } from './values.ts'

type Target = Pick<BadRequest, 'what' | 'path' | 'headers' | 'mustRefuse'>
/** Some lists take an unknown integration for an empty one, unless the caller asks for strictness. */
const strict = { prefer: 'handling=strict' }

/** Errors outlive the step that they happened in, so that a step of any id may have some, or none. */
const mayBeGone = '_stepId'

export function wrongPaths(
  { path, params }: Operation,
  right: Readonly<Record<string, string>>,
  count: number,
  random: Random,
  ids: WrongIds,
): Target[] {
  const names = Object.keys(params?.properties ?? {})
  if (names.length === 0) return []
  return Array.from({ length: count }, () => {
    const name = random.pick(names)
    const { what, value, sure } = random.pick(wrongIds(right[name] ?? '', ids))
    const isId = (params?.properties[name] as Shape | undefined)?.format === 'objectId'
    return {
      what: `${what} as ${name} of the path`,
      path: fill(path, { ...right, [name]: value }),
      headers: strict,
      ...(sure && isId && name !== mayBeGone && { mustRefuse: true as const }),
    }
  })
}

const wrongIds = (right: string, { own, theirs, nobody }: WrongIds): { what: string; value: string; sure: boolean }[] => [
  ...[
    'x',
    'g'.repeat(24),
    `${right}0`,
    right.slice(1),
    right.toUpperCase().replace(/\d/g, 'A'),
    '__proto__',
    'constructor',
    'null',
    '-1',
    '1e3',
    '0'.repeat(150),
  ].map((value) => ({ what: 'no id', value, sure: true })),
  ...['%00', `${right}%00`, '%2e%2e%2f', "'%20or%201=1--", '%F0%9F%92%A9', '*', '%25', '%0d%0aa:b'].map((value) => ({
    what: 'odd text',
    value,
    sure: true,
  })),
  ...['%zz', '%ff', '%ED%A0%80', '%'].map((value) => ({ what: 'what cannot be decoded', value, sure: true })),
  { what: 'a very long text', value: 'a'.repeat(5000), sure: true },
  { what: "nobody's id", value: nobody, sure: true },
  ...Object.entries(theirs).map(([collection, value]) => ({ what: `another account's id of ${collection}`, value, sure: true })),
  ...Object.entries(own)
    .filter(([, value]) => value !== right)
    .map(([collection, value]) => ({ what: `the id of one of ${collection}`, value, sure: false })),
]

/** Without encoding: some of the values could not be. */
export const fill = (path: string, values: Readonly<Record<string, string>>): string =>
  path.replace(/:(\w+)/g, (_all, name: string) => values[name] ?? '')

export function wrongQueries({ query, method }: Operation, path: string, count: number, random: Random): Target[] {
  const fields = Object.entries(query?.properties ?? {})
  const any = [
    ...[
      '?__proto__=1',
      '?constructor=x&toString=1',
      '?a[b][c]=1',
      `?${'a=1&'.repeat(500)}`,
      '?%00=1',
      '?a=%ff&b=%zz',
      '?=&&==',
      `?${'x'.repeat(4000)}=1`,
    ].map((text) => ({ what: 'an odd query', path: path + text })),
    ...[
      { prefer: 'handling=', 'if-match': '"' },
      { 'integrator-ashareid': 'x' },
      { 'accept-encoding': '*;q=9, gzip;;', accept: 'text/none' },
      { 'x-forwarded-host': 'a b\\' },
    ].map((headers) => ({ what: 'odd headers', path, headers: headers as unknown as Record<string, string> })),
  ]
  return Array.from({ length: method === 'GET' || fields.length > 0 ? count : 2 }, () => {
    const field = fields.length > 0 && random.next() < 0.8 ? random.pick(fields) : undefined
    return field ? wrongParameter(field[0], shapeOf(field[1]), path, random) : random.pick(any)
  })
}

const texts = [
  '%00',
  'a%00b',
  '%ED%A0%80',
  '%ff',
  "' or 1=1 --",
  '',
  ',',
  'a,,b',
  '..',
  'a..b',
  '__proto__',
  'constructor.prototype',
  '*',
  '%0a',
  'x'.repeat(3000),
  '9'.repeat(40),
  'a[0]',
  '{}',
  '%F0%9F%92%A9',
]

function wrongParameter(name: string, { type, minimum, maximum }: Shape & Bounds, path: string, random: Random): Target {
  const at = (value: string) => `${path}?${name}=${value.replaceAll(' ', '%20')}`
  const sure = { mustRefuse: true as const }
  if (type === 'integer' || type === 'number') {
    const wrong = [
      'abc',
      '1.5',
      '1e',
      'NaN',
      '1,2',
      '0x10',
      '--1',
      ...(minimum === undefined ? [] : [String(minimum - 1), '-99999999999999999999']),
      ...(maximum === undefined ? [] : [String(maximum + 1)]),
    ]
    if (random.next() < 0.6) return { what: `${name} out of its bounds`, path: at(random.pick(wrong)), ...sure }
    return {
      what: `${name} odd`,
      path: random.pick([at(''), `${at('1')}&${name}=2`, `${path}?${name}[]=1`, at('9'.repeat(30)), at('1e2'), at('%2b1'), at(' 1')]),
    }
  }
  if (type === 'boolean') return { what: `${name} is no boolean`, path: at(random.pick(['yes', '2', 'TRUE!', '[]'])), ...sure }
  const value = random.pick(texts)
  if (value.includes('%00')) return { what: `U+0000 in ${name}`, path: at(value), ...sure }
  return {
    what: `an odd ${name}`,
    path: random.pick([
      at(value),
      at(value),
      `${at(value)}&${name}=name`,
      `${path}?${name}[]=name`,
      `${at('name')}&exclude=name&include=${value.replaceAll(' ', '%20')}`,
    ]),
  }
}

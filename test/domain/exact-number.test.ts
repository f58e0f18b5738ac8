/** Numbers that JavaScript would round: what is carried as digits, and what is left alone. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  type ExactNumber,
  parseNumber,
  findExactNumber,
  isSameNumber,
  parseExact,
  withNumbersAsTexts,
} from '../../src/domain/limits/exact-number.ts'

const again = (json: string): string => JSON.stringify(parseExact(json))

it.each([
  '12345678901234567890',
  '-12345678901234567890',
  '9007199254740993',
  '3.14159265358979323846',
  '123456789012345678.5',
  '1e400',
  '-1e-400',
  '{"a":[{"b":12345678901234567890}],"c":[12345678901234567891,1]}',
  '{"12345678901234567890":"12345678901234567890","a":"\\"12345678901234567890,"}',
])('%s comes out as it went in', (json) => {
  expect(again(json)).toBe(json)
})

it.each([
  '1',
  '-0.5',
  '9007199254740992',
  '9007199254740991',
  '100000000000000000000',
  '0.1',
  '0.10000000000000001',
  '1.7976931348623157e308',
  '"12345678901234567890"',
  '0.00000000000000000000',
])('%s is what JSON.parse makes of it', (json) => {
  expect(parseExact(json)).toEqual(JSON.parse(json))
})

it.each([
  '[1.2.3.4.5.6.7.8.9.0]',
  '00012345678901234567890',
  '12345678901234567890x',
  '"a"12345678901234567890',
  '-',
  '1e4001',
  '1'.repeat(1001),
])('%s is refused', (json) => {
  expect(() => parseExact(json)).toThrow(SyntaxError)
})

it('any JSON is parsed as by JSON.parse, and long integers anywhere in it keep their digits', () => {
  const long = fc.bigInt({ min: 2n ** 53n + 1n, max: 10n ** 21n - 1n }).map(String)
  fc.assert(
    fc.property(fc.jsonValue(), long, (value, digits) => {
      const json = JSON.stringify(value)
      expect(parseExact(json)).toEqual(JSON.parse(json))
      expect(again(`{"v":${json},"n":${digits}}`)).toBe(`{"v":${JSON.stringify(JSON.parse(json))},"n":${digits}}`)
    }),
  )
})

it('is text where text is made, and the nearest number where one computes', () => {
  const exact = parseExact('12345678901234567890') as ExactNumber
  const asText: unknown = exact
  expect([String(exact), [exact].join(), `${asText as string}`]).toEqual(Array(3).fill('12345678901234567890'))
  expect([Number(exact), (exact as unknown as number) > 5]).toEqual([Number('12345678901234567890'), true])
})

it('texts become exact numbers, in the spelling of JSON', () => {
  expect([parseNumber('+12345678901234567890'), parseNumber('.5'), parseNumber('007'), parseNumber('5.')].map(String)).toEqual([
    '12345678901234567890',
    '0.5',
    '7',
    '5',
  ])
})

it('two are the same whatever their spelling', () => {
  const same = [
    ['12345678901234567890', '12345678901234567890.0'],
    ['1e20', '100000000000000000000'],
    ['-0', '0'],
  ] as const
  for (const [a, b] of same) expect(isSameNumber(a, b)).toBe(true)
  expect(isSameNumber('12345678901234567890', '12345678901234567891')).toBe(false)
  expect(isSameNumber('x', 'x')).toBe(false)
})

it('is told with its field, and becomes a text for those who know no such numbers', () => {
  const json = '{"settings":{"a":[1,12345678901234567890]}}'
  expect(findExactNumber(json)).toEqual({ field: 'settings.a.1', digits: '12345678901234567890' })
  expect(findExactNumber('{"a":1234567890123456.5}')).toBeUndefined()
  expect(withNumbersAsTexts(json)).toBe('{"settings":{"a":[1,"12345678901234567890"]}}')
})

/** Patterns of users: what they may do, and that none of them holds up the process. */
import { describe, expect, it } from 'vitest'
import { compileRegex } from '../../../src/engine/values/regex.ts'
import { cpuTime } from '../../harness/cpu-time.ts'
import { messageOf } from './case-files.ts'

describe('patterns of users', () => {
  it.each([
    ['^(a+)+$', 'a'.repeat(50_000)],
    ['^(a|a)*$', 'a'.repeat(50_000)],
    ['(x+x+)+y', 'x'.repeat(50_000)],
    ['^([a-z0-9]+\\.?)+@', 'a'.repeat(50_000)],
    ['(?:a?){30}a{30}', 'a'.repeat(29)],
  ])('%s answers in time', (pattern, text) => {
    expect(cpuTime(() => compileRegex(pattern).test(`${text}!`)).ms).toBeLessThan(1_000)
  })

  it('are the usual language, look-arounds and backreferences too', () => {
    expect(compileRegex('(?<=\\$)\\d+').matches('$12 $3')).toEqual(['12', '3'])
    expect(compileRegex('(\\w)\\1').matches('aabbc')).toEqual(['aa', 'bb'])
    expect(compileRegex('É', 'i').test('é')).toBe(true)
    expect(compileRegex('(\\d+)-(\\d+)').replaceAll('12-34 5-6', '$2:$1')).toBe('34:12 6:5')
    expect(compileRegex('b').search('ab')).toBe(1)
  })

  it('answer the same each time', () => {
    const regex = compileRegex('a', 'g')
    expect([regex.test('a'), regex.test('a'), regex.search('ba'), regex.test('a')]).toEqual([true, true, 1, true])
  })

  it('are refused where they are too long, broken, or could run for hours', () => {
    expect(messageOf(() => compileRegex('a'.repeat(1_001)))).toBe('The pattern is longer than 1000 characters.')
    expect(messageOf(() => compileRegex('a', 'q'))).toBe('"q" are not flags of a pattern.')
    expect(messageOf(() => compileRegex('(?!x)(a+)+'))).toMatch(/^The pattern .* could run for hours\.$/)
    expect(messageOf(() => compileRegex('(?=a)a').test('a'.repeat(2_001)))).toMatch(/^The text is longer than 2000 characters/)
    expect(messageOf(() => compileRegex('a').test('a'.repeat(100_001)))).toMatch(/^The text is longer than 100000 characters/)
  })
})

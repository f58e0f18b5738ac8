/** What users write and what records hold cannot hold up the process: cost without end is cut off, and cost that grew with the square is gone. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { boundedCache } from '../../../src/engine/values/bounded-cache.ts'
import { convert } from '../../../src/engine/mapping/convert.ts'
import { compileJsonPath } from '../../../src/engine/values/json-path.ts'
import { compileMapper } from '../../../src/engine/mapping/mapper.ts'
import { compileRegex } from '../../../src/engine/values/regex.ts'
import { render } from '../../../src/engine/template/template.ts'
import { cpuTime } from '../../harness/cpu-time.ts'
import { messageOf } from './case-files.ts'

const within = <T>(ms: number, act: () => T): T => {
  const spent = cpuTime(act)
  expect(spent.ms).toBeLessThan(ms)
  return spent.result
}
const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) })

describe('patterns that only the backtracking engine can run', () => {
  it.each([
    ['(?=a)a*a*a*a*b', ''],
    ['(?=a)(a|a)*b', ''],
    ['(a|a)*b\\1', ''],
    ['^(a|a)*b', 'i'],
  ])('%s with the flags "%s" is given up', (pattern, flags) => {
    const regex = compileRegex(pattern, flags)
    const message = within(2_000, () => messageOf(() => regex.test('a'.repeat(1_500))))
    expect(message).toBe(`The pattern "${pattern}" takes too long on this text.`)
  })

  it('has less time after each text it ran out of it, and still works on others', () => {
    const regex = compileRegex('(?=[ab])(a|a)*b$')
    within(5_000, () => Array.from({ length: 40 }, () => messageOf(() => regex.test('a'.repeat(1_500)))))
    expect(regex.matches('aab')).toEqual(['aab'])
  })

  it('all matches of a linear one on a long text', () => {
    const message = within(2_000, () => messageOf(() => compileRegex('a.*b|a').matches('a'.repeat(100_000))))
    expect(message).toBe('The pattern "a.*b|a" takes too long on this text.')
  })
})

describe('JSON paths', () => {
  it.each([
    ['$..*..*..*..*..*..*', nested(44)],
    [`$${'[0,0]'.repeat(40)}`, Array.from({ length: 40 }).reduce<unknown>((below) => [below], 1)],
    ['$[?search(@.text, "(a|a)*b")]', [{ text: 'a'.repeat(40) }]],
  ])('%s is given up', (path, record) => {
    const message = within(2_000, () => messageOf(() => compileJsonPath(path).read(record)))
    expect(message).toBe(`The path "${path}" takes too long on this record.`)
  })

  it('that meet a record too deep for them fail that record', async () => {
    const mapper = compileMapper([{ generate: 'x', dataType: 'string', extract: '$..x', status: 'Active' }])
    expect(await mapper.apply({ deep: nested(80) })).toMatchObject({ ok: false, failures: [{ code: 'mapping_failed' }] })
  })
})

describe('templates', () => {
  it.each([
    ['helpers that double a text', `{{${'(jsonSerialize '.repeat(40).slice(1)}x${')'.repeat(39)}}}`],
    ['blocks that double it', `{{#with x}}${'{{#with (join "" this this)}}'.repeat(20)}y${'{{/with}}'.repeat(21)}`],
  ])('%s are stopped', (_name, template) => {
    const message = within(2_000, () => messageOf(() => render(template, { x: '"'.repeat(1000) }, 'raw')))
    expect(message).toBe('The template writes more than 5 MB.')
  })

  it.each(['snakecase', 'camelcase', 'chop', 'sentence', 'capitalizeAll', 'sanitize', 'truncateWords'])('%s takes long texts', (helper) => {
    const texts = ['A'.repeat(300_000), `a${'-'.repeat(300_000)}a`, `a${' '.repeat(300_000)}`, '<'.repeat(300_000)]
    for (const x of texts) expect(within(2_000, () => render(`{{${helper} x}}`, { x }, 'raw'))).toBeTypeOf('string')
  })

  it.each([
    ['HTTPServer XMLHttp newArrival', 'http_server_xml_http_new_arrival'],
    ['ABc', 'a_bc'],
  ])('still find the words of %s', (x, words) => expect(render('{{snakecase x}}', { x }, 'raw')).toBe(words))

  it.each([
    ['--a-b--', 'a-b'],
    ['a', 'a'],
    ['---', ''],
    ['_ä\n1_', 'ä\n1'],
  ])('still chop %j', (x, chopped) => expect(render('{{chop x}}', { x }, 'raw')).toBe(chopped))

  it('repeat no long value in their errors', () => {
    expect(messageOf(() => render('{{add x 1}}', { x: 'a'.repeat(10_000) }, 'raw')).length).toBeLessThan(200)
    expect(messageOf(() => render('{{jsonParse x}}', { x: 'hush' }, 'raw'))).toBe('jsonParse: the text is not JSON.')
  })
})

describe('numbers', () => {
  it('are told from texts in one go', () => {
    within(1_000, () => messageOf(() => convert(`${'1'.repeat(500_000)}x`, 'number')))
    expect(['1', '1.', '1.5', '.5', '-1.5e3'].map((text) => convert(text, 'number'))).toEqual([1, 1, 1.5, 0.5, -1500])
  })
})

describe('what was compiled', () => {
  it('is kept by what it takes of memory, however many texts there are', () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const heap = (): number => (collect(), process.memoryUsage().heapUsed)
    const before = heap()
    for (let i = 0; i < 60; i++) render(`{{record.a${i}}}${'{{record.name}} '.repeat(500)}`, {}, 'raw')
    // Each takes some 2.5 MB.
    expect(heap() - before).toBeLessThan(80 * 1024 * 1024)
  })

  it('is kept while it is asked for, and goes when others took its place', () => {
    const cache = boundedCache<object>(10_000, 1)
    const first = cache.of('first', () => ({}))
    for (let i = 0; i < 100; i++) {
      expect(cache.of('first', () => ({}))).toBe(first)
      cache.of(`other ${i}`, () => ({}))
    }
    for (let i = 0; i < 100; i++) cache.of(`more ${i}`, () => ({}))
    expect(cache.of('first', () => ({}))).not.toBe(first)
    const large = 'x'.repeat(5_000)
    expect(cache.of(large, () => ({}))).not.toBe(cache.of(large, () => ({})))
  })
})

/** Paths: the plain walk agrees with the library that it stands in for. */
import fc from 'fast-check'
import { query, type JSONValue } from 'json-p3'
import { describe, expect, it } from 'vitest'
import { compileJsonPath, extract, isJsonPath } from '../../../src/engine/values/json-path.ts'
import { messageOf } from './case-files.ts'

const step = fc.constantFrom('.a', '.b', '[0]', '[1]', '[-1]', '[*]', '.*', "['a']")
const tree = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.integer(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.record({ a: tie('value'), b: tie('value') }),
  ),
})).value

describe('JSON paths', () => {
  it('find what RFC 9535 finds', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 4 }), tree, (steps, value) => {
        const path = `$${steps.join('')}`
        const [mine, theirs] = [compileJsonPath(path), query(path, value as JSONValue).values()]
        expect(mine.read(value)).toEqual(mine.singular ? theirs[0] : theirs)
      }),
      { numRuns: 500 },
    )
  })

  it('leave the rest of the language to the library', () => {
    const value = {
      items: [
        { q: 1, s: 'a' },
        { q: 2, s: 'b' },
      ],
      deep: { s: 'c' },
    }
    expect(compileJsonPath('$.items[?@.q > 1].s').read(value)).toEqual(['b'])
    expect(compileJsonPath('$..s').read(value)).toEqual(['a', 'b', 'c'])
    expect(compileJsonPath('$.items[0:1].s').read(value)).toEqual(['a'])
  })

  it('say what is wrong with them', () => {
    expect(messageOf(() => compileJsonPath('$.a['))).toMatch(/^"\$\.a\[" is not a JSON path: /)
    expect(messageOf(() => compileJsonPath(`$.${'a'.repeat(2_000)}`))).toBe('The path is longer than 2000 characters.')
  })

  it('begin with $ alone, $. or $[', () => {
    expect(['$', '$.a', '$[0]', '$5.00', 'a', ''].map(isJsonPath)).toEqual([true, true, true, false, false, false])
  })
})

describe('dotted paths', () => {
  const value = { data: [{ x: 1 }, { x: 2 }], a: { b: [{ c: 3 }, {}, { c: 4 }], 'd.e': 5 }, 'Bill To': 6 }
  it.each([
    ['data[0].x', 1],
    ['data.0.x', 1],
    ['data[-1].x', 2],
    ['data[*].x', [1, 2]],
    ['a.b[*].c', [3, 4]],
    ["a['d.e']", 5],
    ['a.[d.e]', 5],
    ['Bill To', 6],
    ['data.length', 2],
    ['data[9].x', undefined],
    ['a.b.c.d', undefined],
    ['constructor.name', undefined],
    ['a.__proto__.toString', undefined],
    ['data.map', undefined],
  ])('%s', (path, found) => {
    expect(extract(value, path)).toEqual(found)
  })

  it('answer a list of rows with its first row, or with all for *', () => {
    expect(extract([{ id: 1 }, { id: 2 }], 'id')).toBe(1)
    expect(extract([{ 'Internal ID': 1 }, { 'Internal ID': 2 }], '*.[Internal ID]')).toEqual([1, 2])
    expect(extract({ order: { line: { sku: 'A' } } }, 'order.line[*].sku')).toEqual(['A'])
  })

  it('say where they cannot be read', () => {
    expect(messageOf(() => extract({}, 'a['))).toBe('"a[" is not a path: it cannot be read from character 2.')
  })
})

/** Filters, by test/cases/filter. */
import { describe, expect, it } from 'vitest'
import type { Filter } from '../../../src/contract/shared/filter.ts'
import type { FlowRecord } from '../../../src/engine/adaptor.ts'
import { compileFilter, type FilterSettings } from '../../../src/engine/filter/filter.ts'
import { comparisons, functions, tests } from '../../../src/engine/filter/filter-operator.ts'
import { casesIn, messageOf } from './case-files.ts'

interface Case {
  readonly name: string
  readonly rules?: unknown[]
  readonly filter?: Filter
  readonly record?: FlowRecord
  readonly settings?: FilterSettings
  readonly expect?: boolean
  readonly error?: string
}

const files = casesIn<Case>('filter')
const compiled = (c: Case) => compileFilter(c.filter ?? { type: 'expression', expression: { version: '1', rules: c.rules ?? [] } })

describe.each(files)('$file', ({ cases }) => {
  it.each(cases)('$name', (c) => {
    if (c.error === undefined) expect(compiled(c)(c.record ?? {}, c.settings)).toBe(c.expect)
    else expect(messageOf(() => compiled(c))).toBe(c.error)
  })
})

describe('what no table can say', () => {
  it('has a case for every word of the language', () => {
    const text = JSON.stringify(files)
    const words = ['and', 'or', 'not', 'anyof', 'extract', 'settings', ...Object.keys({ ...comparisons, ...functions, ...tests })]
    expect(words.filter((word) => !text.includes(`["${word}"`))).toEqual([])
  })

  it('lets everything pass where there is no filter', () => {
    expect(compileFilter(undefined)({ any: 1 })).toBe(true)
    expect(compileFilter({})({ any: 1 })).toBe(true)
  })

  it('refuses a filter that is too deep or too long', () => {
    let deep: unknown[] = ['empty', ['extract', 'a']]
    for (let i = 0; i < 60; i++) deep = ['not', deep]
    expect(messageOf(() => compiled({ name: '', rules: deep }))).toBe('The filter is nested deeper than 50 levels.')
    const long = ['anyof', ['extract', 'a'], ...Array.from({ length: 10_001 }, (_, i) => i)]
    expect(messageOf(() => compiled({ name: '', rules: long }))).toBe('The filter has more than 10000 words and values.')
  })
})

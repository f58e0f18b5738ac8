/** docs/filters.md: every rule does with the page's record what the page says, and the page has every word of the language. */
import { expect, test } from 'vitest'
import { compileFilter, filterWords } from '../../src/engine/filter/filter.ts'
import { blocksOf, codeOf, pageOf, rowsOf } from './page.ts'

const page = pageOf('filters.md')
const [filter = '', record = ''] = blocksOf(page, 'json')
const settings = { flow: JSON.parse(/`settings` are `([^`]+)`/.exec(page)?.[1] as string) as object }
const rows = rowsOf(page).map(([word = '', rule = '', outcome = '']) => ({ word: codeOf(word), rule: codeOf(rule), outcome }))

const outcomeOf = (rules: unknown[]): string => {
  const passes = compileFilter({ type: 'expression', expression: { version: '1', rules } })
  return passes(JSON.parse(record) as Record<string, unknown>, settings) ? 'passes' : 'is stopped'
}

test('the page has every word of the language once, and no others', () => {
  expect(rows.map(({ word }) => word).toSorted()).toEqual([...filterWords].toSorted())
})

test.each(rows)('$word: $rule', ({ word, rule, outcome }) => {
  expect(rule).toContain(`["${word}", `)
  expect(outcomeOf(JSON.parse(rule) as unknown[])).toBe(outcome)
})

test('the filter that the page begins with can be used', () => {
  const passes = compileFilter(JSON.parse(filter) as object)
  expect([passes({ status: 'open' }), passes({ status: 'closed' })]).toEqual([true, false])
})

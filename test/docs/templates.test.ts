/** docs/templates.md: every example gives what the page says, and the page names every helper and every name that templates see. */
import { describe, expect, test } from 'vitest'
import { stepContext } from '../../src/engine/adaptors/step-context.ts'
import { exportDates } from '../../src/engine/adaptors/export-dates.ts'
import { importContext, requestContext, toLookupContext } from '../../src/engine/template/template-context.ts'
import { helperNames, render, type Escaping } from '../../src/engine/template/template.ts'
import { aRun, connectionTo, exportDoc, importDoc } from '../engine/adaptors/stage.ts'
import { blocksOf, codeOf, codesOf, pageOf, rowsOf, sectionOf } from './page.ts'

const page = pageOf('templates.md')
const record = JSON.parse(blocksOf(page, 'json')[0] as string) as Record<string, unknown>
const tables: Readonly<Record<string, Readonly<Record<string, unknown>>>> = { countries: { PT: 'Portugal' } }
/** The request that the page signs. */
const hashOptions = {
  method: 'GET',
  URI: 'https://bucket.s3.amazonaws.com/tea.csv',
  body: '',
  headers: { 'x-amz-date': '20260305T143000Z' },
}
const rendered = (template: string, escaping: Escaping = 'raw'): string =>
  render(template, { record, hashOptions }, escaping, { lookup: (name, value) => tables[name]?.[String(value)] })

const helpers = rowsOf(sectionOf(page, '## Helpers')).map(([name = '', template = '', result = '']) => ({
  name: codeOf(name),
  template: codeOf(template),
  result: codeOf(result),
  varies: result.startsWith('such as '),
}))

describe('the helpers', () => {
  test('are all of those that there are, and no others', () => {
    expect(helpers.map(({ name }) => name).toSorted()).toEqual([...helperNames].toSorted())
  })

  test.each(helpers)('$name', ({ name, template, result, varies }) => {
    expect(template).toMatch(new RegExp(`[{#(]${name}[ }]`))
    // Chance and the time of day differ in their digits and in nothing else.
    const shape = (text: string): string => (varies ? text.replace(/\d/g, '0') : text)
    expect(shape(rendered(template))).toBe(shape(result))
  })
})

test('values are written as the page says, by where they stand', () => {
  const rows = rowsOf(sectionOf(page, '## How values are written'))
  const template = /\| where \| `([^`]+)` writes \|/.exec(page)?.[1] as string
  expect(rows.map(([where = '']) => codeOf(where))).toEqual(['raw', 'uri', 'json', 'xml', 'csv'])
  for (const [where = '', written = ''] of rows)
    expect({ where, written: rendered(template, codeOf(where) as Escaping) }).toEqual({ where, written: codeOf(written) })
})

test('the page names everything that templates see', () => {
  const named = rowsOf(sectionOf(page, '## What templates see')).flatMap(([name = '']) => codesOf(name))
  const connection = connectionTo('http://127.0.0.1')
  const ofSteps = (['export', 'import'] as const).flatMap((kind) => {
    const doc = kind === 'export' ? exportDoc({}) : importDoc({})
    return Object.keys(stepContext({ doc, connection, run: aRun() }, kind, { connection }))
  })
  const ofRecords = Object.keys({ ...importContext({}, [], {}), ...requestContext({}, [{}], true), ...toLookupContext(undefined) }).filter(
    (name) => name !== '0',
  )
  const seen = [
    ...ofSteps,
    ...ofRecords,
    ...Object.keys(exportDates(exportDoc({}), aRun())),
    'exportStartTime',
    'previous_page',
    'hmacOptions',
    'hashOptions',
  ]
  expect(named.toSorted()).toEqual([...new Set(seen)].toSorted())
})

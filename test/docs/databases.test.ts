/** docs/databases.md: the statements of its table, as they are made, and its lists, as the program has them. */
import { expect, test } from 'vitest'
import { findDatabase } from '../../src/engine/adaptors/rdbms/engines/index.ts'
import { joinStatement } from '../../src/engine/adaptors/rdbms/engines/sql-text.ts'
import { compileStatement } from '../../src/engine/template/statement.ts'
import { importResource } from '../../src/contract/resources/import.ts'
import { codesOf, pageOf, rowsOf, sectionOf } from './page.ts'

const page = pageOf('databases.md')
const values = sectionOf(page, '## Values are bound')
const record = JSON.parse(/record `(\{.*\})`/.exec(values)?.[1] ?? '') as object
const code = (cell: string | undefined): string => /^`(.*)`$/.exec(cell ?? '')?.[1] ?? ''
const rows = rowsOf(values)

test('the page has statements', () => expect(rows.length).toBeGreaterThan(8))

test.each(rows)('%s', (written, sent, bound) => {
  const statement = compileStatement(code(written), 'postgresql')({ record }, {})
  expect([joinStatement(statement, (place) => `$${place + 1}`), JSON.stringify(statement.values)]).toEqual([code(sent), code(bound)])
})

test('the kinds that it names are those that can be used', () => {
  const named = codesOf(/\(`rdbms.type`: (.*?)\)/.exec(page)?.[1] ?? '')
  expect(named.length).toBe(9)
  expect(named.filter((name) => findDatabase(name) === undefined)).toEqual([])
})

test('every way of writing has a row', () => {
  const { items } = (
    importResource.stored as unknown as { properties: { rdbms: { properties: { queryType: { items: { enum: string[] } } } } } }
  ).properties.rdbms.properties.queryType
  const named = new Set(rowsOf(sectionOf(page, '## Imports')).flatMap(([what = '']) => codesOf(what)))
  expect([...named].toSorted()).toEqual(items.enum.toSorted())
})

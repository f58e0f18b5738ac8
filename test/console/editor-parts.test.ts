/** What the editors of the console are made of, without a browser: rules and their words, parts of JSON, pasted rows, fields of samples, and what is offered in templates. */
import { describe, expect, test } from 'vitest'
import { listFields, listMappingPaths } from '../../console/src/editors/sample-paths.ts'
import {
  insertAt,
  moveBefore,
  pathAfterInsert,
  pathAfterMove,
  pathAfterRemove,
  readAt,
  writeAt,
  type Path,
} from '../../console/src/editors/json-at.ts'
import { findRenamed, renameLookup } from '../../console/src/editors/lookups/rename-lookup.ts'
import { findRecords, findRecordsOf } from '../../console/src/builder/find-records.ts'
import { nameConnection } from '../../console/src/builder/starts.ts'
import { toHint } from '../../console/to-hint.ts'
import { readSpreadsheet } from '../../console/src/parts/read-spreadsheet.ts'
import { findProblems } from '../../console/src/editors/mapping/find-problems.ts'
import { mappingShape } from '../../console/src/editors/mapping/shape.ts'
import { responseMappingShape, toCopyRules, toResponseMapping, toResponseRows } from '../../console/src/editors/response-mapping/shape.ts'
import { argumentsOf, functionsOf } from '../../console/src/editors/script/hooks.ts'
import { readRules, writeRules } from '../../console/src/editors/filter/filter-tree.ts'
import { templateHelpers } from '../../console/src/editors/template/template-helpers.ts'
import { codeOf, pageOf, rowsOf, sectionOf } from '../docs/page.ts'

describe('rules of filters', () => {
  const extract = (path: string) => ['extract', path]
  test.each([
    [[]],
    [['equals', ['string', extract('status')], 'open']],
    [['and', ['greaterthan', ['number', extract('total')], 5], ['or', ['empty', extract('note')], ['not', ['boolean', extract('paid')]]]]],
    [['or', ['anyof', extract('status'), 'a', 'b'], ['equals', ['lowercase', ['string', extract('x')]], ['settings', 'flow.region']]]],
    // What the editor has no words for.
    [
      [
        'and',
        ['string', ['lowercase', extract('x')]],
        ['frobnicate', 1],
        ['not', extract('a'), extract('b')],
        ['equals', extract('a')],
        true,
      ],
    ],
    [['equals', ['number', ['string', extract('x')]], 5]],
  ])('%j is read and written again as it was', (rules) => {
    expect(writeRules(readRules(rules))).toEqual(rules)
  })

  test('a group of one rule is that rule', () => {
    expect(writeRules(readRules(['and', ['empty', extract('x')]]))).toEqual(['empty', extract('x')])
  })
})

describe('parts of JSON', () => {
  test('a part is moved before another one, in its list and out of it', () => {
    const value = { list: ['a', 'b', 'c', { list: ['d', 'e'] }] }
    expect(moveBefore(value, ['list', 2], ['list', 0]).list).toEqual(['c', 'a', 'b', { list: ['d', 'e'] }])
    expect(moveBefore(value, ['list', 0], ['list', 2]).list).toEqual(['b', 'a', 'c', { list: ['d', 'e'] }])
    expect(moveBefore(value, ['list', 0], ['list', 3, 'list', 1]).list).toEqual(['b', 'c', { list: ['d', 'a', 'e'] }])
    expect(moveBefore(value, ['list', 3, 'list', 0], ['list', 1]).list).toEqual(['a', 'd', 'b', 'c', { list: ['e'] }])
    expect(moveBefore(value, ['list', 3], ['list', 3, 'list', 0])).toBe(value)
  })

  test('what is emptied is taken away, and nothing is changed in place', () => {
    const value = { a: [1, 2], b: { c: 3 } }
    expect(writeAt(value, ['a', 0], undefined)).toEqual({ a: [2], b: { c: 3 } })
    expect(writeAt(value, ['b', 'c'], undefined)).toEqual({ a: [1, 2], b: {} })
    expect(value).toEqual({ a: [1, 2], b: { c: 3 } })
  })
})

describe('paths of parts that move', () => {
  const value = { list: ['a', { list: ['b', 'c'] }, 'd', { list: ['e', 'f'] }] }
  const paths: readonly Path[] = [0, 1, 2, 3]
    .map((i): Path => ['list', i])
    .flatMap((path) =>
      Array.isArray((readAt(value, path) as { list?: unknown }).list) ? [path, [...path, 'list', 0], [...path, 'list', 1]] : [path],
    )

  test('lead to the same part after each move', () => {
    for (const from of paths)
      for (const to of [...paths, ['list', 4], ['list', 1, 'list', 2]]) {
        // What holds another part is another object once that has moved.
        const isLeaf = (path: Path) => typeof readAt(value, path) === 'string'
        for (const path of paths.filter(isLeaf))
          expect(readAt(moveBefore(value, from, to), pathAfterMove(path, from, to))).toBe(readAt(value, path))
      }
  })

  test('lead to the same part after another one came or went, and nowhere where it went itself', () => {
    expect(readAt(insertAt(value, ['list'], 1, 'new'), pathAfterInsert(['list', 3, 'list', 1], ['list'], 1))).toBe('f')
    expect(pathAfterInsert(['list', 0], ['list'], 1)).toEqual(['list', 0])
    expect(pathAfterRemove(['list', 3, 'list', 1], ['list', 1])).toEqual(['list', 2, 'list', 1])
    expect(pathAfterRemove(['list', 1, 'list', 0], ['list', 1])).toBeUndefined()
  })
})

describe('a lookup that is renamed', () => {
  const rename = ['country', 'nation'] as const
  test('is found between two lists, and only where none came or went', () => {
    expect(findRenamed([{ name: 'a' }, { name: 'country' }], [{ name: 'a' }, { name: 'nation', map: {} }])).toEqual(rename)
    expect(findRenamed([{ name: 'a' }], [{ name: 'a' }, { name: 'b' }])).toBeUndefined()
    expect(findRenamed([{ name: 'a' }], [{ name: 'a', map: {} }])).toBeUndefined()
    expect(findRenamed(undefined, [{ name: 'a' }])).toBeUndefined()
  })

  test('has its new name in fields and templates, and nothing else is touched', () => {
    const document = {
      name: 'country',
      mappings: [{ generate: 'country', lookupName: 'country' }, { lookupName: 'other' }],
      http: {
        ignoreLookupName: 'country',
        body: ['{{lookup "country" record.a}} {{#if (lookup \'country\' record.b)}}x{{/if}} {{lookup "countryside" x}} lookup "country"'],
      },
    }
    expect(renameLookup(document, rename)).toEqual({
      name: 'country',
      mappings: [{ generate: 'country', lookupName: 'nation' }, { lookupName: 'other' }],
      http: {
        ignoreLookupName: 'nation',
        body: ['{{lookup "nation" record.a}} {{#if (lookup "nation" record.b)}}x{{/if}} {{lookup "countryside" x}} lookup "country"'],
      },
    })
  })
})

test('records that an answer wraps are found where they lie nearest to the top, and only where there is one record', () => {
  const [one, two] = [{ id: 1 }, { id: 2 }]
  expect(findRecords([{ page: 1, orders: [one, two] }])).toEqual({ path: 'orders', count: 2 })
  expect(findRecords([{ links: [one, two], data: { items: [one, two, one] } }])).toEqual({ path: 'links', count: 2 })
  expect(findRecords([{ data: { some: [one, two], items: [one, two, one] } }])).toEqual({ path: 'data.items', count: 3 })
  expect(findRecords([{ orders: [one, two] }, { orders: [one, two] }])).toBeUndefined()
  expect(findRecords([{ a: { b: { c: { d: [one, two] } } }, tags: ['a', 'b'], lines: [one] }])).toBeUndefined()
  expect(findRecords([])).toBeUndefined()
  // A path has dots between names.
  expect(findRecords([{ 'a.b': [one, two], data: { items: [one, two] } }])).toEqual({ path: 'data.items', count: 2 })
})

test('the path to wrapped records goes on from where an export reads already, and is offered of records alone that are as the answer has them', () => {
  const records = [{ items: [{ id: 1 }, { id: 2 }] }]
  const of = (http: object, others = {}) => findRecordsOf({ adaptorType: 'HTTPExport', http, ...others }, records)?.path
  const below = { response: { resourcePath: 'data' } }
  expect(of({})).toBe('items')
  expect(of(below)).toBe('data.items')
  expect(of({ ...below, paging: { method: 'page' } })).toBe('data.items')
  expect(of({ ...below, paging: { resourcePath: 'more' } })).toBeUndefined()
  expect(of(below, { transform: { type: 'expression' } })).toBeUndefined()
  expect(of(below, { hooks: { preSavePage: { function: 'f' } } })).toBeUndefined()
  expect(of(below, { adaptorType: 'RDBMSExport' })).toBeUndefined()
})

test.each([
  ['https://api.shop.example:8443/v1', 'api.shop.example'],
  ['http://127.0.0.1:4001', '127.0.0.1:4001'],
  ['http://localhost:4002/v1?a=b', 'localhost:4002'],
  ['http://localhost', 'localhost'],
])('a connection to %s is called %s', (baseURI, name) => {
  expect(nameConnection({ type: 'http', http: { baseURI } }, 'HTTP')).toBe(name)
})

test('a hint says nothing that only those who write JSON have a use for', () => {
  expect(toHint('Kind of proof. `custom` leaves it to templates. `jwt` and `specific` are out of use.')).toBe(
    'Kind of proof. custom leaves it to templates.',
  )
  expect(toHint('Body of the request. Handlebars. One for each request, in the order of requestType.')).toBe(
    'Body of the request. May use Handlebars.',
  )
})

test('rows of a spreadsheet are read with tabs, commas and quotes', () => {
  expect(readSpreadsheet('DE\tGermany\r\nFR\tFrance\n')).toEqual([
    ['DE', 'Germany'],
    ['FR', 'France'],
  ])
  expect(readSpreadsheet('a,"b, c"\n"say ""hi""",d')).toEqual([
    ['a', 'b, c'],
    ['say "hi"', 'd'],
  ])
})

test('fields of a sample are offered as paths, those within a list as its entries see them', () => {
  const records = [{ number: 1, customer: { city: 'Bonn' }, lines: [{ sku: 'A' }], 'odd name': 2 }]
  expect(listFields(records).map(({ path }) => path)).toEqual([
    'number',
    'customer',
    'customer.city',
    'lines',
    'lines[*]',
    'lines[*].sku',
    "['odd name']",
  ])
  expect(listMappingPaths(records, [])).toContain('$.lines[*].sku')
  expect(listMappingPaths(records, ['$.lines[*]'])).toContain('$.lines.sku')
  expect(listMappingPaths(records, [])).toContain("$['odd name']")
})

test('a mapping begins with the fields of a record, each of its type', () => {
  const record = { id: 'A-1', total: 3, paid: true, note: null, buyer: { city: 'Porto' }, 'ship to': 'x', tags: ['a'], lines: [{ sku: 1 }] }
  const fields = mappingShape.copyFields?.(record) ?? []
  expect(fields.map(({ generate, dataType, extract }) => [generate, dataType, extract])).toEqual([
    ['id', 'string', '$.id'],
    ['total', 'number', '$.total'],
    ['paid', 'boolean', '$.paid'],
    ['note', 'string', '$.note'],
    ['buyer', 'object', '$.buyer'],
    ['ship to', 'string', "$['ship to']"],
    ['tags', 'stringarray', undefined],
    ['lines', 'objectarray', undefined],
  ])
  expect(fields.slice(-2).map(({ buildArrayHelper }) => buildArrayHelper)).toEqual([
    [{ extract: '$.tags[*]' }],
    [{ extract: '$.lines[*]' }],
  ])
  expect(mappingShape.copyFields?.([record])).toEqual([])
})

test('a response mapping has lists as rows, beside its fields', () => {
  const fields = [{ extract: 'id', generate: 'shipment.id' }]
  const rows = responseMappingShape.addList?.(toResponseRows({ fields })) ?? {}
  expect(toResponseMapping(rows)).toEqual({ fields, lists: [{ generate: '', fields: [{ extract: '', generate: '' }] }] })
  const named = writeAt(rows, ['mapping', 'lists', 0], { generate: 'found', fields: [{ extract: 'data[*].id', generate: 'key' }] })
  expect(responseMappingShape.list(named, () => false).map(({ kind, names }) => [kind, ...names])).toEqual([
    ['field', 'shipment', 'id'],
    ['list', 'found'],
    ['field', 'found', 'key'],
  ])
  expect(toCopyRules(named)).toEqual([...fields, { extract: 'data[*].id', generate: 'found[*].key' }])
})

test('a problem stands on the row of its field, within lists and objects too', () => {
  const leaf = (generate: string) => ({ generate, dataType: 'number', extract: '$.x', status: 'Active' })
  const mappings = [
    leaf('a'),
    { generate: 'o', dataType: 'object', status: 'Active', mappings: [leaf('b')] },
    { generate: 'l', dataType: 'objectarray', status: 'Active', buildArrayHelper: [{ extract: '$.y[*]', mappings: [leaf('c')] }] },
  ]
  const rows = mappingShape.list({ mappings } as never, () => false)
  const each = [{ problems: ['Cannot map the field "o.b": no number.'] }, { problems: ['Cannot map the field "l.c": no number.'] }]
  expect([...findProblems(rows, { each, problems: ['It names a lookup that is not there. (field "a")'] })]).toEqual([
    ['mappings.0', { message: 'It names a lookup that is not there. (field "a")' }],
    ['mappings.1.mappings.0', { message: 'Cannot map the field "o.b": no number.', record: 0 }],
    ['mappings.2.buildArrayHelper.0.mappings.0', { message: 'Cannot map the field "l.c": no number.', record: 1 }],
  ])
})

test('a function of a branching is handed which flow, API or tool calls it, as in a run', () => {
  const context = { kind: 'import', document: {}, settings: {} } as const
  const around = { settings: {}, testMode: true, record: { id: 1 } }
  expect(argumentsOf('branching', [{ id: 1 }], { ...context, flowId: 'f', integrationId: 'i' })).toEqual({
    _flowId: 'f',
    _integrationId: 'i',
    ...around,
  })
  expect(argumentsOf('branching', [{ id: 1 }], { ...context, owner: { _apiId: 'a' } })).toEqual({ _apiId: 'a', ...around })
})

test('functions of a script are found by their names', () => {
  expect(functionsOf('function a() {}\nexport function b() {\n  function inner() {}\n}\nconst c = (options) => 1\nlet d = 2')).toEqual([
    'a',
    'b',
    'c',
  ])
})

test('templates are offered every helper that the page on templates has, with its example', () => {
  const rows = rowsOf(sectionOf(pageOf('templates.md'), '## Helpers')).map(([name = '', template = '']) => [codeOf(name), codeOf(template)])
  expect(templateHelpers.map(([name, example]) => [name, example])).toEqual(rows)
})

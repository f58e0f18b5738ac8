/** What `sluice lint` finds in the mappings of a flow: fields that they read and that the sample of their source lacks. */
import { expect, it } from 'vitest'
import { findProblems } from '../../src/cli/lifecycle/lint.ts'

type Doc = Readonly<Record<string, unknown>>

const source = '65f0c0ffee65f0c0ffee0001'
const [first, second] = ['65f0c0ffee65f0c0ffee0002', '65f0c0ffee65f0c0ffee0003']
const sample = { id: 1, customer: { name: 'a' }, lines: [{ sku: 'b' }] }
const mapper2 = (extract: string) => ({ mappings: [{ generate: 'a', dataType: 'string', extract, status: 'Active' }] })
const mapper1 = (extract: string) => ({ mapping: { fields: [{ generate: 'a', extract }] } })
const inList = (extract: string) => ({ mapping: { lists: [{ generate: 'items', fields: [{ generate: 'a', extract }] }] } })
const steps = (...ids: readonly string[]) => ids.map((_importId) => ({ type: 'import', _importId }))
const oneAfterTheOther = { pageProcessors: steps(first, second) }
const inBranches = {
  routers: [
    {
      id: 'r',
      branches: [
        { name: 'one', pageProcessors: steps(first) },
        { name: 'two', pageProcessors: steps(second) },
      ],
    },
  ],
}

it.each<[string, Doc, Doc, Doc, readonly string[]]>([
  ['Mapper 2.0', oneAfterTheOther, mapper2('$.customer.name'), mapper2('$.client.name'), ['mappings.0.extract: client']],
  ['templates', oneAfterTheOther, mapper2('{{record.id}}'), mapper2('{{record.number}}'), ['mappings.0.extract: number']],
  ['steps of branches', inBranches, mapper2('$.id'), mapper2('$.number'), ['mappings.0.extract: number']],
  ['Mapper 1.0', oneAfterTheOther, mapper1('customer.name'), mapper1('client.name'), ['mapping.fields.0.extract: client']],
  ['lists of Mapper 1.0', inBranches, inList('lines[*].sku'), inList('rows[*].sku'), ['mapping.lists.0.fields.0.extract: rows']],
  ['what no path says', oneAfterTheOther, mapper1('{{uppercase nowhere}}'), mapper1('[a field]'), []],
])('%s', (_name, flow, one, two, expected) => {
  const step = (adaptorType: string, doc: Doc) => JSON.stringify({ name: 'it', adaptorType, _connectionId: 'connections/it', ...doc })
  const files = new Map([
    ['connections/it.json', JSON.stringify({ name: 'it', type: 'http', http: { mediaType: 'json', baseURI: 'https://a.example' } })],
    [`exports/it.${source}.json`, step('HTTPExport', { http: { relativeURI: '/' }, sampleData: [sample] })],
    [`imports/one.${first}.json`, step('HTTPImport', { http: { method: ['POST'], relativeURI: ['/'] }, ...one })],
    [`imports/two.${second}.json`, step('HTTPImport', { http: { method: ['POST'], relativeURI: ['/'] }, ...two })],
    ['flows/it.json', JSON.stringify({ name: 'it', pageGenerators: [{ _exportId: source }], ...flow })],
  ])
  const found = findProblems(files).map(({ file, field, level, message }) => [
    file,
    level,
    `${field}: ${message.split(' ').at(-1)?.slice(0, -1)}`,
  ])
  expect(found).toEqual(expected.map((each) => [`imports/two.${second}.json`, 'warning', each]))
})

/** Mappings, templates, paths and filters that are expensive to read or to evaluate, with records to evaluate them over. */

export interface Attack {
  readonly name: string
  /** Fields of the import. */
  readonly fields: object
  readonly record: object
  readonly records?: number
}

export const mapped = (...extracts: readonly string[]): object => ({
  mappings: extracts.map((extract, i) => ({ generate: `x${i}`, dataType: 'string', extract, status: 'Active' })),
})
export const times = (count: number, extract: string): object => mapped(...Array.from({ length: count }, () => extract))
const each = (depth: number): string => `${'{{#each record.a}}'.repeat(depth)}{{this}}${'{{/each}}'.repeat(depth)}`
const nested = (text: string, count: number): string => `{{${'('.repeat(count)}${text}${')'.repeat(count)}}}`
export const list = <T>(length: number, entry: (i: number) => T): T[] => Array.from({ length }, (_, i) => entry(i))

export const one = { a: 1 }
const many = { a: list(3000, (i) => ({ b: i })) }
const zoned = {
  extractDateFormat: 'YYYY-MM-DD',
  extractDateTimezone: 'America/New_York',
  generateDateFormat: 'dddd MMMM YYYY HH:mm:ss ZZ',
  generateDateTimezone: 'Asia/Tokyo',
}
const inLists = (depth: number): object[] =>
  depth === 0
    ? [{ generate: 'x', dataType: 'string', extract: '$.a[*].b', status: 'Active' }]
    : [
        {
          generate: 'l',
          dataType: 'objectarray',
          status: 'Active',
          buildArrayHelper: [{ extract: '$.a[*]', mappings: inLists(depth - 1) }],
        },
      ]

export const attacks: readonly Attack[] = [
  { name: '38 kB of nested parentheses', fields: mapped(nested('a', 19_000)), record: one },
  { name: '100 kB of them', fields: mapped(nested('a', 49_990)), record: one },
  { name: 'helpers within helpers', fields: mapped(`{{${'(uppercase '.repeat(4000)}"a"${')'.repeat(4000)}}}`), record: one },
  { name: '9,000 nested blocks', fields: mapped('{{#a}}'.repeat(9000) + '{{/a}}'.repeat(9000)), record: one },
  { name: '{{a}} 49,000 times', fields: mapped('{{a}}'.repeat(49_000)), record: one },
  { name: 'as many expressions as one template may have', fields: mapped('{{a}}'.repeat(2000)), record: one },
  { name: '200 fields of 8 kB', fields: mapped(...list(200, (i) => `{{join "," ${'record.a '.repeat(890)}${i}}}`)), record: one },
  {
    name: 'as much of them as one document may have',
    fields: mapped(...list(12, (i) => `{{join "," ${'record.a '.repeat(890)}${i}}}`)),
    record: one,
  },
  { name: 'nested {{#each}}', fields: mapped(each(6)), record: { a: list(3000, (i) => i) } },
  {
    name: '{{#each}} that builds texts',
    fields: mapped(`{{#each record.a}}{{#each ../record.a}}{{uppercase (join "," ../../record.a)}}{{/each}}{{/each}}`),
    record: { a: list(1000, (i) => i) },
  },
  {
    name: 'JSONPath match()',
    fields: times(50, `$.a[?match(@.b, '(a|a)*(a|a)*(a|a)*c')]`),
    record: { a: list(1000, () => ({ b: 'a'.repeat(500) })) },
  },
  {
    name: 'JSONPath search() below ..',
    fields: times(50, `$..*[?search(@, '(x+x+)+y')]`),
    record: { a: list(3000, () => 'x'.repeat(40)) },
  },
  { name: '.. twice', fields: times(200, '$..*..*'), record: many },
  { name: 'regexMatch', fields: times(50, '{{regexMatch record.t "(a+)+(a+)+(a+)+b"}}'), record: { t: 'a'.repeat(20_000) } },
  {
    name: 'regexReplace of the square of a text',
    fields: times(20, '{{regexReplace record.t "" "a*b" "g"}}'),
    record: { t: 'a'.repeat(99_000) },
  },
  {
    name: 'sort within a loop',
    fields: mapped('{{#each (sort record.a "b")}}{{#each (sort ../record.a "b")}}x{{/each}}{{/each}}'),
    record: many,
  },
  {
    name: 'jsonParse of 300,000 lists, 100 times',
    fields: times(100, '{{#with (jsonParse record.t)}}{{this.length}}{{/with}}'),
    record: { t: JSON.stringify(list(300_000, () => [])) },
  },
  { name: 'lists within lists of a mapping', fields: { mappings: inLists(3) }, record: many },
  { name: 'a[*] 500 times of all of a record', fields: times(500, '$.a[*].b'), record: many },
  {
    name: '1,500 dates with zones',
    fields: { mappings: list(1500, (i) => ({ generate: `d${i}`, dataType: 'string', extract: '$.d', status: 'Active', ...zoned })) },
    record: { d: '2020-01-01' },
  },
  {
    name: 'lists of the first mapper',
    fields: {
      mapping: {
        fields: [],
        lists: list(50, (i) => ({
          generate: `l${i}`,
          fields: [
            { extract: 'a[*].b', generate: 'x' },
            { extract: '{{record.a}}', generate: 'y' },
          ],
        })),
      },
    },
    record: many,
  },
  {
    name: 'stars of the first mapper',
    fields: { mapping: { fields: list(500, (i) => ({ generate: `f${i}`, extract: '*.*.*.*.*.*.*' })) } },
    record: many,
  },
  {
    name: 'a filter that looks for a pattern',
    fields: {
      filter: { type: 'expression', expression: { version: '1', rules: ['matches', ['string', ['extract', 't']], '(a+)+(a+)+(a+)+b'] } },
    },
    record: { t: 'a'.repeat(20_000) },
  },
  {
    name: 'a filter of 2,000 comparisons of all of a record',
    fields: {
      filter: {
        type: 'expression',
        expression: { version: '1', rules: ['and', ...list(2000, () => ['notequals', ['extract', 'a[*]'], ['extract', 'a[*]']])] },
      },
    },
    record: many,
  },
  {
    name: 'a table of 15,000 entries',
    fields: { ...mapped('$.a'), lookups: [{ name: 'l', map: Object.fromEntries(list(15_000, (i) => [`k${i}`, i])) }] },
    record: one,
  },
  {
    name: '1,000 records of 60 fields',
    fields: mapped(...list(60, (i) => `$.f${i}`)),
    record: Object.fromEntries(list(60, (i) => [`f${i}`, 'x'.repeat(40)])),
    records: 1000,
  },
]

export const importOf = ({ name, fields }: Attack, _connectionId: string): object => ({
  name,
  _connectionId,
  adaptorType: 'HTTPImport',
  http: { method: ['POST'], relativeURI: ['/sink/attack'] },
  ...fields,
})
export const recordsOf = ({ record, records = 2 }: Attack): object[] => list(records, () => record)

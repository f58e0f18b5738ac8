/** Imports into a relational database: a statement for each record or page, or the bulk way of the database. */
import { Type } from 'typebox'
import { link } from '../../kit.ts'
import type { Lookup } from '../../shared/lookup.ts'
import { flag, list, optional, nullableText, object, text, texts } from '../../shared/schema-helpers.ts'

const queryTypes = ['INSERT', 'UPDATE', 'bulk_insert', 'per_record', 'per_page', 'first_page', 'bulk_load'] as const
type QueryType = (typeof queryTypes)[number]

export const bulkInsert = object(
  'Rows that are written many at a time, without a statement of your own.',
  optional({ tableName: text('Table to write to.'), batchSize: text('Rows at a time, written as a string.') }),
)

export const rdbms = object('What is told to the database.', {
  queryType: Type.Unsafe<QueryType[] | null>({
    type: ['array', 'null'],
    items: { type: 'string', enum: queryTypes },
    description:
      'How often each statement runs: for each record, for each page, for the first page only, or not at all for the bulk ways. `INSERT` and `UPDATE` are older words for `per_record`.',
  }),
  ...optional({
    query: texts('Statements, one for each entry of `queryType`. Handlebars.'),
    bulkInsert,
    bulkLoad: object(
      'Rows that are loaded into a table beside, and merged from there.',
      optional({
        tableName: text('Table to write to.'),
        primaryKeys: texts('Columns that tell which row is meant; a row that is there is updated.'),
        overrideMergeQuery: flag('True merges with the statement in `query`.'),
      }),
    ),
    lookups: list(link<Lookup>('Lookup'), 'Lookups that the statements name.'),
    updateLookupName: nullableText('Lookup whose result, where there is one, means that the row is there and is updated.'),
    updateExtract: nullableText('Path in the record whose value, where there is one, means that the row is there and is updated.'),
    ignoreLookupName: nullableText('Lookup whose result, where there is one, leaves the record out.'),
    ignoreExtract: nullableText('Path in the record whose value, where there is one, leaves the record out.'),
  }),
})

/** Imports into a database over JDBC. */
import { Type } from 'typebox'
import { link } from '../../kit.ts'
import type { Lookup } from '../../shared/lookup.ts'
import { flag, list, optional, object, text, texts } from '../../shared/schema-helpers.ts'
import { bulkInsert } from './rdbms.ts'

export const jdbc = object('What is told to the database.', {
  queryType: list(
    Type.Enum(['bulk_insert', 'per_record', 'per_page', 'bulk_load'], { type: 'string' }),
    'How often each statement runs: for each record, for each page, or not at all for the bulk ways.',
  ),
  ...optional({
    query: texts('Statements, one for each entry of `queryType`. Handlebars.'),
    bulkInsert,
    bulkLoad: object(
      'Rows that are loaded into a table beside, and merged from there.',
      optional({
        tableName: text('Table to write to.'),
        primaryKeys: Type.Unsafe<string[] | null>({
          type: ['array', 'null'],
          items: { type: 'string' },
          description: 'Columns that tell which row is meant; a row that is there is updated.',
        }),
        overrideMergeOrInsertQuery: flag('True merges or inserts with the statement in `query`.'),
      }),
    ),
    lookups: list(link<Lookup>('Lookup'), 'Lookups that the statements name.'),
  }),
})

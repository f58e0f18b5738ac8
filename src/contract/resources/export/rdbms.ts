/** Exports from a relational database. */
import { optional, object, text } from '../../shared/schema-helpers.ts'

export const rdbms = object(
  'What is asked of the database.',
  optional({
    tables: text('Tables that the statement reads, for editors.'),
    query: text('SELECT statement. Handlebars; a lookup has the record in scope.'),
    once: object('How a record is marked as fetched, for type `once`.', optional({ query: text('Statement that marks it. Handlebars.') })),
  }),
)

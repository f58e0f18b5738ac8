/** Exports from a relational database. */
import { maybe, object, text } from '../../shared/words.ts'

export const rdbms = object(
  'What is asked of the database.',
  maybe({
    tables: text('Tables that the statement reads, for editors.'),
    query: text('SELECT statement. Handlebars; a lookup has the record in scope.'),
    once: object('How a record is marked as fetched, for type `once`.', maybe({ query: text('Statement that marks it. Handlebars.') })),
  }),
)

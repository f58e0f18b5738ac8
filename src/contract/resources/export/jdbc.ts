/** Exports from a database over JDBC. */
import { choice, optional, object, text, texts } from '../../shared/schema-helpers.ts'

export const jdbc = object('What is asked of the database.', {
  query: text('SELECT statement. Handlebars.'),
  ...optional({
    formType: choice(['sql', 'simple'], 'Whether people write the statement or choose table and columns.'),
    once: object('How a record is marked as fetched, for type `once`.', optional({ query: text('Statement that marks it. Handlebars.') })),
    simple: object(
      'What was chosen instead of writing a statement.',
      optional({ table: text('Table to read.'), columns: texts('Columns to read.'), filter: text('Condition on the rows.') }),
    ),
  }),
})

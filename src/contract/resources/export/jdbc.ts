/** Exports from a database over JDBC. */
import { choice, maybe, object, text, texts } from '../../shared/words.ts'

export const jdbc = object('What is asked of the database.', {
  query: text('SELECT statement. Handlebars.'),
  ...maybe({
    formType: choice(['sql', 'simple'], 'Whether people write the statement or choose table and columns.'),
    once: object('How a record is marked as fetched, for type `once`.', maybe({ query: text('Statement that marks it. Handlebars.') })),
    simple: object(
      'What was chosen instead of writing a statement.',
      maybe({ table: text('Table to read.'), columns: texts('Columns to read.'), filter: text('Condition on the rows.') }),
    ),
  }),
})

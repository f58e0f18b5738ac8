/** Exports from a collection of MongoDB. */
import { choice, optional, object, text } from '../../shared/schema-helpers.ts'

export const mongodb = object('Which documents are fetched.', {
  collection: text('Name of the collection.'),
  ...optional({
    method: choice(['find'], 'What is done with the collection.'),
    filter: text('Which documents to fetch, as JSON. Handlebars.'),
    projection: text('Which fields to fetch, as JSON.'),
    pipeline: text('Stages of an aggregation, as JSON.'),
    readPreference: choice(
      ['doNotOverride', 'primary', 'primaryPreferred', 'secondary', 'secondaryPreferred', 'nearest'],
      'Which members of a replica set are read from.',
      { default: 'doNotOverride' },
    ),
  }),
})

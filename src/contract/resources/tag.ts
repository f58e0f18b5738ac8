/** A tag: a word that people put on errors to sort them. Its label goes by `tag` and by `name`; rules/tag.ts keeps the two alike. */
import { Type } from 'typebox'
import { defineResource } from '../resource.ts'
import { optional, text } from '../shared/schema-helpers.ts'
import { deletedAt } from './read-only-fields.ts'

/** Long enough for a phrase, short enough for a label. */
const label = { minLength: 1, maxLength: 200 }

export const tag = defineResource({
  name: 'tag',
  model: 'Tag',
  collection: 'tags',
  description: 'A tag: a word that people put on errors to sort them.',
  body: Type.Object(
    optional({
      tag: text('What people see, at most 200 characters. Required, here or as `name`.', label),
      name: text('The same as `tag`. Where both are sent and differ, the one that is new counts.', label),
      color: text('Colour that it is shown in, in words of your own.', { maxLength: 50 }),
    }),
  ),
  answered: optional({
    tagId: text('Short id that errors name the tag by.', { readOnly: true }),
    deletedAt,
  }),
  identity: ['_id', 'name', 'tag'],
  filters: ['tag', 'name'],
  projection: false,
})

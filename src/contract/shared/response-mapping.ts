/** What a step gives back to the record that went through it. Both lists are bare arrays. */
import { Type, type Static } from 'typebox'
import { list, optional, text } from './schema-helpers.ts'

const field = Type.Object(
  optional({
    extract: text('Path in the answer: `id` or `_json.x` of an import, `data[0].x` of a lookup.'),
    generate: text('Path in the record to write to.'),
  }),
)

export const ResponseMapping = Type.Object(
  optional({
    fields: list(field, 'Values to copy.'),
    lists: list(
      Type.Object(
        optional({
          generate: text('Path in the record of the list to write.'),
          fields: list(field, 'Values to copy in each entry of the list.'),
        }),
      ),
      'Lists to copy entry by entry.',
    ),
  }),
  { description: 'Copies from the answer of a step into the record that went through it.' },
)
export type ResponseMapping = Static<typeof ResponseMapping>

/** Ids of documents within texts: where no schema says that they refer to anything, a copy may still act on the original. */
import { Type } from 'typebox'
import { objectId } from './kit.ts'
import { optional, text } from './shared/schema-helpers.ts'

const resource = {
  type: text('Its type: `flow`.'),
  _id: objectId({ description: 'Its id.' }),
  name: text('What it is called.'),
}

export const Mention = Type.Object({
  ...resource,
  path: text('Dotted path of the text that holds the id.'),
  mentioned: Type.Object(resource, { description: 'The document that the id is of. The id as the original has it.' }),
  remapped: Type.Boolean({
    description:
      'True where the text gets the id of what takes its place: in settings, templates and whatever else is no code. False in source text of scripts, which stays as it is.',
  }),
  ...optional({ becomes: objectId({ description: 'Id that takes its place, where that is known.' }) }),
})

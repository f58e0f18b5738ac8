/** The script that may change or refuse a document before it is stored. */
import { Type, type Static } from 'typebox'
import { ref } from '../kit.ts'
import { optional, text } from './schema-helpers.ts'

export const PreSave = Type.Object(
  optional({
    function: text(
      'Name of the function. It gets `newResource` and `oldResource` and returns the resource to store; a throw refuses the save.',
    ),
    _scriptId: ref('scripts', { description: 'Script that holds the function.' }),
  }),
  { description: 'A script that runs before the document is stored.' },
)
export type PreSave = Static<typeof PreSave>

/** Code of the account's own at one stage of an export or import: in a script, or on a stack. */
import { Type, type Static } from 'typebox'
import { ref } from '../kit.ts'
import { anyObject, optional, text } from './schema-helpers.ts'

export const Hook = Type.Object(
  optional({
    function: text('Name of the function to call, once a page.'),
    _scriptId: ref('scripts', { description: 'Script that holds the function. Either this or a stack.' }),
    _stackId: ref('stacks', { description: 'Stack that serves the function. Either this or a script.' }),
    configuration: anyObject('Passed to the function as it is.'),
  }),
  { description: 'A function that is called with each page.' },
)
export type Hook = Static<typeof Hook>

/** Exports through a function of a stack. */
import { anyObject, optional, object, text } from '../../shared/schema-helpers.ts'

export const wrapper = object('A function of the stack that fetches a page each time it is called.', {
  function: text('Name of the function.'),
  ...optional({ configuration: anyObject('Passed to the function as it is.') }),
})

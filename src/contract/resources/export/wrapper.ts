/** Exports through a function of a stack. */
import { free, maybe, object, text } from '../../shared/words.ts'

export const wrapper = object('A function of the stack that fetches a page each time it is called.', {
  function: text('Name of the function.'),
  ...maybe({ configuration: free('Passed to the function as it is.') }),
})

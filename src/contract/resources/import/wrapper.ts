/** Imports through a function of a stack. */
import { link } from '../../kit.ts'
import type { Lookup } from '../../shared/lookup.ts'
import { free, list, maybe, object, text } from '../../shared/words.ts'

export const wrapper = object('A function of the stack that takes a page.', {
  function: text('Name of the function.'),
  ...maybe({
    configuration: free('Passed to the function as it is.'),
    lookups: list(link<Lookup>('Lookup'), 'Lookups that the function may use.'),
  }),
})

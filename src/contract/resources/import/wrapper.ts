/** Imports through a function of a stack. */
import { link } from '../../kit.ts'
import type { Lookup } from '../../shared/lookup.ts'
import { anyObject, list, optional, object, text } from '../../shared/schema-helpers.ts'

export const wrapper = object('A function of the stack that takes a page.', {
  function: text('Name of the function.'),
  ...optional({
    configuration: anyObject('Passed to the function as it is.'),
    lookups: list(link<Lookup>('Lookup'), 'Lookups that the function may use.'),
  }),
})

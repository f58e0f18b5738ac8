/** Errors in the console, as a person works them off. */
import { describe } from 'vitest'
import { tellInBrowser } from './in-a-browser.ts'
import { tellErrors } from './stories/errors.ts'
import { tellFlow } from './stories/flow.ts'
import { tellFoundErrors } from './stories/found-errors.ts'

tellInBrowser((world) => {
  // Whose run leaves the errors.
  describe('a flow', () => {
    tellFlow(world)
  })
  describe('errors of a step', () => {
    tellErrors(world)
  })
  describe('errors that are looked for', () => {
    tellFoundErrors(world)
  })
})

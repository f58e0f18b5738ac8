/** Errors in the console, as a person works them off. */
import { describe } from 'vitest'
import { tellInBrowser } from './in-a-browser.ts'
import { tellErrors } from './stories/errors.ts'
import { tellFoundErrors } from './stories/found-errors.ts'

tellInBrowser((world) => {
  describe('errors of a step', () => {
    tellErrors(world)
  })
  describe('errors that are looked for', () => {
    tellFoundErrors(world)
  })
})

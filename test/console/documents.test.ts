/** Documents of every type in the console, what goes wrong on the way, and every page for those who use no mouse. */
import { describe } from 'vitest'
import { tellInBrowser } from './in-a-browser.ts'
import { tellAccessibility } from './stories/accessibility.ts'
import { tellForms } from './stories/forms.ts'
import { tellFirstUse } from './stories/home.ts'
import { tellHostileNames } from './stories/hostile-names.ts'
import { tellMishaps } from './stories/mishaps.ts'
import { tellResources } from './stories/resources.ts'
import { tellSharing } from './stories/sharing.ts'
import { tellUnsaved } from './stories/unsaved.ts'

tellInBrowser((world) => {
  describe('documents and the account', () => {
    tellResources(world)
  })
  describe('users and what they have access to', () => {
    tellSharing(world)
  })
  describe('forms, search and data', () => {
    tellForms(world)
  })
  describe('mishaps', () => {
    tellMishaps(world)
  })
  describe('what is not saved', () => {
    tellUnsaved(world)
  })
  describe('hostile names', () => {
    tellHostileNames(world)
  })
  describe('accessibility', () => {
    tellAccessibility(world)
  })
  // After what is looked at on every page: until then the account is empty.
  describe('an account that is empty', () => {
    tellFirstUse(world)
  })
})

/** What is made of a record on its way, in the console: mapping, filter, script, template and transform, edited, seen at once, saved, and carried out by a run. */
import { describe } from 'vitest'
import { tellInBrowser } from './in-a-browser.ts'
import { tellEditorDialogs } from './stories/editor-dialogs.ts'
import { tellEditors } from './stories/editors.ts'
import { tellEditorMishaps } from './stories/editor-mishaps.ts'

tellInBrowser((world) => {
  describe('editors of a step', () => {
    tellEditors(world)
  })
  describe('parts of a step in the dialogs of the flow builder', () => {
    tellEditorDialogs(world)
  })
  describe('what goes wrong in them', () => {
    tellEditorMishaps(world)
  })
})

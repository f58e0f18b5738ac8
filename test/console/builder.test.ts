/** The flow builder as a person uses it: from an empty account to records that arrive, branchings, undo, two people at one flow, and all of it by the keyboard. */
import { describe } from 'vitest'
import { tellInBrowser } from './in-a-browser.ts'
import { tellBuilding } from './stories/building.ts'
import { tellBuildingFromEvents } from './stories/building-from-events.ts'
import { tellEditing } from './stories/editing-flows.ts'
import { tellSigningInConnections } from './stories/signing-in-connections.ts'

tellInBrowser((world) => {
  describe('a flow from nothing', () => {
    tellBuilding(world)
    tellBuildingFromEvents(world)
    tellSigningInConnections(world)
  })
  describe('a flow that is changed', () => {
    tellEditing(world)
  })
})

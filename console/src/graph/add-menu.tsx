/** What can be put at a place of a flow: a lookup, an import, or a branching. */
import { use } from 'react'
import type { Place } from '../builder/flow-edits.ts'
import { Icon } from '../parts/icon.tsx'
import { Menu } from '../parts/menu.tsx'
import { builderWords } from '../words/builder.ts'
import { CanvasEditingContext } from './canvas-editing.ts'

const words = builderWords.canvas
const kinds = [
  { what: 'lookup', icon: 'search' },
  { what: 'import', icon: 'box' },
  { what: 'router', icon: 'branch' },
] as const

interface AddMenuProps {
  readonly place: Place
  /** What comes before it. */
  readonly after: string
  /** Words on the button; a plus where there are none. */
  readonly text?: string
}

export function AddMenu({ place, after, text }: AddMenuProps) {
  const editing = use(CanvasEditingContext)
  if (!editing) return null
  return (
    <Menu
      label={text !== undefined ? words.addStepAfter(after) : after ? words.addAfter(after) : words.addBetween}
      className={text === undefined ? 'plus' : 'button plus-step'}
      trigger={
        <>
          <Icon name="plus" size={text === undefined ? 12 : 16} />
          {text}
        </>
      }
      items={kinds.map(({ what, icon }) => ({ ...words.items[what], icon, onSelect: () => editing.onAdd(what, place) }))}
    />
  )
}

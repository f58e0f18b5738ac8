/** Menus that open from a button. */
import { DropdownMenu } from 'radix-ui'
import { useEffect, useRef, useState, type ReactNode, type SyntheticEvent } from 'react'
import { Icon, type IconName } from './icon.tsx'

export interface MenuItem {
  readonly label: string
  readonly icon?: IconName
  readonly danger?: boolean
  readonly checked?: boolean
  readonly detail?: string
  readonly onSelect: () => void
}

interface MenuProps {
  /** What the button does; left out where the trigger says it. */
  readonly label?: string
  readonly trigger: ReactNode
  readonly items: readonly (MenuItem | { readonly heading: string })[]
  readonly className?: string
}

const keysThatOpen: ReadonlySet<string> = new Set(['Enter', ' ', 'ArrowDown'])

/** A plain button until it is first opened: what a menu needs besides would be made for every row of a table. */
export function Menu(props: MenuProps) {
  const { label, trigger, className = 'button icon-only' } = props
  const [used, setUsed] = useState<{ readonly byKey: boolean; readonly within: HTMLElement | null }>()
  if (used) return <OpenMenu {...props} {...used} className={className} />
  const open = (event: SyntheticEvent<HTMLElement>, byKey: boolean) => {
    // The focus goes to the menu, and not to the button that it takes the place of.
    event.preventDefault()
    setUsed({ byKey, within: event.currentTarget.closest('dialog') })
  }
  return (
    <button
      type="button"
      className={className}
      {...(label && { 'aria-label': label, title: label })}
      aria-haspopup="menu"
      aria-expanded={false}
      onPointerDown={(event) => event.button === 0 && !event.ctrlKey && open(event, false)}
      onKeyDown={(event) => keysThatOpen.has(event.key) && open(event, true)}
    >
      {trigger}
    </button>
  )
}

interface OpenMenuProps extends MenuProps {
  readonly byKey: boolean
  /** The dialog that its button stands in: beside an open dialog nothing of the page can be reached. */
  readonly within: HTMLElement | null
}

/** Open when it is first drawn; by a key, with its first item focused as it is from then on. */
function OpenMenu({ label, trigger, items, className, byKey, within }: OpenMenuProps) {
  const content = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!byKey) return
    // It is drawn elsewhere in the page, after this.
    const frame = requestAnimationFrame(() => content.current?.querySelector<HTMLElement>('[role=menuitem]')?.focus())
    return () => cancelAnimationFrame(frame)
  }, [byKey])
  return (
    <DropdownMenu.Root modal={false} defaultOpen>
      <DropdownMenu.Trigger className={className} {...(label && { 'aria-label': label, title: label })}>
        {trigger}
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal container={within}>
        <DropdownMenu.Content ref={content} className="menu" align="start" sideOffset={4} collisionPadding={8}>
          {items.map((item) =>
            'heading' in item ? (
              <DropdownMenu.Label key={item.heading} className="menu-heading">
                {item.heading}
              </DropdownMenu.Label>
            ) : (
              <DropdownMenu.Item key={item.label} className={item.danger ? 'menu-item danger' : 'menu-item'} onSelect={item.onSelect}>
                {item.icon && <Icon name={item.icon} />}
                <span className="menu-text">
                  {item.label}
                  {item.detail && <small>{item.detail}</small>}
                </span>
                {item.checked && <Icon name="check" />}
              </DropdownMenu.Item>
            ),
          )}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

export const MoreMenu = ({ label, items }: { readonly label: string; readonly items: MenuProps['items'] }) =>
  items.length === 0 ? null : <Menu label={label} trigger={<Icon name="more" />} items={items} />

/** Menus that open from a button. */
import { DropdownMenu } from 'radix-ui'
import type { ReactNode } from 'react'
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

export function Menu({ label, trigger, items, className = 'button icon-only' }: MenuProps) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className={className} {...(label && { 'aria-label': label, title: label })}>
        {trigger}
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="start" sideOffset={4} collisionPadding={8}>
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

/** Buttons, and links that look like them. */
import { Link } from '@tanstack/react-router'
import type { ButtonHTMLAttributes, ReactNode } from 'react'
import { Icon, type IconName } from './icon.tsx'

export type ButtonKind = 'primary' | 'plain' | 'quiet' | 'danger'

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly kind?: ButtonKind
  readonly icon?: IconName
  /** It waits for an answer: it cannot be pressed twice. */
  readonly busy?: boolean
}

export function Button({ kind = 'plain', icon, busy = false, children, ...rest }: ButtonProps) {
  return (
    <button type="button" {...rest} className={`button ${kind}`} aria-busy={busy || undefined} disabled={busy || rest.disabled}>
      {icon && <Icon name={icon} />}
      {children}
    </button>
  )
}

/** A button without words of its own: the label is read aloud, and shown when the mouse rests. */
export function IconButton({
  icon,
  label,
  ...rest
}: Omit<ButtonProps, 'kind' | 'children'> & { readonly icon: IconName; readonly label: string }) {
  return (
    <button type="button" {...rest} className="button icon-only" aria-label={label} title={label}>
      <Icon name={icon} />
    </button>
  )
}

interface LinkButtonProps {
  readonly to: string
  readonly search?: Readonly<Record<string, string>>
  readonly kind?: ButtonKind
  readonly icon?: IconName
  /** Read aloud in place of its words, where these stand in every row. */
  readonly label?: string
  readonly children: ReactNode
}

export function LinkButton({ to, search, kind = 'plain', icon, label, children }: LinkButtonProps) {
  return (
    <Link to={to} {...(search && ({ search } as object))} className={`button ${kind}`} aria-label={label}>
      {icon && <Icon name={icon} />}
      {children}
    </Link>
  )
}

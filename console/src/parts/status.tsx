/** How things are, in a word and a colour. Red is for what failed, and for nothing else. */
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { formatShort } from './time.tsx'

export type Tone = 'neutral' | 'accent' | 'error'

export const Badge = ({ tone = 'neutral', children }: { readonly tone?: Tone; readonly children: ReactNode }) => (
  <span className={`badge ${tone}`}>{children}</span>
)

/** A number of errors: red where there are any, and a way to them where there is one. */
interface ErrorCountProps {
  readonly count: number
  readonly words?: string
  readonly to?: string
  /** Which of the errors are meant. */
  readonly search?: Readonly<Record<string, string>>
}

export function ErrorCount({ count, words: text, to, search }: ErrorCountProps) {
  if (count === 0) return <span className="soft">{text ?? '0'}</span>
  const shown = text ?? formatShort(count)
  return to ? (
    <Link to={to} {...(search && ({ search } as object))} className="error-count">
      {shown}
    </Link>
  ) : (
    <span className="error-count">{shown}</span>
  )
}

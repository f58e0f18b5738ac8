/** What stands in place of a page or a list: nothing yet, still loading, refused. */
import { useQueryErrorResetBoundary } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { CallRefused, explain } from '../api/client.ts'
import { words } from '../words.ts'
import { Button } from './button.tsx'
import { Icon, type IconName } from './icon.tsx'

export function Empty({ icon, title, children, action }: { icon: IconName; title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="empty">
      <Icon name={icon} size={24} />
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {action}
    </div>
  )
}

/** Lines where text will be. Shown only after a moment: what is there at once does not flicker. */
export function Loading({ lines = 6 }: { readonly lines?: number }) {
  return (
    <div className="loading" role="status" aria-label={words.states.loading}>
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} className="bone" />
      ))}
    </div>
  )
}

/** A page that could not be shown says why, and what can be done. */
export function PageProblem({ error, reset }: { readonly error: unknown; readonly reset?: () => void }) {
  const router = useRouter()
  const { reset: forget } = useQueryErrorResetBoundary()
  const isGone = error instanceof CallRefused && error.status === 404
  const again = () => {
    forget()
    reset?.()
    void router.invalidate()
  }
  return (
    <Empty
      icon={isGone ? 'search' : 'alert'}
      title={isGone ? words.states.gone : words.states.failed}
      action={isGone ? undefined : <Button onClick={again}>{words.states.again}</Button>}
    >
      {isGone ? words.states.goneWhy : explain(error)}
    </Empty>
  )
}

/** A refusal beside what was refused. */
export function Refusal({ error }: { readonly error: unknown }) {
  if (error === null || error === undefined) return null
  return (
    <p className="refusal" role="alert">
      <Icon name="alert" />
      <span>{explain(error)}</span>
    </p>
  )
}

/** The head of a page: where it lies, what it is, what can be done. */
import { Link, useRouterState } from '@tanstack/react-router'
import { useEffect, type ReactNode } from 'react'
import { words } from '../words.ts'

interface Crumb {
  readonly label: string
  readonly to: string
}

interface PageHeadProps {
  readonly title: string
  readonly crumbs?: readonly Crumb[]
  readonly detail?: ReactNode
  readonly children?: ReactNode
}

export function PageHead({ title, crumbs = [], detail, children }: PageHeadProps) {
  useEffect(() => {
    document.title = `${title} · ${words.product}`
  }, [title])
  return (
    <header className="page-head">
      <div className="page-title">
        {crumbs.length > 0 && (
          <nav aria-label={words.frame.crumbs} className="crumbs">
            {crumbs.map(({ label, to }) => (
              <Link key={to} to={to} title={label}>
                {label}
              </Link>
            ))}
          </nav>
        )}
        <h1 title={title}>{title}</h1>
        {detail && <div className="page-detail">{detail}</div>}
      </div>
      {children && <div className="page-actions">{children}</div>}
    </header>
  )
}

export interface Tab {
  readonly label: string
  readonly to: string
  readonly count?: number | undefined
  /** Pages that are opened from it, and have no tab of their own. */
  readonly holds?: readonly string[]
}

/** Tabs that are pages: links, with the one in sight marked. */
export function Tabs({ label, tabs }: { readonly label: string; readonly tabs: readonly Tab[] }) {
  const path = useRouterState({ select: ({ location }) => location.pathname })
  return (
    <nav className="tabs" aria-label={label}>
      {tabs.map(({ label: text, to, count, holds = [] }) => (
        <Link
          key={to}
          to={to}
          className={holds.includes(path) ? 'tab active' : 'tab'}
          activeProps={{ className: 'tab active', 'aria-current': 'page' }}
        >
          {text}
          {count !== undefined && count > 0 && <span className="tab-count">{count}</span>}
        </Link>
      ))}
    </nav>
  )
}

/** A choice between few, in one row. */
export function Switch<Value extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string
  value: Value
  options: readonly { readonly value: Value; readonly label: string }[]
  onChange: (value: Value) => void
}) {
  return (
    <div className="switch" role="group" aria-label={label}>
      {options.map((option) => (
        <button key={option.value} type="button" aria-pressed={option.value === value} onClick={() => onChange(option.value)}>
          {option.label}
        </button>
      ))}
    </div>
  )
}

/** The pages before one is signed in: a card in the middle. */
import { useEffect, type ReactNode } from 'react'
import { words } from '../words.ts'
import { Mark } from './icon.tsx'

export function Gate({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · ${words.product}`
  }, [title])
  return (
    <main className="gate">
      <div className="gate-card">
        <div className="gate-brand">
          <Mark />
          <span>{words.product}</span>
        </div>
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  )
}

/** Finds documents of every type by their names, from any page. */
import { useNavigate } from '@tanstack/react-router'
import { useRef, useState, type KeyboardEvent } from 'react'
import { useLater } from '../api/queries.ts'
import { collections, isCollection } from '../collections.ts'
import { words } from '../words.ts'
import { Dialog } from './dialog.tsx'
import { pathOf } from './dependents.tsx'
import { Icon } from './icon.tsx'
import { SearchBox } from './search-box.tsx'
import { Refusal } from './states.tsx'

export function SearchEverything({ onClose }: { readonly onClose: () => void }) {
  const [sought, setSought] = useState('')
  const found = useLater('searchDocuments', { query: { q: sought, limit: 50 } }, sought.trim() !== '')
  const results = useRef<HTMLUListElement>(null)
  const navigate = useNavigate()
  const open = (collection: string, id: string) => {
    onClose()
    void navigate({ to: pathOf(collection, id) })
  }
  /** The arrows go through what was found, from the box and back. */
  const move = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    const buttons = [...(results.current?.querySelectorAll('button') ?? [])]
    if (step === 0 || buttons.length === 0) return
    event.preventDefault()
    const next = buttons.indexOf(document.activeElement as HTMLButtonElement) + step
    if (next < 0) event.currentTarget.querySelector('input')?.focus()
    else buttons[Math.min(next, buttons.length - 1)]?.focus()
  }
  return (
    <Dialog title={words.search.title} onClose={onClose}>
      <div className="dialog-body search-everything" onKeyDown={move}>
        <SearchBox label={words.search.label} value={sought} onChange={setSought} />
        <Refusal error={found.error} />
        {found.data?.length === 0 && (
          <p className="soft" role="status">
            {words.search.none}
          </p>
        )}
        <ul ref={results} className="choices" aria-label={words.search.found} aria-busy={found.isFetching || undefined}>
          {found.data?.map(({ collection, _id, name, type }) => (
            <li key={`${collection} ${_id}`}>
              <button type="button" className="choice found" onClick={() => open(collection, _id)}>
                <Icon name={isCollection(collection) ? collections[collection].icon : 'box'} />
                <span className="choice-text">{name || _id}</span>
                <span className="soft">
                  {[isCollection(collection) ? collections[collection].one : collection, type].filter(Boolean).join(' · ')}
                </span>
              </button>
            </li>
          ))}
        </ul>
      </div>
    </Dialog>
  )
}

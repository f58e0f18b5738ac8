/** Opens the search of everything: by a button, by `/`, and by Ctrl or ⌘ with K. */
import { lazy, Suspense, useEffect, useState } from 'react'
import { words } from '../words.ts'
import { Icon } from './icon.tsx'

const SearchEverything = lazy(async () => ({ default: (await import('./search-everything.tsx')).SearchEverything }))

/** Where a key is a letter that is typed. */
const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))

export function SearchButton() {
  const [isOpen, setOpen] = useState(false)
  useEffect(() => {
    const open = (event: KeyboardEvent) => {
      const isSlash = event.key === '/' && !isTyping(event.target)
      if (!isSlash && !((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k')) return
      event.preventDefault()
      setOpen(true)
    }
    addEventListener('keydown', open)
    return () => removeEventListener('keydown', open)
  }, [])
  return (
    <>
      <button type="button" className="scope" onClick={() => setOpen(true)}>
        <Icon name="search" />
        <span className="user-name">{words.search.title}</span>
        <kbd>/</kbd>
      </button>
      <Suspense>{isOpen && <SearchEverything onClose={() => setOpen(false)} />}</Suspense>
    </>
  )
}

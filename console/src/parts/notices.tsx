/** Short notices of what has been done, read aloud too. They go by themselves. */
import { useLayoutEffect, useRef, useSyncExternalStore } from 'react'
import { Icon } from './icon.tsx'

interface Notice {
  readonly id: number
  readonly text: string
  readonly failed: boolean
}

/** Time to read a sentence; what failed stays longer. In milliseconds. */
const shownMs = 5000
const failedMs = 12_000
/** Notices in sight at once. */
const most = 4

let notices: readonly Notice[] = []
let next = 0
const listeners = new Set<() => void>()
function set(changed: readonly Notice[]): void {
  notices = changed
  for (const listener of listeners) listener()
}

/** Answers what takes it away before its time. */
export function notify(text: string, failed = false): () => void {
  const id = next++
  set([...notices, { id, text, failed }].slice(-most))
  const withdraw = () => set(notices.filter((notice) => notice.id !== id))
  setTimeout(withdraw, failed ? failedMs : shownMs)
  return withdraw
}

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

export function Notices() {
  const shown = useSyncExternalStore(subscribe, () => notices)
  const place = useRef<HTMLDivElement>(null)
  // Above a dialog that is open, and not below its veil: what is shown last lies on top.
  useLayoutEffect(() => {
    if (shown.length === 0 || !document.querySelector('dialog:modal')) return
    if (place.current?.matches(':popover-open')) place.current.hidePopover()
    place.current?.showPopover()
  }, [shown])
  return (
    <div ref={place} className="notices" role="status" popover="manual">
      {shown.map(({ id, text, failed }) => (
        <p key={id} className={failed ? 'notice failed' : 'notice'}>
          <Icon name={failed ? 'alert' : 'check'} />
          <span>{text}</span>
        </p>
      ))}
    </div>
  )
}

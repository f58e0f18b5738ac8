/** Which integrations stand first on the start page: remembered by the browser, for each user of it. */
import { useState } from 'react'
import { useSession } from './api/session.ts'

/** More than anybody looks at first. */
const most = 200

export function usePins() {
  const { user } = useSession()
  const key = `sluice.pins.${user._id}`
  const [pins, setPins] = useState<readonly string[]>(() => read(key))
  return {
    isPinned: (id: string): boolean => pins.includes(id),
    toggle(id: string): void {
      const next = pins.includes(id) ? pins.filter((each) => each !== id) : [...pins, id].slice(-most)
      setPins(next)
      localStorage.setItem(key, JSON.stringify(next))
    },
  }
}

function read(key: string): readonly string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? '[]')
    return Array.isArray(stored) ? stored.filter((each) => typeof each === 'string') : []
  } catch {
    return []
  }
}

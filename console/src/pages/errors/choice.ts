/** Which errors are chosen: one by one, or all that match. It holds for one filter: under another one it begins anew. */
import { useState } from 'react'
import type { StepError } from '../../api/step-errors.ts'

interface Choice {
  /** The filter that it was made under. */
  readonly filter: string
  readonly isAll: boolean
  readonly ids: ReadonlySet<string>
}

const noChoice = (filter: string): Choice => ({ filter, isAll: false, ids: new Set() })

/** To untick one of all that match chooses the others that are shown. */
function toggleOne(choice: Choice, id: string, shown: readonly string[]): Choice {
  const before = choice.isAll ? new Set(shown) : choice.ids
  const ids = new Set(before.has(id) ? [...before].filter((each) => each !== id) : [...before, id])
  return { ...choice, isAll: false, ids }
}

export function useChoice(errors: readonly StepError[], filter: string) {
  const [made, setMade] = useState(() => noChoice(filter))
  const choice = made.filter === filter ? made : noChoice(filter)
  const { isAll, ids } = choice
  const shown = errors.map(({ errorId }) => errorId)
  const clear = () => setMade(noChoice(filter))
  const isEvery = isAll || shown.every((id) => ids.has(id))
  return {
    isAll,
    isEvery,
    errors: errors.filter(({ errorId }) => ids.has(errorId)),
    has: (id: string) => isAll || ids.has(id),
    clear,
    toggle: (id: string) => setMade(toggleOne(choice, id, shown)),
    toggleAll: () => setMade({ ...choice, isAll: !isAll }),
    toggleEvery: () => (isEvery ? clear() : setMade({ ...choice, ids: new Set(shown) })),
  }
}

/** What each kind of a part said last while its editor is open: a user who looks at another kind and comes back finds it as it was. */
import { useRef } from 'react'

/** `value` is what the kind in sight says. Answers what another kind said, or what it begins as. */
export function useRemembered<Kind, Value>(kind: Kind, value: Value): (kind: Kind, begun: Value) => Value {
  const said = useRef(new Map<Kind, Value>())
  said.current.set(kind, value)
  return (wanted, begun) => (said.current.has(wanted) ? (said.current.get(wanted) as Value) : begun)
}

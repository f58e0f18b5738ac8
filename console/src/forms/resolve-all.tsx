/** Resolves all errors that match, once somebody has seen how many there are. */
import { useMatchingCount, type ErrorFilter, type ErrorScope } from '../api/step-errors.ts'
import { errorWords } from '../words/errors.ts'
import { Confirm } from '../parts/dialog.tsx'

interface ResolveAllProps {
  readonly scope: ErrorScope
  readonly filter: ErrorFilter
  readonly onResolve: () => void
  readonly onClose: () => void
}

export function ResolveAllForm({ scope, filter, onResolve, onClose }: ResolveAllProps) {
  const count = useMatchingCount(scope, filter)
  const confirm = () => {
    onClose()
    onResolve()
  }
  return (
    <Confirm title={errorWords.resolveAsk(count)} action={errorWords.resolve} kind="danger" onConfirm={confirm} onClose={onClose}>
      <p>{errorWords.resolveHint}</p>
    </Confirm>
  )
}

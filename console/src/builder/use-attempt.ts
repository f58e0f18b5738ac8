/** Something that the API may refuse: while it goes on a form is busy, and what was refused stands at its fields. */
import { useState } from 'react'
import { problemsOf, type Problem } from '../api/problems.ts'

interface Attempts {
  readonly isBusy: boolean
  readonly problems: readonly Problem[]
  readonly setProblems: (problems: readonly Problem[]) => void
  readonly attempt: (act: () => Promise<void>) => Promise<void>
}

/** `onRefused` gets the problems as well. */
export function useAttempt(onRefused?: (problems: readonly Problem[]) => void): Attempts {
  const [isBusy, setBusy] = useState(false)
  const [problems, setProblems] = useState<readonly Problem[]>([])
  const attempt = async (act: () => Promise<void>) => {
    setBusy(true)
    setProblems([])
    try {
      await act()
    } catch (error) {
      const refused = problemsOf(error)
      setProblems(refused)
      onRefused?.(refused)
    }
    setBusy(false)
  }
  return { isBusy, problems, setProblems, attempt }
}

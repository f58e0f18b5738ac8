/** A save of a document that somebody else saved first: both versions are shown, and one chooses before it is saved again. */
import { useState, type ReactNode } from 'react'
import { CallRefused } from '../api/client.ts'
import type { Versioned } from '../api/versioned.ts'
import { ConflictDialog } from './conflict-dialog.tsx'

interface Conflict {
  readonly theirs: Versioned<unknown>
  readonly mine: unknown
  readonly base: unknown
}

interface ConflictActs {
  /** Reads the document anew. */
  readonly read: () => Promise<Versioned<unknown>>
  /** Goes on with what was chosen of both; `mine` is what was sent. */
  readonly onChoose: (value: unknown, theirs: Versioned<unknown>, mine: unknown) => void
}

interface Conflicts {
  /** Whether it is stored. Where somebody else was first, both versions are shown; any other refusal is thrown. */
  readonly attempt: (save: () => Promise<unknown>, mine: unknown, base: unknown) => Promise<boolean>
  readonly dialog: ReactNode
}

export function useConflict({ read, onChoose }: ConflictActs): Conflicts {
  const [conflict, setConflict] = useState<Conflict>()
  const forget = () => setConflict(undefined)
  return {
    attempt: async (save, mine, base) => {
      try {
        await save()
        return true
      } catch (error) {
        if (!(error instanceof CallRefused && error.status === 412)) throw error
        // The document may be gone by now, which then is what is thrown.
        setConflict({ theirs: await read(), mine, base })
        return false
      }
    },
    dialog: conflict && (
      <ConflictDialog
        theirs={conflict.theirs.result}
        mine={conflict.mine}
        base={conflict.base}
        onClose={forget}
        onChoose={(value) => {
          forget()
          onChoose(value, conflict.theirs, conflict.mine)
        }}
      />
    ),
  }
}

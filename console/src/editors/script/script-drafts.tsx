/** The texts of scripts that are edited beside a step and not saved yet: another hook can be looked at meanwhile, and who leaves is asked. */
import { createContext, useContext, useMemo, useRef, useState, type ReactNode } from 'react'
import { call, CallRefused, callWithVersion, type CallResult } from '../../api/client.ts'
import { queryClient, refresh } from '../../api/queries.ts'
import { ifMatch, type Versioned } from '../../api/versioned.ts'
import { ConflictDialog } from '../../parts/conflict-dialog.tsx'
import { notify } from '../../parts/notices.tsx'
import { useUnsaved } from '../../parts/unsaved.tsx'
import { editorWords } from '../../words/editors.ts'

const words = editorWords.script

type Script = CallResult<'getScript'>

interface Draft {
  /** The script that the text was made from. */
  readonly base: Versioned<Script>
  readonly content: string
  /** Why it could not be saved. */
  readonly error?: unknown
}

export interface ScriptDrafts {
  readonly of: (scriptId: string) => Draft | undefined
  readonly isChanged: boolean
  readonly isBusy: boolean
  readonly change: (base: Versioned<Script>, content: string) => void
  /** Saves one of them, or all; whether nothing was refused. */
  readonly save: (scriptId?: string) => Promise<boolean>
  readonly conflict: Conflict | undefined
  readonly choose: (script: unknown) => void
  readonly forget: () => void
}

/** Somebody else has saved the script first. */
interface Conflict {
  readonly theirs: Versioned<Script>
  readonly mine: Script
  readonly base: Script
}

type Drafts = ReadonlyMap<string, Draft>

const isDirty = ({ base, content }: Draft): boolean => content !== base.result.content
const readScript = (_id: string): Promise<Versioned<Script>> => callWithVersion('getScript', { params: { _id } })

export function useScriptDrafts(): ScriptDrafts {
  const [drafts, setDrafts] = useState<Drafts>(() => new Map())
  const [isBusy, setBusy] = useState(false)
  const [conflict, setConflict] = useState<Conflict>()
  // What is typed while an answer is awaited is there when it comes.
  const newest = useRef(drafts)
  newest.current = drafts
  const acts = useMemo(() => {
    const put = (draft: Draft) => {
      newest.current = new Map([...newest.current, [draft.base.result._id, draft]])
      setDrafts(newest.current)
    }
    const store = async (draft: Draft): Promise<boolean> => {
      const { base, content } = draft
      const { _id, name } = base.result
      try {
        await call('updateScript', { params: { _id }, body: { ...base.result, content }, ...ifMatch(base.version) })
        const saved = await readScript(_id)
        put({ base: saved, content: newest.current.get(_id)?.content ?? content })
        notify(words.saved(name))
        return true
      } catch (error) {
        put({ ...(newest.current.get(_id) ?? draft), error })
        if (error instanceof CallRefused && error.status === 412) {
          const theirs = await readScript(_id).catch(() => undefined)
          if (theirs) setConflict({ theirs, mine: { ...theirs.result, content }, base: base.result })
        }
        return false
      }
    }
    const save = async (scriptId?: string): Promise<boolean> => {
      const wanted = [...newest.current].flatMap(([id, draft]) => (isDirty(draft) && (scriptId ?? id) === id ? [draft] : []))
      if (wanted.length === 0) return true
      setBusy(true)
      const stored: boolean[] = []
      for (const draft of wanted) stored.push(await store(draft))
      await refresh(queryClient, ['getScript', 'listScripts'])
      setBusy(false)
      return stored.every(Boolean)
    }
    return {
      save,
      change: (base: Versioned<Script>, content: string) => put({ base, content }),
      choose: (script: unknown, { theirs }: Conflict) => {
        setConflict(undefined)
        put({ base: theirs, content: (script as Script).content })
        void save(theirs.result._id)
      },
      forget: () => setConflict(undefined),
    }
  }, [])
  const { choose, ...rest } = acts
  return {
    ...rest,
    of: (scriptId) => drafts.get(scriptId),
    isChanged: [...drafts.values()].some(isDirty),
    isBusy,
    conflict,
    choose: (script) => conflict && choose(script, conflict),
  }
}

const Context = createContext<ScriptDrafts | undefined>(undefined)

/** The drafts of what is edited around here. */
export function useDrafts(): ScriptDrafts {
  const drafts = useContext(Context)
  if (!drafts) throw new Error('A script is edited where nothing keeps its text.')
  return drafts
}

export function WithScriptDrafts({ drafts, children }: { readonly drafts: ScriptDrafts; readonly children: ReactNode }) {
  const { isChanged, conflict, choose, forget } = drafts
  useUnsaved(isChanged, { leftBy: ['tab', 'at'] })
  return (
    <Context value={drafts}>
      {children}
      {conflict && (
        <ConflictDialog theirs={conflict.theirs.result} mine={conflict.mine} base={conflict.base} onClose={forget} onChoose={choose} />
      )}
    </Context>
  )
}

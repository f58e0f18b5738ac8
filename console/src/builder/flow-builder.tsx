/** A flow that is built: its graph, the panel of what is chosen there, and its edits with undo and redo until all is saved. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { problemsOf, type Problem } from '../api/problems.ts'
import { queryClient, refresh } from '../api/queries.ts'
import { useNewest, useVersioned, type Versioned } from '../api/versioned.ts'
import type { Addable, CanvasEditing } from '../graph/canvas-editing.ts'
import { FlowCanvas } from '../graph/flow-canvas.tsx'
import type { StepState } from '../graph/step-node.tsx'
import { Button } from '../parts/button.tsx'
import { ConflictDialog } from '../parts/conflict-dialog.tsx'
import { mayTakePlace } from '../parts/dialog-state.ts'
import { notify } from '../parts/notices.tsx'
import { Problems } from '../parts/problems.tsx'
import { useUnsaved } from '../parts/unsaved.tsx'
import { builderWords } from '../words/builder.ts'
import './builder.css'
import { BuilderPanel, flowPanelId, hasPanel, type Samples } from './builder-panel.tsx'
import { addRouter, addSource, addStep, moveStep, newRouterId, removeStep, type Flow, type Place } from './flow-edits.ts'
import { carryOverFlow, carryOverStep } from './edits.ts'
import { findNode, listNodes, routerSubject } from './flow-nodes.ts'
import { useOpened, type Opened } from './use-opened.ts'
import { saveWorkspace, SaveStopped, type SaveConflict } from './save-workspace.ts'
import { isNewId, nextNewId, textOf, useWorkspace, valueOf, type Edits, type StepEdit, type Values, type Workspace } from './workspace.ts'

const words = builderWords

interface FlowBuilderProps {
  readonly flowId: string
  /** What is known of the steps of the flow. */
  readonly steps: ReadonlyMap<string, StepState>
}

export function FlowBuilder({ flowId, steps }: FlowBuilderProps) {
  const loaded = useVersioned('getFlow', { params: { _id: flowId } })
  const workspace = useWorkspace(loaded)
  const { isChanged } = workspace
  const { flow } = workspace.edits
  const opened = useOpened(flow)
  // Others save it meanwhile, too. What was undone here can be done again until then, and what is typed in the panel stays.
  const isHeld = isChanged || workspace.after !== undefined || opened.losesBy(loaded.result)
  useNewest(loaded, workspace.base, isHeld, workspace.begin)
  const { at, open } = opened
  const samples = useSamples()
  const { isBusy, problems, conflict, save, choose, forget } = useSave(
    workspace,
    // What was previewed of a new step stays its sample once it is stored, and its panel stays open.
    (id, storedId) => {
      samples.move(id, storedId)
      opened.rename(id, storedId)
    },
    (stepId) => {
      if (stepId !== undefined) open(findNode(workspace.edits.flow, stepId) ?? '')
    },
    opened.mayBecome,
  )
  useUnsaved(isChanged)
  const history = useHistory(workspace, opened)
  useShortcuts(history)
  const editing = useEditing(workspace, opened)
  const states = useStates(workspace, steps)
  const isOpen = hasPanel(flow, at)
  const isEmpty = (flow.pageGenerators ?? []).length === 0 && !flow.routers && (flow.pageProcessors ?? []).length === 0
  return (
    <section className="builder">
      <BuilderTools {...{ isChanged, isBusy }} {...history} onSave={save} onSettings={() => open(flowPanelId)} />
      <Problems problems={problems.stepId === undefined ? problems.list : []} />
      {isEmpty && <p className="soft">{words.canvas.begin}</p>}
      <div className={isOpen ? 'builder-room with-panel' : 'builder-room'}>
        <FlowCanvas flow={flow} steps={states} editing={editing} />
        {isOpen && (
          <BuilderPanel key={opened.key} {...{ at, workspace, problems, samples }} onClose={() => open('')} onRename={opened.rename} />
        )}
      </div>
      {conflict && (
        <ConflictDialog theirs={conflict.theirs.result} mine={conflict.mine} base={conflict.base} onClose={forget} onChoose={choose} />
      )}
    </section>
  )
}

interface History {
  /** Undefined where there is nothing to go to. */
  readonly undo: (() => void) | undefined
  readonly redo: (() => void) | undefined
}

/** Undo and redo, which ask first where they take what is open away. */
function useHistory({ before, after, undo, redo }: Workspace, { mayBecome }: Opened): History {
  const goTo = (to: Edits | undefined, go: () => void) => to && (() => mayBecome(to.flow) && go())
  return { undo: goTo(before, undo), redo: goTo(after, redo) }
}

function BuilderTools({
  isChanged,
  isBusy,
  undo,
  redo,
  onSave,
  onSettings,
}: History & {
  readonly isChanged: boolean
  readonly isBusy: boolean
  readonly onSave: () => void
  readonly onSettings: () => void
}) {
  return (
    <div className="toolbar builder-tools">
      <Button disabled={!undo} onClick={undo} title={words.edits.undoKey}>
        {words.edits.undo}
      </Button>
      <Button disabled={!redo} onClick={redo} title={words.edits.redoKey}>
        {words.edits.redo}
      </Button>
      <Button onClick={onSettings}>{words.flow.settings}</Button>
      <span className="soft end" role="status">
        {isChanged ? words.edits.unsaved : ''}
      </span>
      <Button kind="primary" busy={isBusy} disabled={!isChanged} onClick={onSave}>
        {words.edits.save}
      </Button>
    </div>
  )
}

/** As everywhere else; within a text the browser undoes what was typed there. Wherever the focus is: what had it may be gone with a step. */
function useShortcuts({ undo, redo }: History): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const key = event.key.toLowerCase()
      if (!(event.ctrlKey || event.metaKey) || (key !== 'z' && key !== 'y')) return
      if (event.target instanceof Element && event.target.closest('input, textarea, dialog, [contenteditable]')) return
      event.preventDefault()
      if (key === 'y' || event.shiftKey) redo?.()
      else undo?.()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [undo, redo])
}

/** Each asks first where it takes the place of something in the panel that is not saved. */
function useEditing({ edits, change }: Workspace, { at, show, mayBecome }: Opened): CanvasEditing {
  const { flow } = edits
  return useMemo(
    () => ({
      selected: at,
      onAdd: (what: Addable, place: Place | undefined) => {
        if (what === 'router') {
          if (!place || !mayTakePlace('at')) return
          const made = {
            id: newRouterId(),
            names: [words.router.branch(1), words.router.branch(2)],
            before: words.panel.namesBefore,
          } as const
          change((now) => ({ ...now, flow: addRouter(now.flow, place, made) }))
          return show(routerSubject(made.id))
        }
        if (!mayTakePlace('at')) return
        const id = nextNewId()
        const edit: StepEdit = { collection: what === 'import' ? 'imports' : 'exports', value: { name: '' } }
        change((now) => ({ flow: withNewStep(now.flow, what, place, id), steps: { ...now.steps, [id]: edit } }))
        show(id)
      },
      onMove: (place: Place, to: number) => {
        change((now) => ({ ...now, flow: moveStep(now.flow, place, to) }))
      },
      onRemove: (place: Place) => {
        if (mayBecome(removeStep(flow, place))) change((now) => ({ ...now, flow: removeStep(now.flow, place) }))
      },
    }),
    [flow, at, change, show, mayBecome],
  )
}

const withNewStep = (flow: Flow, what: 'source' | 'lookup' | 'import', place: Place | undefined, id: string): Flow =>
  what === 'source' || !place
    ? addSource(flow, id)
    : addStep(
        flow,
        place,
        what === 'lookup' ? { type: 'export', _exportId: id } : { type: 'import', _importId: id },
        words.panel.namesBefore,
      )

/** Steps show their names as they are edited, and what is known of their runs. */
function useStates({ edits, known }: Workspace, steps: ReadonlyMap<string, StepState>): ReadonlyMap<string, StepState> {
  return useMemo(() => {
    const states = new Map(steps)
    for (const { stepId, kind } of listNodes(edits.flow)) {
      const values = valueOf({ edits, known }, stepId)
      if (!values) continue
      const name = textOf(values['name']) || words.panel.new[kind]
      const before = steps.get(stepId) ?? { to: '', errorsTo: '', openErrors: 0, isRunning: false }
      states.set(stepId, { ...before, name, ...(isNewId(stepId) && { isNew: true as const }) })
    }
    return states
  }, [edits, known, steps])
}

function useSamples(): Samples & { readonly move: (from: string, to: string) => void } {
  const [of, setOf] = useState<Samples['of']>(() => new Map())
  const keep = useCallback((id: string, records: readonly unknown[]) => setOf((before) => new Map([...before, [id, records]])), [])
  const move = useCallback(
    (from: string, to: string) =>
      setOf((before) => {
        const records = before.get(from)
        return records === undefined ? before : new Map([...before, [to, records]])
      }),
    [],
  )
  return { of, keep, move }
}

export interface SaveProblems {
  readonly stepId: string | undefined
  readonly list: readonly Problem[]
}

const readAgain = [
  'getFlow',
  'getExport',
  'getImport',
  'listFlows',
  'listIntegrationFlows',
  'listIntegrationExports',
  'listIntegrationImports',
  'listExports',
  'listImports',
  'listTiles',
  'listIntegrationConnections',
] as const

/** Saves, and keeps every edit where something was refused; where somebody else saved first one chooses, and it goes on. */
function useSave(
  workspace: Workspace,
  onStored: (id: string, storedId: string) => void,
  onStopped: (stepId: string | undefined) => void,
  mayBecome: (flow: Flow) => boolean,
) {
  const withdraw = useRef<() => void>(undefined)
  const [isBusy, setBusy] = useState(false)
  const [problems, setProblems] = useState<SaveProblems>({ stepId: undefined, list: [] })
  const [conflict, setConflict] = useState<SaveConflict>()
  const attempt = async (edits: Workspace['edits'], base: Versioned<Flow>, known: Workspace['known']) => {
    setBusy(true)
    setProblems({ stepId: undefined, list: [] })
    try {
      const stored = new Map(known)
      const flow = await saveWorkspace({
        edits,
        base,
        known,
        know: (id, step) => {
          stored.set(id, step)
          workspace.know(id, step)
          onStored(id, step._id)
        },
      })
      withdraw.current?.()
      workspace.goOn({ flow, known: stored }, edits)
      await refresh(queryClient, readAgain)
      notify(words.edits.saved)
    } catch (error) {
      const { stepId, why, conflict: met } = error instanceof SaveStopped ? error : new SaveStopped(undefined, error)
      if (met) setConflict(met)
      else {
        setProblems({ stepId, list: problemsOf(why) })
        withdraw.current?.()
        withdraw.current = notify(words.edits.stopped, true)
        onStopped(stepId)
      }
    } finally {
      setBusy(false)
    }
  }
  const choose = (value: unknown) => {
    if (!conflict) return
    const { stepId, theirs, mine } = conflict
    const { edits, base, known } = workspace
    if (stepId === undefined) {
      const next = carryOverFlow(mine as unknown as Flow, edits, value as Flow, known)
      if (!mayBecome(next.flow)) return
      setConflict(undefined)
      workspace.change(() => next)
      workspace.setBase(theirs as unknown as Versioned<Flow>)
      void attempt(next, theirs as unknown as Versioned<Flow>, known)
      return
    }
    setConflict(undefined)
    const step = known.get(stepId)
    if (!step) return
    const next = carryOverStep(mine, edits, value as Values, stepId, step)
    const knownNow = { ...step, stored: theirs }
    workspace.change(() => next)
    workspace.know(stepId, knownNow)
    void attempt(next, base, new Map([...known, [stepId, knownNow]]))
  }
  const save = useCallback(() => void attempt(workspace.edits, workspace.base, workspace.known), [workspace])
  return { isBusy, problems, conflict, save, choose, forget: () => setConflict(undefined) }
}

/** The conflicts of an open revision: a list of all, and one of them at a time with what both sides come from, both sides, and the result. */
import { useState } from 'react'
import type { CallResult } from '../../api/client.ts'
import { useAct, useData } from '../../api/queries.ts'
import { useUrlState } from '../../url-state.ts'
import { lifecycleWords } from '../../words/lifecycle.ts'
import { Button } from '../../parts/button.tsx'
import { nameOfType } from '../../parts/diff/resource-type.ts'
import { Icon } from '../../parts/icon.tsx'
import { Empty, Refusal } from '../../parts/states.tsx'
import { ConflictPanes } from './conflict-panes.tsx'
import type { Revision } from './revision.tsx'
import { ofRevision } from './revision-queries.ts'
import './conflicts.css'

export type Conflict = CallResult<'listRevisionConflicts'>[number]
export type Decision = { readonly use: 'ours' | 'theirs' } | { readonly value: unknown }

const words = lifecycleWords.conflicts
/** Conflicts that are listed before somebody asks for more. */
const shownFirst = 200
/** Conflicts that one request decides: the bound of the API. */
const decidedAtOnce = 1000

export function ConflictsStep({ revision, mayDecide }: { readonly revision: Revision; readonly mayDecide: boolean }) {
  const params = { _id: revision._integrationId, _revisionId: revision._id }
  const conflicts = useData('listRevisionConflicts', { params })
  const [id, setId] = useUrlState('conflict')
  const decide = useAct('resolveRevisionConflicts', ...ofRevision)
  const undecided = conflicts.filter(({ use }) => use === undefined)
  const current = conflicts.find(({ conflictId }) => conflictId === id) ?? undecided[0] ?? conflicts[0]
  if (!current)
    return (
      <Empty icon="check" title={words.none}>
        {words.noneWhy}
      </Empty>
    )
  const send = (decisions: readonly ({ readonly conflictId: string } & Decision)[]) =>
    decide.mutateAsync({ params, body: { conflicts: [...decisions] } })
  const decideOne = async (decision: Decision) => {
    const left = await send([{ conflictId: current.conflictId, ...decision }])
    // On to the next one that is open, in the order of the list.
    const after = conflicts
      .slice(conflicts.indexOf(current) + 1)
      .find(({ conflictId }) => left.some((each) => each.conflictId === conflictId))
    setId((after ?? left[0] ?? current).conflictId)
  }
  const decideRest = async (use: 'ours' | 'theirs') => {
    for (let at = 0; at < undecided.length; at += decidedAtOnce)
      await send(undecided.slice(at, at + decidedAtOnce).map(({ conflictId }) => ({ conflictId, use })))
  }
  return (
    <>
      <div className="toolbar">
        <span>{words.left(undecided.length, conflicts.length)}</span>
        {mayDecide && undecided.length > 1 && (
          <span className="end inline">
            <Button busy={decide.isPending} onClick={() => void decideRest('ours').catch(() => {})}>
              {words.restOurs}
            </Button>
            <Button busy={decide.isPending} onClick={() => void decideRest('theirs').catch(() => {})}>
              {words.restTheirs}
            </Button>
          </span>
        )}
      </div>
      <div className="conflicts">
        <ConflictList conflicts={conflicts} current={current} onOpen={(conflict) => setId(conflict.conflictId)} />
        <div>
          <ConflictPanes
            key={current.conflictId}
            conflict={current}
            theirsName={revision.fromIntegrationName}
            isBusy={decide.isPending}
            onDecide={mayDecide ? (decision) => void decideOne(decision).catch(() => {}) : undefined}
          />
          <Refusal error={decide.error} />
        </div>
      </div>
    </>
  )
}

interface ConflictListProps {
  readonly conflicts: readonly Conflict[]
  readonly current: Conflict
  readonly onOpen: (conflict: Conflict) => void
}

function ConflictList({ conflicts, current, onOpen }: ConflictListProps) {
  const [most, setMost] = useState(() => Math.max(shownFirst, conflicts.indexOf(current) + 1))
  return (
    <div className="conflict-list">
      <ul aria-label={words.list}>
        {conflicts.slice(0, most).map((conflict) => {
          const { conflictId, type, name, _id, path, use } = conflict
          return (
            <li key={conflictId}>
              <button type="button" aria-current={conflict === current || undefined} onClick={() => onOpen(conflict)}>
                <span className={use ? 'conflict-mark decided' : 'conflict-mark'}>
                  <Icon name={use ? 'check' : 'alert'} size={12} />
                  <span className="hidden">{use ? words.uses[use] : words.open}</span>
                </span>
                <span className="conflict-name">
                  <strong>{name || _id}</strong>
                  <small>
                    {nameOfType(type)} · {path || words.whole}
                  </small>
                </span>
              </button>
            </li>
          )
        })}
      </ul>
      {most < conflicts.length && <Button onClick={() => setMost(most + shownFirst)}>{words.more(conflicts.length - most)}</Button>}
    </div>
  )
}

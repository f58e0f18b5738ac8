/** The difference of two states for people: by type and resource, folded, with a search by name. */
import type { UseQueryResult } from '@tanstack/react-query'
import type { DiffEnvelope, ResourceDifference } from '../../../../src/contract/operations/lifecycle/revision-diff.ts'
import { useDeferredValue, useState } from 'react'
import { words as common } from '../../words.ts'
import { lifecycleWords } from '../../words/lifecycle.ts'
import { Button } from '../button.tsx'
import { JsonView } from '../json-view.tsx'
import { Empty, Loading, Refusal } from '../states.tsx'
import { SearchBox } from '../search-box.tsx'
import { Badge } from '../status.tsx'
import { FieldChanges } from './field-changes.tsx'
import { titleOfType } from './resource-type.ts'
import './diff.css'

const words = lifecycleWords.diff
/** Resources of one type that are drawn before somebody asks for more. */
const shownFirst = 100
/** With no more resources than this the types are unfolded. */
const unfolded = 30

interface DifferencesProps {
  readonly label: string
  readonly differences: readonly ResourceDifference[]
  /** Both sides whole, asked for once somebody looks at a resource that is new or removed. */
  readonly useWhole: (isWanted: boolean) => UseQueryResult<unknown>
}

export function Differences({ label, differences, useWhole }: DifferencesProps) {
  const [typed, setTyped] = useState('')
  const query = useDeferredValue(typed.trim().toLowerCase())
  const found = query === '' ? differences : differences.filter(({ name, _id }) => name.toLowerCase().includes(query) || _id === query)
  const byType = [...Map.groupBy(found, ({ type }) => type)].toSorted(([a], [b]) => titleOfType(a).localeCompare(titleOfType(b)))
  if (differences.length === 0)
    return (
      <Empty icon="check" title={words.same}>
        {words.sameWhy}
      </Empty>
    )
  return (
    <section aria-label={label}>
      <div className="toolbar">
        <SearchBox label={words.search} value={typed} onChange={setTyped} />
        <span className="soft">{words.summary(countOf(differences))}</span>
      </div>
      {found.length === 0 && (
        <Empty icon="search" title={common.states.noMatch}>
          {common.states.noMatchWhy}
        </Empty>
      )}
      {byType.map(([type, some]) => (
        <TypeGroup key={`${type} ${query}`} type={type} differences={some} useWhole={useWhole} isOpen={found.length <= unfolded} />
      ))}
    </section>
  )
}

type Counts = Readonly<Record<ResourceDifference['change'], number>>
const countOf = (differences: readonly ResourceDifference[]): Counts => {
  const counts = { added: 0, removed: 0, changed: 0 }
  for (const { change } of differences) counts[change]++
  return counts
}

interface TypeGroupProps extends Pick<DifferencesProps, 'useWhole'> {
  readonly type: string
  readonly differences: readonly ResourceDifference[]
  readonly isOpen: boolean
}

function TypeGroup({ type, differences, isOpen: isOpenFirst, useWhole }: TypeGroupProps) {
  const [isOpen, setOpen] = useState(isOpenFirst)
  const [most, setMost] = useState(shownFirst)
  return (
    <details className="diff-type" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {titleOfType(type)} <span className="soft">{words.summary(countOf(differences))}</span>
      </summary>
      {isOpen && (
        <ul className="diff-list">
          {differences.slice(0, most).map((difference) => (
            <li key={difference._id}>
              <Difference difference={difference} useWhole={useWhole} />
            </li>
          ))}
        </ul>
      )}
      {isOpen && most < differences.length && (
        <Button onClick={() => setMost(most + shownFirst)}>{words.moreResources(differences.length - most)}</Button>
      )}
    </details>
  )
}

const tones = { added: 'accent', changed: 'neutral', removed: 'error' } as const

interface DifferenceProps extends Pick<DifferencesProps, 'useWhole'> {
  readonly difference: ResourceDifference
}

function Difference({ difference, useWhole }: DifferenceProps) {
  const { change, name, _id, changes = [] } = difference
  const [isOpen, setOpen] = useState(false)
  return (
    <details className="difference" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <Badge tone={tones[change]}>{words.changes[change]}</Badge>
        <span className="diff-name">{name || _id}</span>
        {change === 'changed' && <span className="soft">{words.fields(changes.length)}</span>}
      </summary>
      {isOpen &&
        (change === 'changed' ? (
          <FieldChanges of={name || _id} changes={changes} />
        ) : (
          <Whole difference={difference} useWhole={useWhole} />
        ))}
    </details>
  )
}

/** A resource that is only on one of the two sides. */
function Whole({ difference: { change, type, _id, name }, useWhole }: DifferenceProps) {
  const { data, error } = useWhole(true)
  const side = (data as DiffEnvelope | undefined)?.[change === 'added' ? 'after' : 'before'][type]?.[_id]
  return (
    <div className="field-changes">
      <Refusal error={error} />
      {side ? <JsonView label={words.wholeOf(name || _id)} value={side} /> : error === null && <Loading lines={2} />}
    </div>
  )
}

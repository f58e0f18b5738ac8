/** One row of a mapping: its name, its type, where its value comes from, and what it makes of the record in sight. */
import { memo, useState, type KeyboardEvent } from 'react'
import { IconButton } from '../../parts/button.tsx'
import { Icon } from '../../parts/icon.tsx'
import { MoreMenu } from '../../parts/menu.tsx'
import { Badge } from '../../parts/status.tsx'
import { words as common } from '../../words.ts'
import { editorWords } from '../../words/editors.ts'
import { toInputText, type Json } from '../editor.ts'
import type { RowProblem } from './find-problems.ts'
import { isFixed, sourceOf, type MappingRow, type MappingShape } from './mapping-shape.ts'

const words = editorWords.mapping

export interface RowActs {
  readonly change: (row: MappingRow, node: Json) => void
  readonly addAfter: (row: MappingRow) => void
  readonly addBelow: (row: MappingRow) => void
  readonly addSource: (row: MappingRow) => void
  readonly duplicate: (row: MappingRow) => void
  readonly remove: (row: MappingRow) => void
  readonly move: (row: MappingRow, by: 1 | -1) => void
  readonly drop: (from: string, to: MappingRow) => void
  readonly toggle: (key: string, isClosed: boolean) => void
  readonly choose: (key: string | undefined) => void
  readonly go: (row: MappingRow, by: 1 | -1, column: 'name' | 'source') => void
}

interface RowProps {
  readonly row: MappingRow
  readonly index: number
  readonly top: number
  readonly height: number
  readonly shape: MappingShape
  readonly suggestions: string
  readonly isClosed: boolean
  readonly isChosen: boolean
  readonly problem: RowProblem | undefined
  readonly made: unknown
  readonly isReadOnly: boolean
  readonly acts: RowActs
}

/** What is dragged is named by its key, in a type of our own: nothing else is taken. */
const dragType = 'application/x-sluice-mapping-row'
/** Pixels of each level, and characters of a result that fit. */
const indent = 18
const shownOfResult = 120

/** Drawn again only where something of it has changed: of a long mapping most rows stay as they are with every key. */
export const MappingRowView = memo(MappingRowDrawn, (before, { row, problem, ...after }) => {
  const { row: drawn, problem: told, ...rest } = before
  return (
    isSameRow(drawn, row) &&
    told?.message === problem?.message &&
    told?.record === problem?.record &&
    Object.entries(rest).every(([name, value]) => Object.is(value, after[name as keyof typeof after]))
  )
})

const isSameRow = (a: MappingRow, b: MappingRow): boolean =>
  a.node === b.node &&
  a.key === b.key &&
  a.kind === b.kind &&
  a.place === b.place &&
  a.count === b.count &&
  a.hasChildren === b.hasChildren &&
  a.names.join('.') === b.names.join('.')

function MappingRowDrawn(props: RowProps) {
  const { row, index, top, height, shape, isClosed, isChosen, problem, isReadOnly, acts } = props
  const [isOver, setOver] = useState(false)
  const name = nameOf(row)
  return (
    <div
      role="row"
      aria-level={row.depth}
      aria-rowindex={index + 1}
      aria-posinset={row.place}
      aria-setsize={row.count}
      {...(row.hasChildren && { 'aria-expanded': !isClosed })}
      aria-selected={isChosen}
      data-row={row.key}
      className={`mapping-row ${row.kind}${isOver ? ' over' : ''}${problem ? ' failed' : ''}`}
      style={{ transform: `translateY(${top}px)`, height }}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes(dragType)) return
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault()
        setOver(false)
        acts.drop(event.dataTransfer.getData(dragType), row)
      }}
      onKeyDown={(event) => moveByKey(event, props)}
    >
      <NameCell {...props} name={name} />
      <TypeCell {...props} name={name} />
      <SourceCell {...props} name={name} />
      <MadeCell {...props} />
      <div role="gridcell" className="mapping-acts">
        {!shape.takesPathsOnly && (row.kind !== 'list' || !isReadOnly) ? (
          <IconButton
            icon="gear"
            label={words.settingsOf(name)}
            aria-pressed={isChosen}
            onClick={() => acts.choose(isChosen ? undefined : row.key)}
          />
        ) : null}
        {!isReadOnly && <RowMenu {...props} name={name} />}
      </div>
      {problem && (
        <p role="gridcell" className="mapping-problem" title={problem.message}>
          {problem.record === undefined ? problem.message : words.ofRecord(problem.record + 1, problem.message)}
        </p>
      )}
    </div>
  )
}

const nameOf = ({ kind, node, names, place }: MappingRow): string =>
  kind === 'source'
    ? words.sourceNo(place, names.at(-1) ?? '')
    : typeof node['generate'] === 'string' && node['generate'] !== ''
      ? node['generate']
      : words.nameless

function moveByKey(event: KeyboardEvent<HTMLElement>, { row, isReadOnly, acts }: RowProps): void {
  const column = (event.target as HTMLElement).dataset['column'] as 'name' | 'source' | undefined
  if (column === undefined) return
  if (event.key === 'Enter' && !isReadOnly) acts.addAfter(row)
  else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
    const by = event.key === 'ArrowUp' ? -1 : 1
    if (event.altKey && !isReadOnly) acts.move(row, by)
    // In a source the arrows choose of what is offered.
    else if (column === 'name') acts.go(row, by, column)
    else return
  } else return
  event.preventDefault()
}

type CellProps = RowProps & { readonly name: string }

function NameCell({ row, isClosed, isReadOnly, acts, name }: CellProps) {
  const { kind, node, key, depth, hasChildren } = row
  return (
    <div role="gridcell" className="mapping-name" style={{ paddingLeft: (depth - 1) * indent }}>
      {!isReadOnly && (
        <span
          className="mapping-handle"
          title={words.drag}
          draggable
          aria-hidden="true"
          onDragStart={(event) => {
            event.dataTransfer.setData(dragType, key)
            event.dataTransfer.effectAllowed = 'move'
          }}
        >
          <Icon name="handle" />
        </span>
      )}
      {hasChildren ? (
        <button
          type="button"
          className={isClosed ? 'mapping-toggle' : 'mapping-toggle open'}
          aria-label={isClosed ? words.open(name) : words.close(name)}
          onClick={() => acts.toggle(key, !isClosed)}
        >
          <Icon name="chevron" size={12} />
        </button>
      ) : (
        <span className="mapping-toggle" aria-hidden="true" />
      )}
      {kind === 'source' ? (
        <span className="soft">{words.each}</span>
      ) : (
        <input
          className="input"
          data-column="name"
          aria-label={words.name(name)}
          placeholder={words.fieldName}
          readOnly={isReadOnly}
          spellCheck={false}
          value={typeof node['generate'] === 'string' ? node['generate'] : ''}
          onChange={(event) => acts.change(row, { ...node, generate: event.target.value })}
        />
      )}
    </div>
  )
}

function TypeCell({ row, shape, isReadOnly, acts, name }: CellProps) {
  const { kind, node } = row
  if (kind !== 'field' || shape.types.length === 0)
    return (
      <div role="gridcell" className="soft">
        {kind === 'list' ? words.list : ''}
      </div>
    )
  const type = typeof node['dataType'] === 'string' ? node['dataType'] : 'string'
  return (
    <div role="gridcell">
      <select
        className="input"
        aria-label={words.typeOf(name)}
        disabled={isReadOnly}
        value={type}
        onChange={(event) => acts.change(row, shape.withType(node, event.target.value))}
      >
        {!shape.types.includes(type) && <option value={type}>{type}</option>}
        {shape.types.map((each) => (
          <option key={each} value={each}>
            {words.types[each] ?? each}
          </option>
        ))}
      </select>
    </div>
  )
}

function SourceCell({ row, shape, suggestions, isReadOnly, acts, name }: CellProps) {
  const { kind, node } = row
  const isMade = kind === 'field' && shape.addSource?.(row) !== undefined
  if (isMade)
    return (
      <div role="gridcell" className="soft">
        {words.fromSources}
      </div>
    )
  if (kind === 'list' && shape.takesPathsOnly) return <div role="gridcell" />
  const isHard = isFixed(node)
  const field = kind === 'list' ? 'jsonPath' : isHard ? 'hardCodedValue' : 'extract'
  const text = kind === 'list' ? toInputText(node['jsonPath']) : sourceOf(node)
  return (
    <div role="gridcell" className="mapping-source">
      {isHard && <span className="badge">{words.fixed}</span>}
      <input
        className="input mono"
        data-column="source"
        aria-label={words.source(name)}
        placeholder={
          kind === 'list'
            ? words.listPath
            : shape.takesPathsOnly
              ? words.pathHint
              : node['dataType'] === 'object'
                ? words.objectSource
                : words.sourceHint
        }
        readOnly={isReadOnly}
        spellCheck={false}
        autoComplete="off"
        {...(!isHard && { list: suggestions })}
        value={text}
        onChange={(event) => {
          const { [field]: _before, ...rest } = node
          const typed = event.target.value
          acts.change(row, typed === '' && !isHard ? rest : { ...rest, [field]: typed })
        }}
      />
      <Marks node={node} />
    </div>
  )
}

/** What a row has besides its source, in a word each. */
const Marks = memo(function Marks({ node }: { readonly node: Json }) {
  const { lookupName, default: otherwise, conditional, generateDateFormat, extractDateFormat } = node
  const when = (conditional as Json | undefined)?.['when']
  return (
    <>
      {typeof lookupName === 'string' && lookupName !== '' && <Badge>{words.lookupMark(lookupName)}</Badge>}
      {otherwise !== undefined && <Badge>{words.defaultMark}</Badge>}
      {when !== undefined && <Badge>{words.whenMark}</Badge>}
      {(generateDateFormat !== undefined || extractDateFormat !== undefined) && <Badge>{words.dateMark}</Badge>}
    </>
  )
})

function MadeCell({ made }: RowProps) {
  const text = made === undefined ? '' : (JSON.stringify(made) ?? '')
  return (
    <div role="gridcell" className="mapping-made mono" title={text.slice(0, 1000)}>
      {text.slice(0, shownOfResult)}
    </div>
  )
}

function RowMenu({ row, shape, acts, name }: CellProps) {
  const { place, count } = row
  return (
    <MoreMenu
      label={`${common.actions.more}: ${name}`}
      items={[
        ...(shape.below(row) ? [{ label: words.addBelow, icon: 'plus' as const, onSelect: () => acts.addBelow(row) }] : []),
        ...(shape.addSource?.(row) ? [{ label: words.addSource, icon: 'plus' as const, onSelect: () => acts.addSource(row) }] : []),
        { label: words.addAfter, icon: 'plus' as const, onSelect: () => acts.addAfter(row) },
        { label: words.duplicate, onSelect: () => acts.duplicate(row) },
        ...(place > 1 ? [{ label: words.up, onSelect: () => acts.move(row, -1) }] : []),
        ...(place < count ? [{ label: words.down, onSelect: () => acts.move(row, 1) }] : []),
        { label: common.actions.delete, icon: 'bin' as const, danger: true, onSelect: () => acts.remove(row) },
      ]}
    />
  )
}

/** A mapping as rows that are typed in, dragged, searched and moved by the keyboard, with what each makes of a record. Only those in sight are drawn. */
import { useVirtualizer } from '@tanstack/react-virtual'
import { memo, useCallback, useEffect, useId, useLayoutEffect, useMemo, useRef, useState, type RefObject } from 'react'
import { Button } from '../../parts/button.tsx'
import { SearchBox } from '../../parts/search-box.tsx'
import { Empty } from '../../parts/states.tsx'
import { editorWords } from '../../words/editors.ts'
import { noOutcomes, type EditorContext, type Outcomes, type Sample } from '../editor.ts'
import { insertAt, moveBefore, pathAfterInsert, pathAfterMove, pathAfterRemove, placeOf, readAt, writeAt, type Path } from '../json-at.ts'
import { listMappingPaths } from '../sample-paths.ts'
import { Panes } from '../sample/panes.tsx'
import { useLive } from '../use-live.ts'
import { findProblems, valueAt } from './find-problems.ts'
import { MappingRowView, type RowActs } from './mapping-row.tsx'
import { sourceOf, type MappingRow, type MappingShape, type MappingValue } from './mapping-shape.ts'
import { RowSettings } from './row-settings.tsx'
import '../editors.css'

const words = editorWords.mapping

/** Pixels, as the style sheet has them; a row with a problem has a line for it. */
const rowHeight = 38
const problemHeight = 60
const overscan = 8

export interface MappingTreeProps {
  readonly shape: MappingShape
  readonly label: string
  readonly value: MappingValue
  readonly onChange: (value: MappingValue) => void
  readonly sample: Sample
  readonly context: EditorContext
  readonly isReadOnly?: boolean
  /** Text of the empty state, and heading of the result. */
  readonly text?: { readonly none: string; readonly noneWhy: string; readonly result: string }
  readonly evaluate: (value: MappingValue, records: readonly unknown[]) => Promise<Outcomes>
}

export function MappingTree(props: MappingTreeProps) {
  const { shape, label, value, onChange, sample, context, isReadOnly = false, text = words, evaluate } = props
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set())
  const [search, setSearch] = useState('')
  const [place, setPlace] = useState(0)
  const [chosen, setChosen] = useState<string>()
  const [timesChosen, setTimesChosen] = useState(0)
  const rows = useMemo(() => shape.list(value, (key) => search === '' && closed.has(key)), [shape, value, closed, search])
  const shown = useMemo(() => filterRows(rows, search), [rows, search])
  const { records } = sample
  const asked = useMemo(() => (records.length > 0 ? JSON.stringify([value, records]) : undefined), [value, records])
  const live = useLive(asked, () => evaluate(value, records))
  const outcomes = live.result ?? noOutcomes
  const problems = useMemo(() => findProblems(rows, outcomes), [rows, outcomes])
  const row = chosen === undefined ? undefined : rows.find(({ key }) => key === chosen)
  const { acts, focus, wanted } = useRowActs(props, rows, {
    choose: (key) => {
      setChosen(key)
      setTimesChosen((times) => times + 1)
    },
    close: (key, isClosed) =>
      setClosed((before) => (isClosed ? new Set([...before, key]) : new Set([...before].filter((each) => each !== key)))),
    follow: (pathOf) => {
      const keyOf = (key: string) => pathOf(toPath(key))?.join('.')
      setChosen((before) => (before === undefined ? before : keyOf(before)))
      setClosed((before) => new Set([...before].flatMap((key) => keyOf(key) ?? [])))
    },
  })
  const copied = rows.length === 0 ? (shape.copyFields?.(records[place]) ?? []) : []
  const add = () => {
    const count = (readAt(value, shape.root) as readonly unknown[] | undefined)?.length ?? 0
    onChange(insertAt(value, shape.root, count, shape.blank))
    focus([...shape.root, count])
  }
  return (
    <div className="mapping">
      <div className="toolbar">
        <SearchBox label={words.search} value={search} onChange={setSearch} />
        <span className="soft">{words.count(rows.filter(({ kind }) => kind === 'field').length)}</span>
        {!isReadOnly && (
          <span className="end inline">
            {shape.addList && <Button onClick={() => shape.addList && onChange(shape.addList(value))}>{words.addList}</Button>}
            <Button icon="plus" onClick={add}>
              {words.add}
            </Button>
          </span>
        )}
      </div>
      <div className={row ? 'mapping-body with-settings' : 'mapping-body'}>
        {rows.length === 0 ? (
          <Empty
            icon="list"
            title={text.none}
            action={
              copied.length > 0 &&
              !isReadOnly && <Button onClick={() => onChange(writeAt(value, shape.root, copied))}>{words.copyFields}</Button>
            }
          >
            {text.noneWhy}
          </Empty>
        ) : (
          <Rows
            label={label}
            shape={shape}
            rows={shown}
            all={rows.length}
            closed={closed}
            chosen={chosen}
            problems={problems}
            result={outcomes.each[place]?.value}
            records={records}
            isReadOnly={isReadOnly}
            acts={acts}
            wanted={wanted}
          />
        )}
        {row && (
          <RowSettings
            key={timesChosen}
            shape={shape}
            row={row}
            value={value}
            seen={{ record: records[place], settings: context.settings }}
            onChange={onChange}
            isReadOnly={isReadOnly}
            onClose={() => setChosen(undefined)}
          />
        )}
      </div>
      <Panes
        sample={sample}
        place={Math.min(place, Math.max(0, records.length - 1))}
        onPlace={setPlace}
        resultLabel={text.result}
        outcomes={outcomes}
        error={live.error}
        isBusy={live.isBusy}
      />
    </div>
  )
}

/** Rows that have the text in their name or source, and all that they stand below. */
function filterRows(rows: readonly MappingRow[], search: string): readonly MappingRow[] {
  const sought = search.trim().toLowerCase()
  if (sought === '') return rows
  const kept = new Set<string>()
  for (const { path, node, names } of rows) {
    if (!`${names.at(-1) ?? ''}\n${sourceOf(node)}`.toLowerCase().includes(sought)) continue
    for (let length = 1; length <= path.length; length++) kept.add(path.slice(0, length).join('.'))
  }
  return rows.filter(({ key }) => kept.has(key))
}

type Focused = { readonly key: string; readonly column: 'name' | 'source' } | undefined

const toPath = (key: string): Path => key.split('.').map((name) => (/^\d+$/.test(name) ? Number(name) : name))

/** What is known of rows by their keys. */
interface RowStates {
  readonly choose: (key: string | undefined) => void
  readonly close: (key: string, isClosed: boolean) => void
  /** Rows have moved: says for each path what it is now, and undefined where it is gone. */
  readonly follow: (pathOf: (path: Path) => Path | undefined) => void
}

function useRowActs({ shape, value, onChange }: MappingTreeProps, rows: readonly MappingRow[], { choose, close, follow }: RowStates) {
  const wanted = useRef<Focused>(undefined)
  const [, draw] = useState(0)
  const focus = (path: Path, column: 'name' | 'source' = 'name') => {
    wanted.current = { key: path.join('.'), column }
    draw((count) => count + 1)
  }
  const insert = (list: Path, place: number, node: unknown) => {
    onChange(insertAt(value, list, place, node))
    follow((path) => pathAfterInsert(path, list, place))
  }
  const moveTo = (from: Path, to: Path) => {
    onChange(moveBefore(value, from, to))
    follow((path) => pathAfterMove(path, from, to))
  }
  const acts: RowActs = {
    change: (row, node) => onChange(writeAt(value, row.path, node)),
    addAfter(row) {
      const { list, place } = placeOf(row.path)
      const node = row.kind === 'source' ? {} : row.kind === 'list' ? { generate: '', fields: [] } : shape.blank
      insert(list, place + 1, node)
      focus([...list, place + 1])
    },
    addBelow(row) {
      const list = shape.below(row)
      if (!list) return
      close(row.key, false)
      const count = (readAt(value, list) as readonly unknown[] | undefined)?.length ?? 0
      onChange(insertAt(value, list, count, shape.blank))
      focus([...list, count])
    },
    addSource(row) {
      const made = shape.addSource?.(row)
      if (!made) return
      close(row.key, false)
      const count = (readAt(value, made.list) as readonly unknown[] | undefined)?.length ?? 0
      onChange(insertAt(value, made.list, count, made.node))
    },
    duplicate(row) {
      const { list, place } = placeOf(row.path)
      insert(list, place + 1, row.node)
    },
    remove(row) {
      onChange(writeAt(value, row.path, undefined))
      follow((path) => pathAfterRemove(path, row.path))
    },
    move(row, by) {
      const { list, place } = placeOf(row.path)
      const to = by < 0 ? place - 1 : place + 2
      if (to < 0 || to > row.count) return
      moveTo(row.path, [...list, to])
      focus([...list, place + by])
    },
    drop(from, to) {
      const source = rows.find(({ key }) => key === from)
      if (source && source.kind === to.kind) moveTo(source.path, to.path)
    },
    toggle: close,
    choose,
    go(row, by, column) {
      const at = rows.findIndex(({ key }) => key === row.key)
      const next = rows[at + by]
      if (next) focus(next.path, column)
    },
  }
  return { acts: useStable(acts), focus, wanted }
}

/** The same object whenever it is asked for; what it does is always the newest. */
function useStable(acts: RowActs): RowActs {
  const newest = useRef(acts)
  useLayoutEffect(() => void (newest.current = acts))
  const names = useRef(Object.keys(acts) as (keyof RowActs)[])
  return useMemo(() => {
    const call =
      (name: keyof RowActs) =>
      (...args: never[]) =>
        (newest.current[name] as (...args: never[]) => void)(...args)
    return Object.fromEntries(names.current.map((name) => [name, call(name)])) as unknown as RowActs
  }, [])
}

interface RowsProps {
  readonly label: string
  readonly shape: MappingShape
  readonly rows: readonly MappingRow[]
  readonly all: number
  readonly closed: ReadonlySet<string>
  readonly chosen: string | undefined
  readonly problems: ReturnType<typeof findProblems>
  readonly result: unknown
  readonly records: readonly unknown[]
  readonly isReadOnly: boolean
  readonly acts: RowActs
  readonly wanted: RefObject<Focused>
}

function Rows({ label, shape, rows, all, closed, chosen, problems, result, records, isReadOnly, acts, wanted }: RowsProps) {
  const room = useRef<HTMLDivElement>(null)
  // The same functions while the rows are: otherwise the places of all of them are computed with every frame.
  const getItemKey = useCallback((i: number) => rows[i]?.key ?? i, [rows])
  const estimateSize = useCallback((i: number) => (problems.has(rows[i]?.key ?? '') ? problemHeight : rowHeight), [rows, problems])
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => room.current, estimateSize, overscan, getItemKey })
  useEffect(() => virtual.measure(), [virtual, problems, rows.length])
  // A new row is drawn once the mapping has it, and where it is in sight: until then it is looked for.
  useEffect(() => {
    const { key, column } = wanted.current ?? {}
    if (key === undefined) return
    const drawn = room.current?.querySelector(`[data-row="${CSS.escape(key)}"]`)
    const input = drawn?.querySelector<HTMLInputElement>(`[data-column="${column}"]`) ?? drawn?.querySelector('input')
    if (!input) {
      // Scrolling goes on for some frames: what is drawn already comes into sight by being focused.
      const at = rows.findIndex((row) => row.key === key)
      if (at >= 0) virtual.scrollToIndex(at)
      return
    }
    input.focus()
    wanted.current = undefined
  })
  const id = useId()
  return (
    <div className="mapping-rows">
      <Suggestions id={id} records={records} rows={rows} shape={shape} />
      <div ref={room} className="mapping-room" role="treegrid" aria-label={label} aria-rowcount={all} tabIndex={-1}>
        <div className="mapping-space" role="rowgroup" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index]
            if (!row) return null
            return (
              <MappingRowView
                key={row.key}
                row={row}
                index={item.index}
                top={item.start}
                height={item.size}
                shape={shape}
                suggestions={`${id}-${row.within.join(',')}`}
                isClosed={closed.has(row.key)}
                isChosen={row.key === chosen}
                problem={problems.get(row.key)}
                made={row.kind === 'field' ? valueAt(result, row.names) : undefined}
                isReadOnly={isReadOnly}
                acts={acts}
              />
            )
          })}
        </div>
      </div>
    </div>
  )
}

/** A list of fields of the sample for each list that rows are made within. */
const Suggestions = memo(function Suggestions({
  id,
  records,
  rows,
  shape,
}: {
  readonly id: string
  readonly records: readonly unknown[]
  readonly rows: readonly MappingRow[]
  readonly shape: MappingShape
}) {
  const key = JSON.stringify([...new Set(rows.map(({ within }) => within.join(',')))])
  const lists = useMemo(
    () =>
      (JSON.parse(key) as string[]).map((joined) => ({
        joined,
        paths: listMappingPaths(records, joined === '' ? [] : joined.split(',')).map((path) => shape.writePath(path)),
      })),
    [key, records, shape],
  )
  return lists.map(({ joined, paths }) => (
    <datalist key={joined} id={`${id}-${joined}`}>
      {paths.map((path) => (
        <option key={path} value={path} />
      ))}
    </datalist>
  ))
})

/** The table of a lookup: values of the source and of the target, typed in or pasted from a spreadsheet. */
import { useEffect, useState, type ClipboardEvent } from 'react'
import { Button, IconButton } from '../../parts/button.tsx'
import { readSpreadsheet } from '../../parts/read-spreadsheet.ts'
import { editorWords } from '../../words/editors.ts'
import type { Json } from '../editor.ts'

const words = editorWords.lookups

/** Values of one table: a request may have 20,000 different names in all, and half of them are left to other lookups. */
const mostValues = 10_000
/** Rows that are drawn at once: of more one searches. */
const drawn = 200

interface ValueTableProps {
  readonly map: Json
  readonly isReadOnly: boolean
  readonly onChange: (map: Json) => void
}

type Row = readonly [from: string, to: unknown]

/** A row without a value of the source is not written yet. */
const toMap = (rows: readonly Row[]): Json => Object.fromEntries(rows.filter(([from]) => from !== ''))
const print = (map: Json): string => JSON.stringify(Object.entries(map).toSorted(([a], [b]) => (a < b ? -1 : 1)))

/** Rows keep the order in which they were typed, which an object does not. */
function useRows(map: Json, onChange: (map: Json) => void) {
  const [rows, setRows] = useState<readonly Row[]>(() => Object.entries(map))
  const known = print(map)
  useEffect(() => setRows((before) => (print(toMap(before)) === known ? before : (JSON.parse(known) as readonly Row[]))), [known])
  return {
    rows,
    set(next: readonly Row[]) {
      setRows(next)
      onChange(toMap(next))
    },
  }
}

export function ValueTable({ map, isReadOnly, onChange }: ValueTableProps) {
  const { rows, set } = useRows(map, onChange)
  const [search, setSearch] = useState('')
  const [refused, setRefused] = useState<string>()
  const sought = search.toLowerCase()
  const fitting = rows
    .map(([from, to], place) => ({ from, to: typeof to === 'string' ? to : JSON.stringify(to), place }))
    .filter(({ from, to }) => `${from}\n${to}`.toLowerCase().includes(sought))
  const paste = (event: ClipboardEvent) => {
    const pasted = readSpreadsheet(event.clipboardData.getData('text/plain')).map((row) => row.map((cell) => cell.trim()))
    // One cell is pasted where the cursor stands.
    if (pasted.length < 2 && !pasted.some(({ length }) => length > 1)) return
    event.preventDefault()
    const next = new Map([...rows, ...pasted.map(([from = '', to = '']): Row => [from, to])].filter(([from]) => from !== ''))
    if (next.size > mostValues) return setRefused(words.tooMany(next.size, mostValues))
    setRefused(undefined)
    set([...next])
  }
  return (
    <fieldset className="field fieldset value-table" onPaste={isReadOnly ? undefined : paste}>
      <legend>{words.table(rows.length)}</legend>
      {rows.length > 20 && (
        <input
          type="search"
          className="input"
          aria-label={words.search}
          placeholder={words.search}
          value={search}
          onChange={({ target }) => setSearch(target.value)}
        />
      )}
      <div className="value-rows">
        {fitting.slice(0, drawn).map(({ from, to, place }) => (
          <div key={place} className="pair">
            <input
              className="input"
              aria-label={words.from(place + 1)}
              readOnly={isReadOnly}
              value={from}
              onChange={({ target }) => set(rows.with(place, [target.value, rows[place]?.[1] ?? '']))}
            />
            <input
              className="input"
              aria-label={words.to(place + 1)}
              readOnly={isReadOnly}
              value={to}
              onChange={({ target }) => set(rows.with(place, [from, target.value]))}
            />
            {!isReadOnly && (
              <IconButton icon="cross" label={words.removeValue(place + 1)} onClick={() => set(rows.filter((_, i) => i !== place))} />
            )}
          </div>
        ))}
      </div>
      {fitting.length > drawn && <p className="soft">{words.shown(drawn, fitting.length)}</p>}
      {refused && (
        <p className="field-error" role="alert">
          {refused}
        </p>
      )}
      {!isReadOnly && (
        <div className="value-acts">
          <Button icon="plus" onClick={() => set([...rows, ['', '']])}>
            {words.addValue}
          </Button>
          <textarea className="input" rows={1} aria-label={words.pasteHere} placeholder={words.pasteHere} value="" onChange={() => {}} />
        </div>
      )}
    </fieldset>
  )
}

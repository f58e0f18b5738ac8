/** Lists of objects in a form: each entry with its fields, added, moved and taken away. What an entry holds besides is kept. */
import { isObject } from '../../../src/contract/is-object.ts'
import type { ReactNode } from 'react'
import { rowWords as words } from '../words/rows.ts'
import { Button, IconButton } from './button.tsx'
import './form-fields.css'

export type Row = Readonly<Record<string, unknown>>

interface RowsControlProps {
  readonly label: string
  readonly hint?: string | undefined
  readonly error?: string | undefined
  readonly isReadOnly: boolean
  readonly value: unknown
  /** Undefined where the list is to be taken away. */
  readonly onChange: (value: readonly unknown[] | undefined) => void
  readonly addLabel?: string
  /** What a new entry begins as. */
  readonly start?: Row
  readonly draw: (row: Row, onChange: (row: Row) => void, place: number) => ReactNode
}

export function RowsControl({ label, hint, error, isReadOnly, value, onChange, addLabel = words.add, start = {}, draw }: RowsControlProps) {
  const rows: readonly unknown[] = Array.isArray(value) ? value : []
  const set = (next: readonly unknown[]) => onChange(next.length > 0 ? next : undefined)
  const move = (place: number, by: number) => {
    const next = [...rows]
    next.splice(place + by, 0, ...next.splice(place, 1))
    set(next)
  }
  return (
    <fieldset className="field fieldset rows">
      <legend>{label}</legend>
      {hint && <p className="hint">{hint}</p>}
      {rows.map((row, place) => (
        // oxlint-disable-next-line react/no-array-index-key -- an entry is its place: it has no other name
        <div key={place} className="row-entry" role="group" aria-label={words.entry(label, place + 1)}>
          <div className="row-fields">
            {draw(isObject(row) ? row : {}, (next) => set(rows.map((each, i) => (i === place ? next : each))), place)}
          </div>
          {!isReadOnly && (
            <div className="row-acts">
              {place > 0 && <IconButton icon="up" label={words.moveUp(label, place + 1)} onClick={() => move(place, -1)} />}
              {place < rows.length - 1 && (
                <IconButton icon="down" label={words.moveDown(label, place + 1)} onClick={() => move(place, 1)} />
              )}
              <IconButton icon="cross" label={words.remove(label, place + 1)} onClick={() => set(rows.filter((_, i) => i !== place))} />
            </div>
          )}
        </div>
      ))}
      {error && (
        <p className="field-error" role="alert">
          {error}
        </p>
      )}
      {!isReadOnly && (
        <div>
          <Button icon="plus" onClick={() => set([...rows, start])}>
            {addLabel}
          </Button>
        </div>
      )}
    </fieldset>
  )
}

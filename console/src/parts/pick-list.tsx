/** A list of things that something is chosen for, each in a row, with a search once there are many. */
import { useId, useState, type ReactNode } from 'react'
import { dialogWords } from '../words/dialogs.ts'
import { SearchBox } from './search-box.tsx'
import './form-fields.css'

export interface PickItem {
  readonly id: string
  readonly name: string
  /** Tells apart what has the same name. */
  readonly detail?: string | undefined
}

interface PickListProps {
  readonly label: string
  /** The label is read aloud only: it stands above in another way. */
  readonly hidesLabel?: boolean
  readonly hint?: string | undefined
  readonly error?: string | undefined
  readonly none: string
  readonly items: readonly PickItem[]
  /** What is chosen when the list is first shown stands on top. */
  readonly isChosen: (id: string) => boolean
  readonly draw: (item: PickItem) => ReactNode
}

/** Lists this long are read at a glance. */
const withoutSearch = 8
/** Rows that are drawn: a search finds the others. */
const mostShown = 200

function PickList({ label, hidesLabel = false, hint, error, none, items, isChosen, draw }: PickListProps) {
  const id = useId()
  const [search, setSearch] = useState('')
  const [first] = useState(() => new Set(items.filter((item) => isChosen(item.id)).map((item) => item.id)))
  const found = items.filter(({ name, detail = '' }) => `${name} ${detail}`.toLowerCase().includes(search.toLowerCase()))
  const shown = [...found.filter((item) => first.has(item.id)), ...found.filter((item) => !first.has(item.id))].slice(0, mostShown)
  return (
    <fieldset className="field fieldset" {...(hint && { 'aria-describedby': `${id}-hint` })}>
      <legend className={hidesLabel ? 'hidden' : undefined}>{label}</legend>
      {hint && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {items.length > withoutSearch && <SearchBox label={dialogWords.search(label)} value={search} onChange={setSearch} />}
      {items.length === 0 && <p className="soft">{none}</p>}
      {items.length > 0 && (
        <ul className="choices pick-list" tabIndex={-1}>
          {shown.map((item) => (
            <li key={item.id}>{draw(item)}</li>
          ))}
        </ul>
      )}
      {found.length > shown.length && <p className="hint">{dialogWords.moreFound(shown.length, found.length)}</p>}
      {error && (
        <p className="field-error" role="alert">
          {error}
        </p>
      )}
    </fieldset>
  )
}

const NameOf = ({ item: { name, detail } }: { readonly item: PickItem }) => (
  <>
    <span className="choice-text" title={name}>
      {name}
    </span>
    {detail && <span className="soft">{detail}</span>}
  </>
)

interface PickSeveralProps extends Omit<PickListProps, 'draw' | 'isChosen'> {
  readonly chosen: readonly string[]
  readonly isReadOnly?: boolean
  readonly onChange: (chosen: readonly string[]) => void
}

/** Some of them, each with a box. */
export function PickSeveral({ chosen, isReadOnly = false, onChange, items, ...rest }: PickSeveralProps) {
  return (
    <PickList
      {...rest}
      items={withUnknown(items, chosen)}
      isChosen={(id) => chosen.includes(id)}
      draw={(item) => (
        <label className="choice">
          <input
            type="checkbox"
            disabled={isReadOnly}
            checked={chosen.includes(item.id)}
            onChange={({ target }) => onChange(target.checked ? [...chosen, item.id] : chosen.filter((id) => id !== item.id))}
          />
          <NameOf item={item} />
        </label>
      )}
    />
  )
}

interface PickLevelsProps extends Omit<PickListProps, 'draw' | 'isChosen'> {
  readonly levels: readonly { readonly value: string; readonly label: string }[]
  /** What no level is called. */
  readonly noLevel: string
  readonly chosen: ReadonlyMap<string, string>
  readonly isReadOnly?: boolean
  readonly onChange: (chosen: ReadonlyMap<string, string>) => void
}

/** A level for some of them. */
export function PickLevels({ levels, noLevel, chosen, isReadOnly = false, onChange, items, ...rest }: PickLevelsProps) {
  const set = (id: string, level: string) => {
    const next = new Map(chosen)
    if (level === '') next.delete(id)
    else next.set(id, level)
    onChange(next)
  }
  return (
    <PickList
      {...rest}
      items={withUnknown(items, [...chosen.keys()])}
      isChosen={(id) => chosen.has(id)}
      draw={(item) => (
        <div className="choice">
          <NameOf item={item} />
          <select
            className="input"
            aria-label={`${rest.label}: ${item.name}`}
            disabled={isReadOnly}
            value={chosen.get(item.id) ?? ''}
            onChange={({ target }) => set(item.id, target.value)}
          >
            <option value="">{noLevel}</option>
            {levels.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </div>
      )}
    />
  )
}

/** What was chosen and is in no list stays in sight, by its id. */
const withUnknown = (items: readonly PickItem[], chosen: readonly string[]): readonly PickItem[] => {
  const known = new Set(items.map(({ id }) => id))
  return [...chosen.filter((id) => !known.has(id)).map((id) => ({ id, name: id })), ...items]
}

/** How one value is entered, by its kind: a text, a number, a choice, rows of keys and values, a piece of code. */
import { useEffect, useId, useState } from 'react'
import { words } from '../words.ts'
import { rowWords } from '../words/rows.ts'
import { fromLocal, toLocal } from '../zone.ts'
import { Button, IconButton } from './button.tsx'
import { Field } from './field.tsx'
import { CodeEditor } from './code-editor.tsx'
import './form-fields.css'

export type ControlKind =
  | 'text'
  | 'long'
  | 'number'
  | 'email'
  | 'url'
  | 'tel'
  | 'secret'
  | 'flag'
  | 'select'
  | 'radio'
  | 'multiselect'
  | 'pairs'
  /** Texts, each in a line. */
  | 'lines'
  | 'date'
  | 'datetime'
  /** As it is entered, in no time zone. */
  | 'localtime'
  | 'code'

export interface ControlProps {
  readonly label: string
  readonly hint?: string | undefined
  readonly error?: string | undefined
  readonly kind: ControlKind
  readonly options?: readonly { readonly label: string; readonly value: string }[] | undefined
  readonly isRequired?: boolean
  readonly isReadOnly?: boolean
  /** Language of a piece of code. */
  readonly language?: 'json' | 'javascript' | 'text'
  /** Names of the two parts of a pair; of an object they are its keys and values. */
  readonly pair?: readonly [key: string, value: string] | undefined
  readonly placeholder?: string
  /** What a choice of nothing is called. */
  readonly none?: string
  /** What is offered while a text is typed. */
  readonly suggestions?: readonly string[]
  readonly value: unknown
  /** Undefined where the value is to be taken away. */
  readonly onChange: (value: unknown) => void
}

export function FieldControl(props: ControlProps) {
  const { label, hint, error, kind, isRequired } = props
  if (kind === 'flag') return <FlagControl {...props} />
  if (kind === 'radio' || kind === 'multiselect') return <ChoicesControl {...props} />
  if (kind === 'pairs') return <PairsControl {...props} />
  return (
    <Field label={isRequired ? words.fields.required(label) : label} hint={hint} error={error}>
      {(aria) => <Input {...props} aria={aria} />}
    </Field>
  )
}

type Aria = Parameters<Parameters<typeof Field>[0]['children']>[0]

const asText = (value: unknown): string =>
  value === undefined || value === null
    ? ''
    : typeof value === 'string'
      ? value
      : typeof value === 'object'
        ? JSON.stringify(value)
        : `${value as number}`

function Input(props: ControlProps & { readonly aria: Aria }) {
  const { kind, options, isRequired = false, isReadOnly = false, placeholder, value, onChange, aria } = props
  const { suggestions = [] } = props
  const none = props.none ?? (isRequired ? words.fields.choose : words.fields.none)
  const text = asText(value)
  if (kind === 'code') return <CodeInput {...props} />
  if (kind === 'select') {
    const isKnown = text === '' || options?.some((option) => option.value === text)
    return (
      <select
        className="input"
        disabled={isReadOnly}
        value={text}
        aria-required={isRequired || undefined}
        onChange={(event) => onChange(event.target.value || undefined)}
        {...aria}
      >
        {(!isRequired || text === '') && <option value="">{none}</option>}
        {!isKnown && <option value={text}>{text}</option>}
        {options?.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    )
  }
  if (kind === 'long')
    return (
      <textarea
        className="input"
        rows={4}
        readOnly={isReadOnly}
        value={text}
        onChange={(event) => onChange(event.target.value)}
        {...aria}
      />
    )
  if (kind === 'lines') return <LinesInput {...props} />
  if (kind === 'datetime') return <DateTimeInput {...props} />
  const input = (
    <input
      className="input"
      type={inputTypes[kind] ?? 'text'}
      readOnly={isReadOnly}
      value={kind === 'localtime' ? text.slice(0, localLength) : text}
      aria-required={isRequired || undefined}
      {...(kind === 'localtime' && { step: 1 })}
      {...(kind === 'secret' && { autoComplete: 'new-password' })}
      {...(kind === 'number' && { inputMode: 'decimal' as const })}
      {...(placeholder !== undefined && { placeholder })}
      {...(suggestions.length > 0 && { list: `${aria.id}-list` })}
      onChange={(event) => onChange(kind === 'number' ? toNumber(event.target.value) : event.target.value)}
      {...aria}
    />
  )
  if (suggestions.length === 0) return input
  return (
    <>
      {input}
      <datalist id={`${aria.id}-list`}>
        {suggestions.map((each) => (
          <option key={each} value={each} />
        ))}
      </datalist>
    </>
  )
}

/** Numbers are typed as texts: what is no number is sent as it is, and refused by the server in words. */
const inputTypes: Partial<Record<ControlKind, string>> = {
  secret: 'password',
  email: 'email',
  tel: 'tel',
  date: 'date',
  localtime: 'datetime-local',
}
/** Characters of a time to the second, without its zone. */
const localLength = 19
const toNumber = (text: string): unknown => (text.trim() === '' ? undefined : /^-?\d+(?:\.\d+)?$/.test(text.trim()) ? Number(text) : text)

/** JSON is stored as what it says, once it can be read; what cannot be read is refused by the server. */
function CodeInput({ label, language = 'text', isReadOnly = false, value, onChange }: ControlProps) {
  const isJson = language === 'json'
  const [typed, setTyped] = useState(() => toCode(value))
  useEffect(() => setTyped((now) => (toCode(fromCode(now, isJson)) === toCode(value) ? now : toCode(value))), [value, isJson])
  const change = (text: string) => {
    setTyped(text)
    onChange(fromCode(text, isJson))
  }
  return <CodeEditor label={label} value={typed} {...(language !== 'text' && { language })} readOnly={isReadOnly} onChange={change} />
}

const toCode = (value: unknown): string => (value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value, null, 2))

function fromCode(text: string, isJson: boolean): unknown {
  if (!isJson) return text
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

/** What is typed is kept as it is, an empty line too: the list has those with something in them. */
function LinesInput({ isReadOnly = false, value, onChange, aria }: ControlProps & { readonly aria: Aria }) {
  const [typed, setTyped] = useState(() => toLines(value))
  useEffect(() => setTyped((now) => (toLines(fromLines(now)) === toLines(value) ? now : toLines(value))), [value])
  return (
    <textarea
      className="input"
      rows={Math.min(6, Math.max(2, typed.split('\n').length))}
      readOnly={isReadOnly}
      value={typed}
      onChange={(event) => {
        setTyped(event.target.value)
        onChange(fromLines(event.target.value))
      }}
      {...aria}
    />
  )
}

const toLines = (value: unknown): string => (Array.isArray(value) ? value.map(asText).join('\n') : asText(value))
function fromLines(text: string): readonly string[] | undefined {
  const lines = text.split('\n').filter((line) => line !== '')
  return lines.length > 0 ? lines : undefined
}

/** In the time zone of the user, stored in UTC. */
function DateTimeInput({ isReadOnly = false, value, onChange, aria }: ControlProps & { readonly aria: Aria }) {
  const [typed, setTyped] = useState(() => toLocal(value))
  useEffect(() => setTyped((now) => (toUtc(now) === value ? now : toLocal(value))), [value])
  return (
    <input
      className="input"
      type="datetime-local"
      step={1}
      readOnly={isReadOnly}
      value={typed}
      onChange={(event) => {
        setTyped(event.target.value)
        onChange(toUtc(event.target.value))
      }}
      {...aria}
    />
  )
}

const toUtc = (local: string): string | undefined => (local === '' ? undefined : fromLocal(local))

function FlagControl({ label, hint, error, isReadOnly = false, value, onChange }: ControlProps) {
  const id = useId()
  return (
    <div className="field">
      <label className="choice flag">
        <input
          type="checkbox"
          checked={value === true || value === 'true'}
          disabled={isReadOnly}
          aria-describedby={`${id}-hint`}
          onChange={(event) => onChange(event.target.checked)}
        />
        <span>{label}</span>
      </label>
      <Notes id={id} hint={hint} error={error} />
    </div>
  )
}

function ChoicesControl({ label, hint, error, kind, options = [], isRequired, isReadOnly = false, value, onChange }: ControlProps) {
  const id = useId()
  const isOne = kind === 'radio'
  const chosen = isOne ? [asText(value)] : Array.isArray(value) ? value.map(asText) : []
  const toggle = (option: string, on: boolean) =>
    onChange(isOne ? option : on ? [...chosen, option] : chosen.filter((each) => each !== option))
  return (
    <fieldset className="field fieldset" aria-describedby={`${id}-hint`}>
      <legend>{isRequired ? words.fields.required(label) : label}</legend>
      {options.map((option) => (
        <label key={option.value} className="choice">
          <input
            type={isOne ? 'radio' : 'checkbox'}
            name={id}
            disabled={isReadOnly}
            checked={chosen.includes(option.value)}
            onChange={(event) => toggle(option.value, event.target.checked)}
          />
          <span className="choice-text">{option.label}</span>
        </label>
      ))}
      <Notes id={id} hint={hint} error={error} />
    </fieldset>
  )
}

type Pair = readonly [key: string, value: string]

/** Rows of keys and values: a list of pairs where the form names their parts, an object otherwise. */
function PairsControl({ label, hint, error, isReadOnly = false, pair, value, onChange }: ControlProps) {
  const id = useId()
  const names = Array.isArray(value) || pair !== undefined ? (pair ?? defaultPair) : undefined
  const [typed, setTyped] = useState(() => readPairs(value, pair))
  // Rows as they were typed, as long as that is what the value says: two keys may be alike while one is typed.
  const rows = isSaid(writePairs(typed, names), value) ? typed : readPairs(value, pair)
  const set = (next: readonly Pair[]) => {
    setTyped(next)
    onChange(writePairs(next, names))
  }
  const keys = rows.flatMap(([key]) => (key === '' ? [] : [key]))
  const isTwice = names === undefined && new Set(keys).size < keys.length
  const change = (place: number, part: 0 | 1, text: string) =>
    set(rows.map((row, i) => (i === place ? (part === 0 ? [text, row[1]] : [row[0], text]) : row)))
  return (
    <fieldset className="field fieldset">
      <legend>{label}</legend>
      {rows.map((row, place) => (
        // oxlint-disable-next-line react/no-array-index-key -- a row is its place: keys are being typed
        <div key={place} className="pair">
          {([0, 1] as const).map((part) => (
            <input
              key={part}
              className="input"
              aria-label={words.fields.pair(label, place + 1, part === 0)}
              readOnly={isReadOnly}
              value={row[part]}
              onChange={(event) => change(place, part, event.target.value)}
            />
          ))}
          {!isReadOnly && (
            <IconButton icon="cross" label={words.fields.removeRow(place + 1)} onClick={() => set(rows.filter((_, i) => i !== place))} />
          )}
        </div>
      ))}
      {!isReadOnly && (
        <div>
          <Button icon="plus" onClick={() => set([...rows, ['', '']])}>
            {words.fields.addRow}
          </Button>
        </div>
      )}
      <Notes id={id} hint={hint} error={error ?? (isTwice ? rowWords.sameKey : undefined)} />
    </fieldset>
  )
}

const defaultPair = ['key', 'value'] as const

function readPairs(value: unknown, [keyName, valueName]: readonly [string, string] = defaultPair): readonly Pair[] {
  if (Array.isArray(value))
    return value.map((each: unknown) => {
      const row = (typeof each === 'object' && each !== null ? each : {}) as Readonly<Record<string, unknown>>
      return [asText(row[keyName]), asText(row[valueName])]
    })
  return typeof value === 'object' && value !== null ? Object.entries(value).map(([key, each]) => [key, asText(each)]) : []
}

/** A row without a key is not written into an object yet. */
const writePairs = (rows: readonly Pair[], names: readonly [string, string] | undefined): unknown =>
  names ? rows.map(([key, each]) => ({ [names[0]]: key, [names[1]]: each })) : Object.fromEntries(rows.filter(([key]) => key !== ''))

const isSaid = (written: unknown, value: unknown): boolean => JSON.stringify(written) === JSON.stringify(value ?? {})

function Notes({ id, hint, error }: { readonly id: string; readonly hint: string | undefined; readonly error: string | undefined }) {
  return (
    <>
      {hint && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p className="field-error" role="alert">
          {error}
        </p>
      )}
    </>
  )
}

/** Which lookup translates a value, chosen or made in place, and edited where it is used. */
import { useState } from 'react'
import { Button } from '../../parts/button.tsx'
import { Field } from '../../parts/field.tsx'
import { editorWords } from '../../words/editors.ts'
import type { Json } from '../editor.ts'
import { LookupForm } from './lookup-form.tsx'

const words = editorWords.lookups

interface LookupSettingProps {
  readonly label: string
  readonly name: string
  /** What a new one is called, where no other is called so. */
  readonly suggested: string
  readonly lookups: readonly Json[]
  readonly isReadOnly: boolean
  readonly onChange: (name: string | undefined, lookups: readonly Json[] | undefined) => void
}

const nameOf = ({ name }: Json): string => (typeof name === 'string' ? name : '')

export function LookupSetting({ label, name, suggested, lookups, isReadOnly, onChange }: LookupSettingProps) {
  const [isOpen, setOpen] = useState(false)
  const at = lookups.findIndex((each) => nameOf(each) === name)
  const lookup = at >= 0 ? lookups[at] : undefined
  const make = () => {
    const taken = new Set(lookups.map(nameOf))
    let made = suggested
    for (let i = 2; taken.has(made); i++) made = `${suggested} ${i}`
    onChange(made, [...lookups, { name: made, map: {} }])
    setOpen(true)
  }
  return (
    <>
      <Field label={label}>
        {(aria) => (
          <select
            className="input"
            disabled={isReadOnly}
            value={name}
            onChange={({ target }) => onChange(target.value || undefined, lookups)}
            {...aria}
          >
            <option value="">{words.none}</option>
            {name !== '' && !lookup && <option value={name}>{words.missing(name)}</option>}
            {lookups.map((each) => (
              <option key={nameOf(each)} value={nameOf(each)}>
                {nameOf(each)}
              </option>
            ))}
          </select>
        )}
      </Field>
      <div className="inline">
        {lookup && (
          <Button aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            {isOpen ? words.closeForm : words.edit}
          </Button>
        )}
        {!isReadOnly && (
          <Button icon="plus" onClick={make}>
            {words.add}
          </Button>
        )}
      </div>
      {lookup && isOpen && (
        <LookupForm
          key={at}
          lookup={lookup}
          taken={lookups.filter((each) => each !== lookup).map(nameOf)}
          isReadOnly={isReadOnly}
          onChange={(next) => onChange(nameOf(next), lookups.with(at, next))}
          onRemove={() => {
            setOpen(false)
            const left = lookups.filter((each) => each !== lookup)
            onChange(undefined, left.length > 0 ? left : undefined)
          }}
        />
      )}
    </>
  )
}

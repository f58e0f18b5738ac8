/** A connection, a step or a flow as a form: its fields in groups, those first that everybody needs. While it is new, one required field after the other. */
import { useId, useState } from 'react'
import { readPath, writePath } from '../parts/document-path.ts'
import { DocumentSelect } from '../parts/document-form.tsx'
import { FieldControl, type ControlKind } from '../parts/field-control.tsx'
import { isCollection } from '../collections.ts'
import { Icon } from '../parts/icon.tsx'
import { builderWords } from '../words/builder.ts'
import { humanize } from '../words/humanize.ts'
import { documentWords } from '../words/documents.ts'
import { nameOption } from '../words/options.ts'
import type { Condition, StepField, StepForm as Form } from '../../step-forms.ts'
import { followUps } from './starts.ts'
import type { Values } from './workspace.ts'

const words = builderWords

interface StepFormProps {
  readonly form: Form
  readonly values: Values
  /** What the server says of a field, by its path. */
  readonly problems: ReadonlyMap<string, string>
  readonly isReadOnly?: boolean
  /** It was never stored: fields come one after the other. */
  readonly isNew: boolean
  readonly onChange: (values: Values, path: string) => void
}

const asText = (value: unknown): string =>
  value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value as string)

const holds = (values: Values, { path, is }: Condition): boolean => {
  const text = asText(readPath(values, path))
  return is ? is.includes(text) : text !== ''
}
const isShown = (field: StepField, values: Values): boolean => field.when.every((condition) => holds(values, condition))

const isRequired = ({ isRequired: always, requiredWhere }: StepField, values: Values): boolean =>
  always || (requiredWhere !== undefined && requiredWhere.every((condition) => holds(values, condition)))

const labelOf = (path: string): string => {
  const label = documentWords[path] ?? humanize(path)
  return secondRequest.test(path) ? words.panel.second(label) : label
}
/** Of imports that create or update, by two requests. */
const secondRequest = /^http\.\w+\.1$/

/** The first field that is required and that nobody has filled in yet. */
export const findMissing = ({ fields, groups }: Form, values: Values): StepField | undefined =>
  groups
    .flatMap((group) => fields.filter((field) => field.group === group))
    .find((field) => isShown(field, values) && isRequired(field, values) && asText(readPath(values, field.path)) === '')

export function StepForm({ form, values, problems, isReadOnly = false, isNew, onChange }: StepFormProps) {
  const shown = form.fields.filter((field) => isShown(field, values))
  const missing = isNew ? findMissing(form, values) : undefined
  const missingGroup = missing && form.groups.indexOf(missing.group)
  // Groups after the one with the first missing field are shown once it is filled in.
  const groups = missingGroup === undefined ? form.groups : form.groups.slice(0, missingGroup + 1)
  return (
    <div className="step-form-groups">
      {groups.map((group) => (
        <FormGroup
          key={group}
          group={group}
          fields={shown.filter((field) => field.group === group)}
          isWaiting={missing?.group === group}
          values={values}
          problems={problems}
          isReadOnly={isReadOnly}
          onChange={(path, value) => onChange(followUps(writePath(values, path, value), path, value), path)}
        />
      ))}
      {missing && <p className="hint next-field">{words.panel.next(labelOf(missing.path))}</p>}
    </div>
  )
}

interface FormGroupProps extends Pick<StepFormProps, 'values' | 'problems' | 'isReadOnly'> {
  readonly group: string
  readonly fields: readonly StepField[]
  readonly isWaiting: boolean
  readonly onChange: (path: string, value: unknown) => void
}

function FormGroup({ group, fields, isWaiting, values, problems, isReadOnly = false, onChange }: FormGroupProps) {
  const id = useId()
  const hasProblem = fields.some(({ path }) => problems.has(path))
  const [isOpen, setOpen] = useState(false)
  if (fields.length === 0) return null
  // A field that somebody has filled in stays in sight.
  const isFirst = (field: StepField) =>
    field.isEssential || isRequired(field, values) || problems.has(field.path) || readPath(values, field.path) !== undefined
  const first = fields.filter(isFirst)
  const more = fields.filter((field) => !isFirst(field))
  const draw = (field: StepField) => (
    <StepControl
      key={field.path}
      field={field}
      isRequired={isRequired(field, values)}
      error={problems.get(field.path)}
      isReadOnly={isReadOnly}
      value={readPath(values, field.path)}
      onChange={(value) => onChange(field.path, value)}
    />
  )
  return (
    <section className="form-group step-group" aria-labelledby={id}>
      <h3 id={id}>{words.groups[group] ?? humanize(group)}</h3>
      {first.map(draw)}
      {more.length > 0 && !isWaiting && (
        <details className="more-fields" open={isOpen || hasProblem} onToggle={(event) => setOpen(event.currentTarget.open)}>
          <summary>
            <Icon name="chevron" size={12} />
            {words.panel.moreFields(more.length)}
          </summary>
          {(isOpen || hasProblem) && <div className="form-group">{more.map(draw)}</div>}
        </details>
      )}
    </section>
  )
}

interface StepControlProps {
  readonly field: StepField
  readonly isRequired: boolean
  readonly error: string | undefined
  readonly isReadOnly: boolean
  readonly value: unknown
  readonly onChange: (value: unknown) => void
}

const controlKinds: Partial<Record<StepField['kind'], ControlKind>> = { json: 'code', pairs: 'pairs' }

function StepControl({ field, value, ...rest }: StepControlProps) {
  const { path, kind, hint, options, collection, byDefault } = field
  const shared = { ...rest, label: labelOf(path), hint, ...(byDefault !== undefined && { placeholder: String(byDefault) }) }
  if (collection !== undefined && isCollection(collection)) return <DocumentSelect {...shared} value={value} collection={collection} />
  return (
    <FieldControl
      {...shared}
      // A flag that nobody has set is what it is by default.
      value={kind === 'flag' && value === undefined ? byDefault : value}
      kind={controlKinds[kind] ?? (kind as ControlKind)}
      {...(kind === 'json' && { language: 'json' as const })}
      {...(kind === 'pairs' && { pair: ['name', 'value'] as const })}
      options={options?.map((option) => ({ value: option, label: nameOption(path, option) }))}
    />
  )
}

/** A document as a form: the fields that most people need, drawn from the contract. What has no place here is kept, and stands in the JSON. */
import { isObject } from '../../../src/contract/is-object.ts'
import { documentFields, type DocumentField } from '../../document-fields.ts'
import type { Collection } from '../../../src/contract/resources/index.ts'
import { lazy } from 'react'
import { useLater } from '../api/queries.ts'
import { collections, isCollection } from '../collections.ts'
import { documentWords } from '../words/documents.ts'
import { nameOption } from '../words/options.ts'
import type { FormView, FormViewProps } from './document-editor.tsx'
import { readPath, writePath } from './document-path.ts'
import { FieldControl, type ControlKind } from './field-control.tsx'
import { RowsControl } from './rows-control.tsx'
import { listOf, listSteps, StepsControl } from './steps-control.tsx'

const FormDesigner = lazy(async () => ({ default: (await import('./form-designer.tsx')).FormDesigner }))

type Values = Readonly<Record<string, unknown>>

/** Undefined for types of documents that are entered as JSON. */
export function formOf(collection: Collection, isNew: boolean): FormView | undefined {
  const fields = documentFields[collection]
  if (!fields) return undefined
  return {
    fields: (values) => new Set(listPaths(fields, values)),
    draw: (props) => <DocumentForm fields={fields} isNew={isNew} {...props} />,
  }
}

const isShown = ({ when }: DocumentField, values: Values): boolean => !when || when.is.includes(String(readPath(values, when.path)))

/** Where the form has a control: the fields that show, and those of each entry of a list. */
const listPaths = (fields: readonly DocumentField[], values: Values): readonly string[] =>
  fields
    .filter((field) => isShown(field, values))
    .flatMap(({ path, kind, columns = [] }) => {
      const value = readPath(values, path)
      const entries = kind === 'steps' ? listSteps(value) : listOf(value).map((entry, place) => [String(place), entry] as const)
      return [path, ...entries.flatMap(([at, entry]) => listPaths(columns, entry).map((below) => `${path}.${at}.${below}`))]
    })

interface DocumentFormProps extends FormViewProps {
  readonly fields: readonly DocumentField[]
  readonly isNew: boolean
}

function DocumentForm({ fields, isNew, values, problems, isReadOnly, onChange }: DocumentFormProps) {
  return (
    <div className="form-fields">
      <ShownFields
        fields={fields}
        isNew={isNew}
        document={values}
        values={values}
        isReadOnly={isReadOnly}
        problemOf={(path) => problems.get(path)}
        onChange={onChange}
      />
    </div>
  )
}

interface ShownFieldsProps {
  readonly fields: readonly DocumentField[]
  /** Path of the document, or of the row, that the fields are of: words are said by whole paths. */
  readonly root?: string
  readonly isNew: boolean
  /** The document as a whole. */
  readonly document: Values
  /** The document or the row. */
  readonly values: Values
  readonly isReadOnly: boolean
  readonly problemOf: (path: string) => string | undefined
  readonly onChange: (values: Values) => void
}

function ShownFields({ fields, root = '', isNew, document, values, isReadOnly, problemOf, onChange }: ShownFieldsProps) {
  return fields
    .filter((field) => isShown(field, values))
    .map((field) => (
      <DocumentControl
        key={field.path}
        field={field}
        root={root}
        isNew={isNew}
        document={document}
        problemOf={problemOf}
        isReadOnly={isReadOnly || (field.isFixed === true && !isNew)}
        value={readPath(values, field.path)}
        onChange={(value) => onChange(writePath(values, field.path, value))}
      />
    ))
}

interface DocumentControlProps {
  readonly field: DocumentField
  readonly root: string
  readonly isNew: boolean
  readonly document: Values
  readonly problemOf: (path: string) => string | undefined
  readonly isReadOnly: boolean
  readonly value: unknown
  readonly onChange: (value: unknown) => void
}

function DocumentControl({ field, root, isNew, document, problemOf, ...rest }: DocumentControlProps) {
  const { path, kind, hint, isRequired, options, collection, byDefault, columns, place, within, start } = field
  const whole = `${root}${path}`
  const shared = {
    ...rest,
    error: problemOf(path),
    label: documentWords[whole] ?? path.split('.').findLast((name) => !/^\d+$/.test(name)) ?? path,
    hint,
    isRequired,
    ...(byDefault !== undefined && { placeholder: String(byDefault) }),
  }
  if (columns) {
    const draw = (row: Values, onChange: (row: Values) => void, at: number | string) => (
      <ShownFields
        fields={columns}
        root={`${whole}.`}
        isNew={isNew}
        document={document}
        values={row}
        isReadOnly={rest.isReadOnly}
        problemOf={(below) => problemOf(`${path}.${at}.${below}`)}
        onChange={onChange}
      />
    )
    if (kind === 'rows')
      return (
        <RowsControl
          {...shared}
          {...(start && { start })}
          onChange={(next) => rest.onChange(place ? withPlaces(next, place) : next)}
          draw={draw}
        />
      )
    return <StepsControl {...shared} document={document} endsAt={whole.startsWith('builder.') ? 'apiRouter' : 'outputRouter'} draw={draw} />
  }
  if (kind === 'form') return <FormDesigner {...shared} />
  if (kind === 'refs' && collection !== undefined && isCollection(collection))
    return <DocumentChoices {...shared} collection={collection} of={within === undefined ? undefined : readPath(document, within)} />
  if (collection !== undefined && isCollection(collection)) return <DocumentSelect {...shared} collection={collection} />
  // A flag that nobody has set is what it is by default.
  const value = kind === 'flag' && rest.value === undefined ? byDefault : rest.value
  return (
    <FieldControl
      {...shared}
      value={value}
      kind={kind === 'json' ? 'code' : (kind as ControlKind)}
      {...(kind === 'code' && { language: 'javascript' as const })}
      {...(kind === 'json' && { language: 'json' as const })}
      options={options?.map((option) => ({ value: option, label: nameOption(path, option) }))}
    />
  )
}

/** A larger place offers more, as the API reads it. */
const withPlaces = (rows: readonly unknown[] | undefined, name: string): readonly unknown[] | undefined =>
  rows?.map((row, place) => (isObject(row) ? { ...row, [name]: place } : row))

/** Documents that one may be chosen of. */
const mostOffered = 1000

type SelectProps = Omit<Parameters<typeof FieldControl>[0], 'kind' | 'options'> & {
  readonly collection: Collection
  /** Only documents of this type. */
  readonly type?: string
  /** Nothing is drawn where there is none to choose. */
  readonly hidesEmpty?: boolean
}

/** One of the documents of a type, by its name. */
export function DocumentSelect({ collection, type, hidesEmpty = false, ...rest }: SelectProps) {
  const query = { limit: mostOffered, ...(type !== undefined && { type }) }
  // Every list takes these; of which type its documents are is known only here.
  const { data = [] } = useLater(collections[collection].list as 'listConnections', { query })
  const options = data.map(({ _id, name }) => ({ value: _id, label: name ?? _id })).toSorted((a, b) => a.label.localeCompare(b.label))
  if (hidesEmpty && options.length === 0) return null
  return <FieldControl {...rest} kind="select" options={options} />
}

/** Several documents of a type, by their names. */
function DocumentChoices({ collection, of, ...rest }: SelectProps & { readonly of: unknown }) {
  const query = { limit: mostOffered, ...(typeof of === 'string' && { _integrationId: of }) }
  const { data = [] } = useLater(collections[collection].list as 'listFlows', { query })
  const options = data.map(({ _id, name }) => ({ value: _id, label: name ?? _id })).toSorted((a, b) => a.label.localeCompare(b.label))
  const chosen = Array.isArray(rest.value) ? rest.value : []
  return (
    <div className="choices">
      <FieldControl
        {...rest}
        kind="multiselect"
        value={chosen}
        options={options}
        onChange={(next) => rest.onChange(Array.isArray(next) && next.length > 0 ? next : undefined)}
      />
    </div>
  )
}

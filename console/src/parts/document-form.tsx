/** A document as a form: the fields that most people need, drawn from the contract. What has no place here is kept, and stands in the JSON. */
import { documentFields, type DocumentField } from '../../document-fields.ts'
import type { Collection } from '../../../src/contract/resources/index.ts'
import { useLater } from '../api/queries.ts'
import { collections, isCollection } from '../collections.ts'
import { documentWords } from '../words/documents.ts'
import type { FormView, FormViewProps } from './document-editor.tsx'
import { readPath, writePath } from './document-path.ts'
import { FieldControl, type ControlKind } from './field-control.tsx'

/** Undefined for types of documents that are entered as JSON. */
export function formOf(collection: Collection, isNew: boolean): FormView | undefined {
  const fields = documentFields[collection]
  if (!fields) return undefined
  return {
    fields: new Set(fields.map(({ path }) => path)),
    draw: (props) => <DocumentForm fields={fields} isNew={isNew} {...props} />,
  }
}

interface DocumentFormProps extends FormViewProps {
  readonly fields: readonly DocumentField[]
  readonly isNew: boolean
}

function DocumentForm({ fields, isNew, values, problems, isReadOnly, onChange }: DocumentFormProps) {
  const shown = fields.filter(({ when }) => !when || when.is.includes(String(readPath(values, when.path))))
  return (
    <div className="form-fields">
      {shown.map((field) => (
        <DocumentControl
          key={field.path}
          field={field}
          error={problems.get(field.path)}
          isReadOnly={isReadOnly || (field.isFixed === true && !isNew)}
          value={readPath(values, field.path)}
          onChange={(value) => onChange(writePath(values, field.path, value))}
        />
      ))}
    </div>
  )
}

interface DocumentControlProps {
  readonly field: DocumentField
  readonly error: string | undefined
  readonly isReadOnly: boolean
  readonly value: unknown
  readonly onChange: (value: unknown) => void
}

function DocumentControl({ field, ...rest }: DocumentControlProps) {
  const { path, kind, hint, isRequired, options, collection, byDefault } = field
  const shared = {
    ...rest,
    label: documentWords[path] ?? path.split('.').findLast((name) => !/^\d+$/.test(name)) ?? path,
    hint,
    isRequired,
    ...(byDefault !== undefined && { placeholder: String(byDefault) }),
  }
  if (collection !== undefined && isCollection(collection)) return <DocumentSelect {...shared} collection={collection} />
  // A flag that nobody has set is what it is by default.
  const value = kind === 'flag' && rest.value === undefined ? byDefault : rest.value
  return (
    <FieldControl
      {...shared}
      value={value}
      kind={kind as ControlKind}
      {...(kind === 'code' && { language: 'javascript' as const })}
      options={options?.map((option) => ({ value: option, label: option }))}
    />
  )
}

/** Documents that one may be chosen of. */
const mostOffered = 1000

type SelectProps = Omit<Parameters<typeof FieldControl>[0], 'kind' | 'options'> & {
  readonly collection: Collection
  /** Only documents of this type. */
  readonly type?: string
}

/** One of the documents of a type, by its name. */
export function DocumentSelect({ collection, type, ...rest }: SelectProps) {
  const query = { limit: mostOffered, ...(type !== undefined && { type }) }
  // Every list takes these; of which type its documents are is known only here.
  const { data = [] } = useLater(collections[collection].list as 'listConnections', { query })
  const options = data.map(({ _id, name }) => ({ value: _id, label: name ?? _id })).toSorted((a, b) => a.label.localeCompare(b.label))
  return <FieldControl {...rest} kind="select" options={options} />
}

/** Records as a table: a column a field, cut to what can be read; what is deeper is shown as JSON. */
import { builderWords } from '../words/builder.ts'

/** Columns that a person looks through. */
const mostColumns = 40
/** Rows of a preview that are drawn. */
const mostRows = 200
/** Characters of a cell. */
const longest = 120

export function RecordTable({ records }: { readonly records: readonly unknown[] }) {
  const rows = records.slice(0, mostRows)
  const columns = [...new Set(rows.flatMap(namesOf))].slice(0, mostColumns)
  return (
    <div className="record-table" tabIndex={0} role="region" aria-label={builderWords.preview.table}>
      <table>
        <thead>
          <tr>
            {columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((record, i) => (
            // oxlint-disable-next-line react/no-array-index-key -- records have no other name
            <tr key={i}>
              {columns.map((name) => (
                <td key={name}>{cellOf(record, name)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

const namesOf = (record: unknown): readonly string[] => (typeof record === 'object' && record !== null ? Object.keys(record) : [''])

function cellOf(record: unknown, name: string): string {
  const value =
    typeof record === 'object' && record !== null ? (record as Readonly<Record<string, unknown>>)[name] : name === '' ? record : undefined
  const text = value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value as string)
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}

/** What is different in one resource, field by field: mappings as rows, texts line by line, all else from what to what. */
import { isObject } from '../../../../src/contract/is-object.ts'
import type { FieldDifference } from '../../../../src/contract/operations/lifecycle/revision-diff.ts'
import { useState } from 'react'
import { lifecycleWords } from '../../words/lifecycle.ts'
import { Button } from '../button.tsx'
import { Badge } from '../status.tsx'
import { findMappingPlace, type MappingPlace } from './mapping-path.ts'
import { PatchLines } from './text-lines.tsx'
import './diff.css'

const words = lifecycleWords.diff
/** Fields that are drawn before somebody asks for more. */
const shownFirst = 200

interface MappingChange extends FieldDifference, MappingPlace {}

export function FieldChanges({ of, changes }: { readonly of: string; readonly changes: readonly FieldDifference[] }) {
  const [most, setMost] = useState(shownFirst)
  const shown = changes.slice(0, most)
  const rows: MappingChange[] = []
  const fields: FieldDifference[] = []
  for (const change of shown) {
    const place = change.change === 'reordered' || change.diff !== undefined ? undefined : findMappingPlace(change.path)
    if (place) rows.push({ ...change, ...place })
    else fields.push(change)
  }
  return (
    <div className="field-changes">
      {fields.map((change) => (
        <FieldChange key={`${change.change} ${change.path}`} of={of} change={change} />
      ))}
      {[...Map.groupBy(rows, ({ mapping }) => mapping)].map(([mapping, changed]) => (
        <MappingRows key={mapping} of={of} mapping={mapping} rows={changed} />
      ))}
      {most < changes.length && <Button onClick={() => setMost(most + shownFirst)}>{words.moreFields(changes.length - most)}</Button>}
    </div>
  )
}

function FieldChange({ of, change: { change, path, old, new: now, diff } }: { readonly of: string; readonly change: FieldDifference }) {
  return (
    <div className="field-change">
      <div className="with-marks">
        <code className="field-path">{path}</code>
        <Badge tone={change === 'removed' ? 'error' : change === 'added' ? 'accent' : 'neutral'}>{words.changes[change]}</Badge>
      </div>
      {diff !== undefined ? (
        <PatchLines label={words.linesOf(of, path)} patch={diff} />
      ) : change === 'reordered' ? (
        <div className="from-to">
          <Value text={asOrder(old)} kind="removed" />
          <Value text={asOrder(now)} kind="added" />
        </div>
      ) : (
        <div className="from-to">
          {old !== undefined && <Value text={asText(old)} kind="removed" />}
          {now !== undefined && <Value text={asText(now)} kind="added" />}
        </div>
      )}
    </div>
  )
}

const asOrder = (value: unknown): string => (Array.isArray(value) ? value.map(asText).join('\n') : asText(value))
const asText = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? ''))

function Value({ text, kind }: { readonly text: string; readonly kind: 'removed' | 'added' }) {
  const Mark = kind === 'removed' ? 'del' : 'ins'
  return (
    <Mark className={`value ${kind}`}>
      <span className="hidden">{words.lines[kind]}: </span>
      {text === '' ? <em>{words.emptyText}</em> : text}
    </Mark>
  )
}

function MappingRows({ of, mapping, rows }: { readonly of: string; readonly mapping: string; readonly rows: readonly MappingChange[] }) {
  return (
    <div className="field-change">
      <code className="field-path">{mapping}</code>
      <div className="lines-room">
        <table className="table mapping-rows" aria-label={words.rowsOf(of, mapping)}>
          <thead>
            <tr>
              <th scope="col">{words.destination}</th>
              <th scope="col">{words.what}</th>
              <th scope="col">{words.before}</th>
              <th scope="col">{words.after}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ path, change, destination, field, old, new: now }) => (
              <tr key={`${change} ${path}`}>
                <th scope="row">
                  <code>{destination}</code>
                </th>
                <td>{field === '' ? words.changes[change] : <code>{field}</code>}</td>
                <td>{old !== undefined && <Value text={asSource(old)} kind="removed" />}</td>
                <td>{now !== undefined && <Value text={asSource(now)} kind="added" />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  )
}

/** A row of a mapping by what it takes its value from. */
function asSource(value: unknown): string {
  if (!isObject(value)) return asText(value)
  const { extract, hardCodedValue, lookupName } = value
  const from = [extract, lookupName].find((each) => typeof each === 'string' && each !== '')
  if (hardCodedValue !== undefined) return JSON.stringify(hardCodedValue)
  return typeof from === 'string' ? from : asText(value)
}

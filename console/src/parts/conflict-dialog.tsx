/** Two versions of a document side by side, field by field, where somebody else saved first: one chooses. */
import { useState } from 'react'
import { words } from '../words.ts'
import { accountWords } from '../words/account.ts'
import { conflictWords } from '../words/conflict.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { isSame } from './is-same.ts'

type Fields = Readonly<Record<string, unknown>>

interface ConflictDialogProps {
  readonly theirs: unknown
  readonly mine: unknown
  /** What both began with: fields that only one side changed are chosen already. */
  readonly base: unknown
  readonly onChoose: (value: unknown) => void
  readonly onClose: () => void
}

/** The server's own. */
const stamps: ReadonlySet<string> = new Set(['lastModified', 'createdAt', '_id'])
const asFields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : { '': value }

export function ConflictDialog({ theirs: theirsOf, mine: mineOf, base: baseOf, onChoose, onClose }: ConflictDialogProps) {
  const [theirs, mine, base] = [asFields(theirsOf), asFields(mineOf), asFields(baseOf)]
  const fields = [...new Set([...Object.keys(theirs), ...Object.keys(mine)])].filter(
    (field) => !stamps.has(field) && !isSame(theirs[field], mine[field]),
  )
  const [takesMine, setTakesMine] = useState<ReadonlySet<string>>(
    () => new Set(fields.filter((field) => !isSame(mine[field], base[field]))),
  )
  const choose = (field: string, isMine: boolean) =>
    setTakesMine(new Set(isMine ? [...takesMine, field] : [...takesMine].filter((each) => each !== field)))
  const save = () => {
    const chosen = Object.entries({ ...theirs, ...Object.fromEntries([...takesMine].map((field) => [field, mine[field]])) })
    const result = Object.fromEntries(chosen.filter(([, value]) => value !== undefined))
    onChoose('' in result ? result[''] : result)
  }
  return (
    <Dialog title={conflictWords.title} onClose={onClose} wide>
      <div className="dialog-body">
        <p className="soft">{conflictWords.why}</p>
        <table className="table conflict" aria-label={conflictWords.title}>
          <thead>
            <tr>
              <th scope="col">{conflictWords.field}</th>
              <th scope="col">{conflictWords.theirs}</th>
              <th scope="col">{conflictWords.mine}</th>
            </tr>
          </thead>
          <tbody>
            {fields.map((field) => (
              <tr key={field}>
                <th scope="row">{field || accountWords.audit.what}</th>
                <Side
                  field={field}
                  label={conflictWords.theirs}
                  value={theirs[field]}
                  checked={!takesMine.has(field)}
                  onChoose={() => choose(field, false)}
                />
                <Side
                  field={field}
                  label={conflictWords.mine}
                  value={mine[field]}
                  checked={takesMine.has(field)}
                  onChoose={() => choose(field, true)}
                />
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <footer>
        <Button onClick={onClose}>{words.actions.cancel}</Button>
        <Button kind="primary" onClick={save}>
          {conflictWords.save}
        </Button>
      </footer>
    </Dialog>
  )
}

function Side({
  field,
  label,
  value,
  checked,
  onChoose,
}: {
  field: string
  label: string
  value: unknown
  checked: boolean
  onChoose: () => void
}) {
  return (
    <td>
      <label className="conflict-side">
        <input type="radio" name={`side-${field}`} aria-label={`${label}: ${field}`} checked={checked} onChange={onChoose} />
        <code>{value === undefined ? conflictWords.absent : JSON.stringify(value, null, 1)}</code>
      </label>
    </td>
  )
}

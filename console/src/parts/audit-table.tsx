/** Who changed what, newest first, with what it was before. */
import { Suspense, useState } from 'react'
import type { CallResult, OperationName } from '../api/client.ts'
import { useData } from '../api/queries.ts'
import { words } from '../words.ts'
import { accountWords } from '../words/account.ts'
import { Button } from './button.tsx'
import { DateRange } from './date-range.tsx'
import { Dialog } from './dialog.tsx'
import { Badge } from './status.tsx'
import { Empty, Loading } from './states.tsx'
import { Table, type Column } from './table.tsx'
import { exactTime, Time } from './time.tsx'
import { useSearchChange, useUrlState } from '../url-state.ts'
import { beginOfDay, endOfDay } from '../zone.ts'

type Entry = CallResult<'listAudit'>[number]

/** Entries of one page. */
const auditPage = 100
/** Every one of the contract, in this order. */
const actions = Object.keys({
  create: true,
  update: true,
  delete: true,
  restore: true,
  purge: true,
  run: true,
  cancel: true,
  retry: true,
  resolve: true,
  assign: true,
  tag: true,
  invoke: true,
  ping: true,
  view: true,
  apply: true,
  refresh: true,
  decide: true,
  signin: true,
  signin_failed: true,
} satisfies Record<Entry['event'], true>)
const sources = ['api', 'script', 'system']

/** The filters of the address, as the operations take them. */
function useAuditQuery() {
  const [action] = useUrlState('action')
  const [source] = useUrlState('source')
  const [from] = useUrlState('from')
  const [to] = useUrlState('to')
  const [page] = useUrlState('page', '1')
  const offset = Math.max(0, (Number(page) || 1) - 1) * auditPage
  return {
    limit: auditPage,
    ...(offset > 0 && { offset }),
    ...(action && { action }),
    ...(source && { source }),
    ...(from && { from: beginOfDay(from) }),
    ...(to && { to: endOfDay(to) }),
  }
}

/** The changes that an operation lists, of everything or of one document. The filters stay while others are asked for. */
export function AuditLog(props: AuditLogProps) {
  return (
    <>
      <AuditFilters />
      <Suspense fallback={<Loading />}>
        <AuditEntries {...props} />
      </Suspense>
    </>
  )
}

interface AuditLogProps {
  readonly operation: OperationName
  readonly id?: string
}

function AuditEntries({ operation, id }: AuditLogProps) {
  const query = useAuditQuery()
  return <AuditTable entries={useData(operation as 'listFlowAudit', { params: { _id: id ?? '' }, query })} />
}

function AuditFilters() {
  const change = useSearchChange()
  const [action] = useUrlState('action')
  const [source] = useUrlState('source')
  const set = (key: string) => (event: React.ChangeEvent<HTMLInputElement | HTMLSelectElement>) =>
    change({ [key]: event.target.value, page: undefined })
  return (
    <div className="toolbar">
      <Choice
        label={accountWords.audit.action}
        any={accountWords.audit.anyAction}
        value={action}
        options={actions}
        onChange={set('action')}
      />
      <Choice
        label={accountWords.audit.source}
        any={accountWords.audit.anySource}
        value={source}
        options={sources}
        onChange={set('source')}
      />
      <DateRange resets={{ page: undefined }} />
    </div>
  )
}

interface ChoiceProps {
  readonly label: string
  readonly any: string
  readonly value: string
  readonly options: readonly string[]
  readonly onChange: (event: React.ChangeEvent<HTMLSelectElement>) => void
}

export const Choice = ({ label, any, value, options, onChange }: ChoiceProps) => (
  <select className="input" aria-label={label} value={value} onChange={onChange}>
    <option value="">{any}</option>
    {options.map((option) => (
      <option key={option} value={option}>
        {option.replaceAll('_', ' ')}
      </option>
    ))}
  </select>
)

function AuditTable({ entries }: { readonly entries: readonly Entry[] }) {
  const [page, setPage] = useUrlState('page', '1')
  const [opened, setOpened] = useState<Entry>()
  const number = Number(page) || 1
  if (entries.length === 0 && number === 1)
    return (
      <Empty icon="list" title={accountWords.audit.none}>
        {accountWords.audit.noneWhy}
      </Empty>
    )
  return (
    <>
      <Table label={accountWords.audit.label} columns={columnsWith(setOpened)} rows={entries} keyOf={({ _id }) => _id} onOpen={setOpened} />
      <Pager page={number} isLast={entries.length < auditPage} onChange={(next) => setPage(String(next))} />
      {opened && <ChangesDialog entry={opened} onClose={() => setOpened(undefined)} />}
    </>
  )
}

const columnsWith = (open: (entry: Entry) => void): readonly Column<Entry>[] => [
  { id: 'when', heading: accountWords.audit.when, width: '130px', cell: ({ time }) => <Time at={time} /> },
  {
    id: 'who',
    heading: accountWords.audit.who,
    width: '220px',
    cell: ({ byUser: { name, email, _id } }) => <span title={email}>{name || email || _id}</span>,
  },
  { id: 'action', heading: accountWords.audit.action, width: '110px', cell: ({ event }) => <Badge>{event.replaceAll('_', ' ')}</Badge> },
  {
    id: 'what',
    heading: accountWords.audit.what,
    cell: ({ resourceType, name, _resourceId }) => (
      <span className="with-marks">
        <span className="soft">{resourceType}</span>
        <span className="main-link" title={name ?? _resourceId}>
          {name ?? _resourceId}
        </span>
      </span>
    ),
  },
  { id: 'source', heading: accountWords.audit.source, width: '90px', cell: ({ source }) => <span className="soft">{source}</span> },
  {
    id: 'changes',
    heading: accountWords.audit.changes,
    width: '120px',
    cell: (entry) =>
      entry.fieldChanges.length > 0 && (
        <button type="button" className="link" onClick={() => open(entry)}>
          {accountWords.audit.fields(entry.fieldChanges.length)}
        </button>
      ),
  },
]

function Pager({ page, isLast, onChange }: { readonly page: number; readonly isLast: boolean; readonly onChange: (page: number) => void }) {
  if (page === 1 && isLast) return null
  return (
    <nav className="pager" aria-label={words.states.pages}>
      <Button disabled={page === 1} onClick={() => onChange(page - 1)}>
        {words.states.newer}
      </Button>
      <span className="soft">{words.states.page(page)}</span>
      <Button disabled={isLast} onClick={() => onChange(page + 1)}>
        {words.states.older}
      </Button>
    </nav>
  )
}

function ChangesDialog({ entry, onClose }: { readonly entry: Entry; readonly onClose: () => void }) {
  return (
    <Dialog title={`${entry.event} · ${entry.name ?? entry._resourceId}`} onClose={onClose} wide>
      <div className="dialog-body">
        <p className="soft">
          {entry.byUser.name || entry.byUser.email || entry.byUser._id} · {exactTime(entry.time)}
        </p>
        <table className="table conflict" aria-label={accountWords.audit.details}>
          <thead>
            <tr>
              <th scope="col">{accountWords.audit.field}</th>
              <th scope="col">{accountWords.audit.before}</th>
              <th scope="col">{accountWords.audit.after}</th>
            </tr>
          </thead>
          <tbody>
            {entry.fieldChanges.map(({ fieldPath, oldValue, newValue }) => (
              <tr key={fieldPath}>
                <th scope="row">{fieldPath}</th>
                <td>
                  <code>{oldValue === undefined ? '–' : JSON.stringify(oldValue, null, 1)}</code>
                </td>
                <td>
                  <code>{newValue === undefined ? '–' : JSON.stringify(newValue, null, 1)}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Dialog>
  )
}

/** Runs that are searched, filtered and sorted by the server, as the address says. */
import { useNavigate } from '@tanstack/react-router'
import { useRunFilter, useRunPages, type ListedRun } from '../api/run-pages.ts'
import type { CallInput } from '../api/client.ts'
import { words } from '../words.ts'
import { runWords } from '../words/runs.ts'
import { flowWords } from '../words/flows.ts'
import { paths } from '../paths.ts'
import { useSearchChange, useUrlState } from '../url-state.ts'
import { Button } from './button.tsx'
import { DateRange } from './date-range.tsx'
import {
  durationColumn,
  errorsColumn,
  flowColumn,
  ignoredColumn,
  kindColumn,
  startedColumn,
  statusColumn,
  successColumn,
} from './run-columns.tsx'
import { SearchBox } from './search-box.tsx'
import { Empty, Loading, Refusal } from './states.tsx'
import { Table, type Column } from './table.tsx'
import './run-list.css'

interface RunListProps {
  readonly label: string
  /** Whose runs, and from when on. */
  readonly of: NonNullable<CallInput<'listRuns'>['query']>
  readonly statuses: readonly (keyof typeof runWords.runs.filters)[]
  /** Where nothing ran, whatever is looked for. */
  readonly none: { readonly title: string; readonly why: string }
  /** Runs are of one flow: its name is not repeated. */
  readonly isOfOneFlow?: boolean
  /** Days are not chosen elsewhere on the page. */
  readonly hasDates?: boolean
  readonly actsOf?: (run: ListedRun) => React.ReactNode
  /** Shows a run on the page that it is listed on; otherwise the page of its flow opens. */
  readonly onOpen?: (run: ListedRun) => void
}

const noFilters = { status: undefined, q: undefined, record: undefined, from: undefined, to: undefined }

export function RunList({ label, of, statuses, none, isOfOneFlow = false, hasDates = false, actsOf, onOpen }: RunListProps) {
  const filter = useRunFilter()
  const [sort, setSort] = useUrlState('sort', '-createdAt')
  const change = useSearchChange()
  const navigate = useNavigate()
  const { runs, error, isFull, readMore } = useRunPages({ ...of, ...filter })
  const { sort: _sort, ...asked } = filter
  const isFiltered = Object.keys(asked).length > 0
  return (
    <>
      <div className="toolbar run-filters">
        <RunFilters statuses={statuses} searches={isOfOneFlow ? runWords.runs.searchMessages : runWords.runs.search} />
        {hasDates && <DateRange />}
        {isFiltered && (
          <Button kind="quiet" onClick={() => change(noFilters)}>
            {words.actions.clear}
          </Button>
        )}
      </div>
      <Refusal error={error} />
      {!runs && !error && <Loading />}
      {runs?.length === 0 && (
        <Empty icon={isFiltered ? 'search' : 'clock'} title={isFiltered ? words.states.noMatch : none.title}>
          {isFiltered ? words.states.noMatchWhy : none.why}
        </Empty>
      )}
      {runs && runs.length > 0 && (
        <Table
          label={label}
          columns={columnsOf(isOfOneFlow, actsOf, onOpen)}
          rows={runs}
          keyOf={({ _id }) => _id}
          sort={sort}
          onSort={setSort}
          onEnd={readMore}
          onOpen={onOpen ?? (({ _flowId }) => void navigate({ to: paths.flow(_flowId) }))}
        />
      )}
      {isFull && <p className="soft">{runWords.runs.full(runs?.length ?? 0)}</p>}
    </>
  )
}

function RunFilters({ statuses, searches }: Pick<RunListProps, 'statuses'> & { readonly searches: string }) {
  const [text, setText] = useUrlState('q')
  const [status, setStatus] = useUrlState('status')
  const [record, setRecord] = useUrlState('record')
  return (
    <>
      <SearchBox label={searches} value={text} onChange={setText} />
      <SearchBox label={runWords.runs.record} value={record} onChange={setRecord} />
      <select className="input" aria-label={flowWords.status} value={status} onChange={({ target }) => setStatus(target.value)}>
        <option value="">{flowWords.anyStatus}</option>
        {statuses.map((each) => (
          <option key={each} value={each}>
            {runWords.runs.filters[each]}
          </option>
        ))}
      </select>
    </>
  )
}

/** A run opens by its time: the rest of its row is for the mouse. */
const openColumn = (open: (run: ListedRun) => void): Column<ListedRun> => ({
  ...startedColumn,
  width: '20%',
  cell: (run) => (
    <button type="button" className="cell-button main-link" onClick={() => open(run)}>
      {startedColumn.cell(run)}
    </button>
  ),
})

const columnsOf = (isOfOneFlow: boolean, actsOf: RunListProps['actsOf'], open: RunListProps['onOpen']): readonly Column<ListedRun>[] => [
  ...(isOfOneFlow ? [open ? openColumn(open) : { ...startedColumn, width: '20%' }, kindColumn] : [flowColumn]),
  statusColumn,
  successColumn,
  ignoredColumn,
  errorsColumn(),
  durationColumn,
  ...(isOfOneFlow ? [] : [startedColumn]),
  ...(actsOf ? [{ id: 'acts', heading: words.actions.more, hidesHeading: true, width: '56px', cell: actsOf }] : []),
]

/** The errors of a step: found by what they are, read one by one, mended, sent again; some of them or all that match. */
import { useState } from 'react'
import { useErrorFilter, useStepErrors, type Chosen, type StepError } from '../../api/step-errors.ts'
import { useData, useLater } from '../../api/queries.ts'
import type { CallResult } from '../../api/client.ts'
import { useMay } from '../../api/session.ts'
import { words } from '../../words.ts'
import { paths } from '../../paths.ts'
import { Badge } from '../../parts/status.tsx'
import { PageHead, Switch } from '../../parts/page.tsx'
import { Choice } from '../../parts/audit-table.tsx'
import { Button } from '../../parts/button.tsx'
import { Empty } from '../../parts/states.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { Time } from '../../parts/time.tsx'
import { useParam, useSearchChange, useUrlState } from '../../url-state.ts'
import { ChosenBar } from './chosen-bar.tsx'
import { ErrorDetail } from './error-detail.tsx'

const classifications = ['intermittent', 'rate_limit', 'value', 'missing', 'duplicate', 'parse', 'too_large', 'connection']
const sources = [
  'application',
  'connection',
  'mapping',
  'internal',
  'resource',
  'pre_save_page_hook',
  'pre_map_hook',
  'post_map_hook',
  'post_submit_hook',
]

export function StepErrorsPage() {
  const params = { _id: useParam('flowId'), _stepId: useParam('stepId') }
  const flow = useData('getFlow', { params: { _id: params._id } })
  const [tab, setTab] = useUrlState('tab', 'open')
  return (
    <>
      <PageHead
        title={useStepName(flow, params._stepId)}
        crumbs={[
          { label: words.home.title, to: paths.home() },
          ...(flow._integrationId ? [{ label: words.home.integrations, to: paths.integrationFlows(flow._integrationId) }] : []),
          { label: flow.name, to: paths.flow(flow._id) },
        ]}
      >
        <Switch
          label={words.errors.state}
          value={tab}
          onChange={setTab}
          options={[
            { value: 'open', label: words.errors.open },
            { value: 'resolved', label: words.errors.resolved },
          ]}
        />
      </PageHead>
      <Filters />
      <ErrorList key={tab} params={params} integrationId={flow._integrationId} isResolved={tab === 'resolved'} />
    </>
  )
}

function useStepName({ pageGenerators = [], pageProcessors = [], routers = [] }: CallResult<'getFlow'>, id: string): string {
  const processors = [...pageProcessors, ...routers.flatMap(({ branches }) => branches.flatMap((branch) => branch.pageProcessors ?? []))]
  const isExport = pageGenerators.some(({ _exportId }) => _exportId === id) || processors.some(({ _exportId }) => _exportId === id)
  const exported = useLater('getExport', { params: { _id: id } }, isExport).data
  const imported = useLater('getImport', { params: { _id: id } }, !isExport).data
  return (exported ?? imported)?.name ?? words.errors.title
}

function Filters() {
  const change = useSearchChange()
  const [source] = useUrlState('source')
  const [classification] = useUrlState('classification')
  const [from] = useUrlState('from')
  const [to] = useUrlState('to')
  const [run] = useUrlState('run')
  const set = (key: string) => (event: React.ChangeEvent<HTMLInputElement | HTMLSelectElement>) =>
    change({ [key]: event.target.value, error: undefined })
  const isFiltered = Boolean(source || classification || from || to || run)
  return (
    <div className="toolbar">
      <Choice label={words.errors.source} any={words.errors.anySource} value={source} options={sources} onChange={set('source')} />
      <Choice
        label={words.errors.classification}
        any={words.errors.anyClassification}
        value={classification}
        options={classifications}
        onChange={set('classification')}
      />
      <label className="inline">
        <span className="soft">{words.audit.from}</span>
        <input type="date" className="input" value={from} onChange={set('from')} />
      </label>
      <label className="inline">
        <span className="soft">{words.audit.to}</span>
        <input type="date" className="input" value={to} onChange={set('to')} />
      </label>
      {run && <Badge>{words.errors.ofRun}</Badge>}
      {isFiltered && (
        <Button kind="quiet" onClick={() => change({ source: '', classification: '', from: '', to: '', run: '', error: '' })}>
          {words.actions.clear}
        </Button>
      )}
    </div>
  )
}

interface ErrorListProps {
  readonly params: { readonly _id: string; readonly _stepId: string }
  readonly integrationId: string | undefined
  readonly isResolved: boolean
}

function ErrorList({ params, integrationId, isResolved }: ErrorListProps) {
  const filter = useErrorFilter()
  const { errors, hasMore, readMore } = useStepErrors(params, isResolved, filter)
  const [openId, setOpenId] = useUrlState('error')
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set())
  const [isAll, setAll] = useState(false)
  const tags = useLater('listTags', {}).data ?? []
  const may = useMay(integrationId)
  const open = errors.find(({ errorId }) => errorId === openId)
  const chosen: Chosen = isAll ? { filter } : { errors: errors.filter(({ errorId }) => ids.has(errorId)) }
  const clear = () => {
    setIds(new Set())
    setAll(false)
  }
  const toggle = (id: string) => {
    setAll(false)
    setIds(new Set(ids.has(id) ? [...ids].filter((each) => each !== id) : [...ids, id]))
  }
  if (errors.length === 0)
    return Object.keys(filter).length > 0 ? (
      <Empty icon="search" title={words.states.noMatch}>
        {words.states.noMatchWhy}
      </Empty>
    ) : (
      <Empty icon="check" title={isResolved ? words.errors.noneResolved : words.errors.none}>
        {isResolved ? words.errors.noneResolvedWhy : words.errors.noneWhy}
      </Empty>
    )
  const shape: Shape = {
    isResolved,
    isNarrow: open !== undefined,
    hasTags: errors.some(({ tagIds = [] }) => tagIds.length > 0),
    hasPeople: errors.some(({ assignedTo, resolvedBy }) => assignedTo !== undefined || resolvedBy !== undefined),
  }
  const isEvery = isAll || errors.every(({ errorId }) => ids.has(errorId))
  const choose: Column<StepError> = {
    id: 'choose',
    heading: words.errors.choose,
    hidesHeading: true,
    width: '40px',
    cell: ({ errorId, message }) => (
      <input
        type="checkbox"
        aria-label={`${words.errors.choose}: ${message.slice(0, 80)}`}
        checked={isAll || ids.has(errorId)}
        onChange={() => toggle(errorId)}
      />
    ),
  }
  return (
    <div className={open ? 'split' : ''}>
      <div className="split-list">
        {!isResolved && may('resolveErrors') && (
          <div className="choose-all">
            <label className="inline">
              <input
                type="checkbox"
                checked={isEvery}
                onChange={() => (isEvery ? clear() : setIds(new Set(errors.map(({ errorId }) => errorId))))}
              />
              {words.errors.chooseShown(errors.length)}
            </label>
            <Button kind="quiet" aria-pressed={isAll} onClick={() => setAll(!isAll)}>
              {words.errors.chooseAll}
            </Button>
            {(isAll || ids.size > 0) && <ChosenBar params={params} integrationId={integrationId} chosen={chosen} onDone={clear} />}
          </div>
        )}
        <Table
          label={isResolved ? words.errors.resolved : words.errors.open}
          columns={[...(isResolved ? [] : [choose]), ...columnsOf(tags, shape, setOpenId)]}
          rows={errors}
          keyOf={({ errorId }) => errorId}
          isChosen={({ errorId }) => errorId === openId}
          onOpen={({ errorId }) => setOpenId(errorId)}
          onEnd={readMore}
        />
        {hasMore && (
          <div className="pager">
            <span className="soft">{words.errors.shown(errors.length)}</span>
            <Button onClick={readMore}>{words.actions.loadMore}</Button>
          </div>
        )}
      </div>
      {open && (
        <ErrorDetail
          key={open.errorId}
          params={params}
          integrationId={integrationId}
          error={open}
          isResolved={isResolved}
          onClose={() => setOpenId('')}
        />
      )}
    </div>
  )
}

type Tags = readonly { readonly tagId?: string; readonly tag?: string }[]

interface Shape {
  readonly isResolved: boolean
  /** A detail stands beside the list. */
  readonly isNarrow: boolean
  readonly hasTags: boolean
  readonly hasPeople: boolean
}

function columnsOf(
  tags: Tags,
  { isResolved, isNarrow, hasTags, hasPeople }: Shape,
  open: (id: string) => void,
): readonly Column<StepError>[] {
  const nameOf = (id: string): string => tags.find(({ tagId }) => tagId === id)?.tag ?? id
  const all: readonly (Column<StepError> | false)[] = [
    { id: 'code', heading: words.errors.code, width: '80px', cell: ({ code }) => <code title={code}>{code}</code> },
    { id: 'source', heading: words.errors.source, width: '104px', cell: ({ source }) => <span className="soft">{source}</span> },
    {
      id: 'classification',
      heading: words.errors.classification,
      width: '112px',
      cell: ({ classification }) => classification && <Badge>{classification.replaceAll('_', ' ')}</Badge>,
    },
    { id: 'trace', heading: words.errors.traceKey, width: '124px', cell: ({ traceKey }) => <code title={traceKey}>{traceKey}</code> },
    hasPeople && {
      id: 'who',
      heading: isResolved ? words.errors.resolvedBy : words.errors.assignedTo,
      width: '140px',
      cell: ({ assignedTo, resolvedBy }) => (
        <span title={assignedTo?.email}>{isResolved ? resolvedBy : assignedTo?.name || assignedTo?.email}</span>
      ),
    },
    hasTags && {
      id: 'tags',
      heading: words.errors.tags,
      width: '128px',
      cell: ({ tagIds = [] }) => tagIds.map((id) => <Badge key={id}>{nameOf(id)}</Badge>),
    },
  ]
  const whole = isNarrow ? [] : all.filter((column) => column !== false)
  return [
    {
      id: 'message',
      heading: words.errors.message,
      cell: ({ errorId, message }) => (
        <button type="button" className="cell-button" title={message.slice(0, 2000)} onClick={() => open(errorId)}>
          {message.slice(0, 400)}
        </button>
      ),
    },
    ...whole,
    {
      id: 'when',
      heading: words.errors.when,
      width: '110px',
      cell: ({ occurredAt, resolvedAt }) => <Time at={resolvedAt ?? occurredAt} />,
    },
  ]
}

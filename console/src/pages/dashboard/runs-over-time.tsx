/** Runs over a time: their sums, and charts or a table of the same numbers. */
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useMemo, useState } from 'react'
import { queryOf } from '../../api/queries.ts'
import type { CallResult } from '../../api/client.ts'
import { dashboardWords } from '../../words/dashboard.ts'
import { Switch } from '../../parts/page.tsx'
import { Loading, Refusal } from '../../parts/states.tsx'
import { ErrorCount } from '../../parts/status.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { formatDuration } from '../../parts/duration.ts'
import { formatCount, formatShort } from '../../parts/time.tsx'
import { useUrlState } from '../../url-state.ts'
import type { Bars } from './bar-chart.tsx'
import { spanOf, type Interval, type RangeName } from './range.ts'

/** With the library that draws, which no other page needs. */
const BarChart = lazy(async () => ({ default: (await import('./bar-chart.tsx')).BarChart }))

type TimeSeries = CallResult<'listRunTimeSeries'>
type Point = TimeSeries['series'][number]

export function RunsOverTime({ range, integrationId }: { readonly range: RangeName; readonly integrationId: string | undefined }) {
  const [view, setView] = useUrlState('view', 'charts')
  const { from, interval } = spanOf(range)
  const ofIntegration = integrationId === undefined ? {} : { _integrationIds: [integrationId] }
  const { data, error } = useQuery({
    ...queryOf('listRunTimeSeries', { body: { createdOnAndAfter: from, interval, ...ofIntegration } }),
    placeholderData: keepPreviousData,
  })
  if (!data) return error ? <Refusal error={error} /> : <Loading />
  return (
    <section className="section" aria-label={dashboardWords.overTime}>
      <Sums total={data.total} />
      <div className="section-head over-time">
        <h2>{dashboardWords.overTime}</h2>
        <span className="soft">{dashboardWords.perUnit[data.interval]}</span>
        <Switch
          label={dashboardWords.view}
          value={view === 'table' ? view : 'charts'}
          onChange={setView}
          options={(['charts', 'table'] as const).map((value) => ({ value, label: dashboardWords[value] }))}
        />
      </div>
      {view === 'table' ? (
        <Table
          label={dashboardWords.overTime}
          columns={tableColumns(data.interval)}
          rows={data.series.toReversed()}
          keyOf={({ at }) => at}
        />
      ) : (
        <Charts data={data} />
      )}
    </section>
  )
}

const Sums = ({ total }: { readonly total: TimeSeries['total'] }) => (
  <dl className="sums">
    <Sum name={dashboardWords.runs} value={formatCount(total.numRuns)} />
    <Sum name={dashboardWords.records} value={formatCount(total.numSuccess)} />
    <Sum name={dashboardWords.ignored} value={formatCount(total.numIgnore)} />
    <Sum name={dashboardWords.errors} value={formatCount(total.numError)} isBad={total.numError > 0} />
    <Sum name={dashboardWords.duration} value={formatDuration(total.avgRuntime)} />
    <Sum name={dashboardWords.wait} value={formatDuration(total.avgWait)} />
  </dl>
)

const Sum = ({ name, value, isBad }: { readonly name: string; readonly value: string; readonly isBad?: boolean }) => (
  <div>
    <dt>{name}</dt>
    <dd className={isBad ? 'error-count' : undefined}>{value}</dd>
  </div>
)

interface Measure {
  readonly name: string
  readonly valueOf: (point: TimeSeries['total']) => number
  readonly format: (value: number) => string
  readonly tone: Bars['tone']
  /** Is drawn above it, in a lighter tone. */
  readonly above?: (point: Point) => number
}

const measures: readonly Measure[] = [
  {
    name: dashboardWords.records,
    valueOf: ({ numSuccess }) => numSuccess,
    above: ({ numIgnore }) => numIgnore,
    format: formatShort,
    tone: 'accent',
  },
  { name: dashboardWords.errors, valueOf: ({ numError }) => numError, format: formatShort, tone: 'error' },
  { name: dashboardWords.duration, valueOf: ({ avgRuntime }) => avgRuntime, format: formatDuration, tone: 'soft' },
  { name: dashboardWords.wait, valueOf: ({ avgWait }) => avgWait, format: formatDuration, tone: 'soft' },
]

const Charts = ({ data }: { readonly data: TimeSeries }) => (
  <div className="charts">
    {measures.map((measure) => (
      <Chart key={measure.name} data={data} measure={measure} />
    ))}
  </div>
)

/** The whole time by default, and the bar that the mouse is on. */
function Chart({ data: { series, total, interval }, measure }: { readonly data: TimeSeries; readonly measure: Measure }) {
  const { name, valueOf, above, format, tone } = measure
  const [at, setAt] = useState<number>()
  const point = at === undefined ? undefined : series[at]
  const bars = useMemo(
    () => ({
      values: series.map(valueOf),
      above: above && series.map(above),
      times: series.map((each) => tickName(interval, each.at)),
      tone,
      format,
    }),
    [series, interval, valueOf, above, tone, format],
  )
  const most = series.reduce<Point | undefined>((best, each) => (best && valueOf(best) >= valueOf(each) ? best : each), undefined)
  const isEmpty = total.numRuns === 0
  const label =
    isEmpty || !most
      ? dashboardWords.emptyChart(name)
      : dashboardWords.chart(name, format(valueOf(total)), format(valueOf(most)), timeName(interval, most.at))
  return (
    <figure className="chart">
      <figcaption>
        <span>{name}</span>
        <strong>{format(valueOf(point ?? total))}</strong>
        <span className="soft">{point && timeName(interval, point.at)}</span>
      </figcaption>
      <div className="chart-room" role="img" aria-label={label}>
        {isEmpty ? (
          <p className="soft" aria-hidden="true">
            {dashboardWords.nothing}
          </p>
        ) : (
          <Suspense fallback={null}>
            <BarChart bars={bars} onPoint={setAt} />
          </Suspense>
        )}
      </div>
    </figure>
  )
}

/** Hours as the clock of the reader has them; days and months are those that are summed up, in UTC. */
const formats = {
  hour: new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }),
  day: new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeZone: 'UTC' }),
  month: new Intl.DateTimeFormat(undefined, { month: 'long', year: 'numeric', timeZone: 'UTC' }),
}
const ticks = {
  hour: new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }),
  day: new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' }),
  month: new Intl.DateTimeFormat(undefined, { month: 'short', year: '2-digit', timeZone: 'UTC' }),
}
const timeName = (interval: Interval, at: string): string => formats[interval].format(new Date(at))
const tickName = (interval: Interval, at: string): string => ticks[interval].format(new Date(at))

const tableColumns = (interval: Interval): readonly Column<Point>[] => [
  { id: 'time', heading: dashboardWords.time, cell: ({ at }) => <time dateTime={at}>{timeName(interval, at)}</time> },
  { id: 'runs', heading: dashboardWords.runs, width: '90px', isNumber: true, cell: ({ numRuns }) => formatCount(numRuns) },
  { id: 'records', heading: dashboardWords.records, width: '150px', isNumber: true, cell: ({ numSuccess }) => formatCount(numSuccess) },
  { id: 'ignored', heading: dashboardWords.ignored, width: '150px', isNumber: true, cell: ({ numIgnore }) => formatCount(numIgnore) },
  {
    id: 'errors',
    heading: dashboardWords.errors,
    width: '110px',
    isNumber: true,
    cell: ({ numError }) => <ErrorCount count={numError} />,
  },
  {
    id: 'duration',
    heading: dashboardWords.duration,
    width: '150px',
    isNumber: true,
    cell: ({ avgRuntime }) => formatDuration(avgRuntime),
  },
  { id: 'wait', heading: dashboardWords.wait, width: '130px', isNumber: true, cell: ({ avgWait }) => formatDuration(avgWait) },
]

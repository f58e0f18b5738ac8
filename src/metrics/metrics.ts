/** The metrics of this program as Prometheus reads them: what happens is counted as it is told, what there is is asked for at each scrape. */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import type { InstallationCounts } from '../domain/observability/installation-counts.ts'
import { onMeasured } from '../domain/observability/measurements.ts'

/** What is looked at when somebody scrapes. */
export interface Sources {
  readonly version: string
  readonly readCounts: () => Promise<InstallationCounts | undefined>
  /** Connections to the database. */
  readonly readPool: () => { readonly total: number; readonly idle: number; readonly waiting: number }
  /** Runs that the worker of this program carries out at once; absent where it has none. */
  readonly slots?: number
}

export interface Metrics {
  readonly contentType: string
  read(): Promise<string>
  close(): void
}

/** Requests and calls: from what a lookup takes to where clients give up. Seconds. */
const answerBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
/** Runs take from a moment to a night. Seconds. */
const runBuckets = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14_400, 43_200]
/** How long something waits that should not wait. Seconds. */
const waitBuckets = [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600]

/** A script that ended in one of these ways took its process with it. */
const killing: ReadonlySet<string> = new Set(['time', 'total', 'memory', 'gone'])

export function createMetrics(sources: Sources): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  new Gauge({ name: 'sluice_info', help: 'The version of Sluice, as a label', labelNames: ['version'], registers: [registry] }).set(
    { version: sources.version },
    1,
  )
  gauges(registry, sources)
  const stop = onMeasured({ ...runs(registry), ...work(registry, sources.slots) })
  return { contentType: registry.contentType, read: () => registry.metrics(), close: stop }
}

function runs(registry: Registry) {
  const registers = [registry]
  const started = new Counter({
    name: 'sluice_runs_started_total',
    help: 'Runs that this worker took up: first, or again after another worker',
    labelNames: ['status'],
    registers,
  })
  const runsEnded = new Counter({ name: 'sluice_runs_ended_total', help: 'Runs that ended', labelNames: ['status'], registers })
  const duration = new Histogram({
    name: 'sluice_run_duration_seconds',
    help: 'From when a run was first taken up to its end',
    labelNames: ['status'],
    buckets: runBuckets,
    registers,
  })
  const wait = new Histogram({
    name: 'sluice_queue_wait_seconds',
    help: 'From when a run was asked for to when a worker took it up',
    buckets: waitBuckets,
    registers,
  })
  const records = new Counter({
    name: 'sluice_records_total',
    help: 'Records by what became of them, in pages that were committed',
    labelNames: ['result'],
    registers,
  })
  const delay = new Histogram({
    name: 'sluice_schedule_delay_seconds',
    help: 'From the minute that a schedule names to when its run was put into the queue',
    buckets: waitBuckets,
    registers,
  })
  // A rate of what never happened is a zero, not a gap.
  for (const status of ['started', 'resumed']) started.inc({ status }, 0)
  for (const status of ['completed', 'failed', 'canceled']) runsEnded.inc({ status }, 0)
  for (const result of ['success', 'error', 'ignored']) records.inc({ result }, 0)
  return {
    runStarted: ({ status, waitedMs }: { status: string; waitedMs?: number }) => {
      started.inc({ status })
      if (waitedMs !== undefined) wait.observe(seconds(waitedMs))
    },
    runEnded: ({ status, ms }: { status: string; ms?: number }) => {
      runsEnded.inc({ status })
      if (ms !== undefined) duration.observe({ status }, seconds(ms))
    },
    records: (counts: { success: number; error: number; ignored: number }) => {
      for (const [result, count] of Object.entries(counts)) records.inc({ result }, count)
    },
    scheduled: ({ lateMs }: { lateMs: number }) => delay.observe(seconds(lateMs)),
  }
}

/** `slots` are those of the worker in this program. */
function work(registry: Registry, slots: number | undefined) {
  const registers = [registry]
  const timed = (name: string, help: string, labelNames: string[]) =>
    new Histogram({ name, help, labelNames, buckets: answerBuckets, registers })
  const calls = new Counter({ name: 'sluice_sandbox_calls_total', help: 'Calls of scripts', labelNames: ['result'], registers })
  const callSeconds = timed('sluice_sandbox_call_seconds', 'What calls of scripts took, with their wait for a process', [])
  const killed = new Counter({
    name: 'sluice_sandbox_killed_total',
    help: 'Processes of scripts that were ended, or ended, in the middle of a call',
    labelNames: ['reason'],
    registers,
  })
  const requests = timed('sluice_http_request_seconds', 'Requests to the API', ['operation', 'status'])
  const outgoing = timed('sluice_outgoing_seconds', 'Tries at applications', ['adaptor', 'status'])
  let busy = 0
  if (slots !== undefined)
    new Gauge({
      name: 'sluice_worker_slots',
      help: 'Runs that this worker can carry out at once',
      labelNames: ['state'],
      registers,
      collect() {
        this.set({ state: 'busy' }, busy)
        this.set({ state: 'free' }, Math.max(0, slots - busy))
      },
    })
  for (const reason of killing) killed.inc({ reason }, 0)
  return {
    scriptCalled: ({ result, ms }: { result: string; ms: number }) => {
      calls.inc({ result })
      callSeconds.observe(seconds(ms))
      if (killing.has(result)) killed.inc({ reason: result })
    },
    requestAnswered: ({ operation, status, ms }: { operation: string; status: number; ms: number }) =>
      requests.observe({ operation, status }, seconds(ms)),
    outgoing: ({ adaptor, status, ms }: { adaptor: string; status: string; ms: number }) =>
      outgoing.observe({ adaptor, status }, seconds(ms)),
    runsUnderWay: ({ by }: { by: number }) => void (busy += by),
  }
}

/** Of the whole installation the same from every program, so that dashboards take the largest and add nothing up. */
function gauges(registry: Registry, { readCounts, readPool }: Sources): void {
  const registers = [registry]
  const counted = (name: string, help: string, field: keyof InstallationCounts): void => {
    new Gauge({
      name,
      help: `${help}, in the whole installation`,
      registers,
      async collect() {
        const counts = await readCounts()
        // No number is better than an old one.
        if (counts) this.set(counts[field])
        else this.remove()
      },
    })
  }
  counted('sluice_queue_waiting', 'Runs that wait for a worker', 'runsWaiting')
  counted('sluice_queue_running', 'Runs that are under way', 'runsRunning')
  counted('sluice_open_errors', 'Errors that nobody has resolved', 'openErrors')
  counted('sluice_connections_offline', 'Connections that are offline', 'connectionsOffline')
  new Gauge({
    name: 'sluice_database_connections',
    help: 'Connections to the database, and requests that wait for one',
    labelNames: ['state'],
    registers,
    collect() {
      const { total, idle, waiting } = readPool()
      this.set({ state: 'busy' }, total - idle)
      this.set({ state: 'idle' }, idle)
      this.set({ state: 'waited_for' }, waiting)
    },
  })
}

const seconds = (ms: number): number => Math.max(0, ms) / 1000

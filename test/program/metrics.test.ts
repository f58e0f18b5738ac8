/** What Prometheus reads of servers and workers, and that the dashboard and the alerts ask for nothing else. */
import { readFile } from 'node:fs/promises'
import { expect, onTestFinished, test } from 'vitest'
import { startApplication } from '../harness/application.ts'
import { createEmptyDatabase, createTestDatabase } from '../harness/database.ts'
import { urlOf } from '../harness/database-url.ts'
import { make, makeFlow, numbered, runToEnd } from '../harness/flows.ts'
import { findFreeAddress } from '../harness/free-address.ts'
import { dataFolder, startProgram } from '../harness/program.ts'
import { startWorkerProcess } from '../harness/worker-process.ts'

const patient = 240_000

/** Every metric of ours, with the names of its labels. */
const own: Readonly<Record<string, readonly string[]>> = {
  sluice_info: ['version'],
  sluice_runs_started_total: ['status'],
  sluice_runs_ended_total: ['status'],
  sluice_run_duration_seconds: ['status'],
  sluice_queue_waiting: [],
  sluice_queue_running: [],
  sluice_queue_wait_seconds: [],
  sluice_records_total: ['result'],
  sluice_open_errors: [],
  sluice_connections_offline: [],
  sluice_schedule_delay_seconds: [],
  sluice_sandbox_calls_total: ['result'],
  sluice_sandbox_call_seconds: [],
  sluice_sandbox_killed_total: ['reason'],
  sluice_http_request_seconds: ['operation', 'status'],
  sluice_outgoing_seconds: ['adaptor', 'status'],
  sluice_worker_slots: ['state'],
  sluice_database_connections: ['state'],
}

interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const readSamples = (text: string): Sample[] =>
  [...text.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm)].map(([, name = '', labels = '', value]) => ({
    name,
    labels: Object.fromEntries([...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', said = '']) => [label, said])),
    value: Number(value),
  }))

/** Of all samples with these labels. */
const sumOf = (samples: readonly Sample[], name: string, labels: Readonly<Record<string, string>> = {}): number =>
  samples
    .filter((each) => each.name === name && Object.entries(labels).every(([label, said]) => each.labels[label] === said))
    .reduce((sum, { value }) => sum + value, 0)

async function scrape(address: string): Promise<{ text: string; samples: Sample[] }> {
  const response = await fetch(`http://${address}/metrics`)
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  const text = await response.text()
  return { text, samples: readSamples(text) }
}

const familyOf = (name: string): string => (name in own ? name : name.replace(/_(?:bucket|sum|count)$/, ''))

test(
  'a server and worker tells what it did, by names that do not grow with what it holds',
  async () => {
    const { config, drop } = await createEmptyDatabase()
    const application = await startApplication({ sources: { orders: [...numbered(3), { id: 4, refuse: 422 }] } })
    onTestFinished(async () => {
      await application.close()
      await drop()
    })
    const address = await findFreeAddress()
    const program = await startProgram({
      DATABASE_URL: urlOf(config),
      SLUICE_DATA: await dataFolder(),
      SLUICE_METRICS_ADDRESS: address,
      // The same address for both.
      SLUICE_HEALTH_ADDRESS: address,
    })
    expect((await fetch(`http://${address}/readyz`)).status).toBe(200)
    const ping = { method: 'GET', relativeURI: '/nothing-here' }
    const http = { mediaType: 'json', baseURI: application.origin, ping }
    const { _id } = await make(program, 'connections', { name: 'gone', type: 'http', http })
    expect((await program.call('GET', `/v1/connections/${_id}/ping`)).body).toHaveProperty('errors')
    const flow = await makeFlow(program, application, {
      code: 'function page(o) { return { data: o.data.filter(function (each) { return each.id > 1 }) } }',
      exports: { orders: { hooks: { preSavePage: { _scriptId: '{code}', function: 'page' } } } },
    })
    expect(await runToEnd(program, flow._id)).toMatchObject({ status: 'completed', numSuccess: 2, numError: 1 })

    const { text, samples } = await scrape(address)
    const told = (name: string, labels?: Readonly<Record<string, string>>) => sumOf(samples, name, labels)
    expect({
      started: told('sluice_runs_started_total', { status: 'started' }),
      completed: told('sluice_runs_ended_total', { status: 'completed' }),
      failed: told('sluice_runs_ended_total', { status: 'failed' }),
      durations: told('sluice_run_duration_seconds_count', { status: 'completed' }),
      waits: told('sluice_queue_wait_seconds_count'),
      success: told('sluice_records_total', { result: 'success' }),
      error: told('sluice_records_total', { result: 'error' }),
      waiting: told('sluice_queue_waiting'),
      running: told('sluice_queue_running'),
      openErrors: told('sluice_open_errors'),
      offline: told('sluice_connections_offline'),
      scripts: told('sluice_sandbox_calls_total', { result: 'answer' }),
      scriptTimes: told('sluice_sandbox_call_seconds_count'),
      killed: told('sluice_sandbox_killed_total'),
      runRequests: told('sluice_http_request_seconds_count', { operation: 'runFlow', status: '201' }),
      exports: told('sluice_outgoing_seconds_count', { adaptor: 'http', status: '200' }) > 0,
      refused: told('sluice_outgoing_seconds_count', { adaptor: 'http', status: '422' }),
      slots: told('sluice_worker_slots'),
    }).toEqual({
      started: 1,
      completed: 1,
      failed: 0,
      durations: 1,
      waits: 1,
      success: 2,
      error: 1,
      waiting: 0,
      running: 0,
      openErrors: 1,
      offline: 1,
      scripts: 1,
      scriptTimes: 1,
      killed: 0,
      runRequests: 1,
      exports: true,
      refused: 1,
      slots: 11,
    })
    const families = Map.groupBy(
      samples.filter(({ name }) => name.startsWith('sluice_')),
      ({ name }) => familyOf(name),
    )
    const labels = [...families].map(([name, all]) => [
      name,
      [...new Set(all.flatMap((each) => Object.keys(each.labels)))].filter((label) => label !== 'le').toSorted(),
    ])
    expect(Object.fromEntries(labels)).toEqual({ ...own, sluice_schedule_delay_seconds: [] })
    // Of the process itself.
    for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'nodejs_eventloop_lag_p99_seconds'])
      expect(samples.some((each) => each.name === name)).toBe(true)
    // No id of a document, an account or a job, and no token.
    expect(text).not.toMatch(/[0-9a-f]{24}/)
    expect((await fetch(`${program.url}/metrics`)).status).toBe(404)

    await makeFlow(program, application, { flow: { schedule: '? * * ? * *' } })
    const endless = { content: 'function f() { for (;;) {} }', function: 'f' }
    expect((await program.call('POST', '/v1/previews/function', endless)).status).toBe(200)
    const counts = async () => {
      const now = (await scrape(address)).samples
      return [sumOf(now, 'sluice_sandbox_killed_total') > 0, sumOf(now, 'sluice_schedule_delay_seconds_count') > 0]
    }
    await expect.poll(counts, { timeout: 100_000, interval: 500 }).toEqual([true, true])
    expect((await program.stop()).code).toBe(0)
  },
  patient,
)

test(
  'a worker tells its own, and counts of the whole installation',
  async () => {
    const { config, drop } = await createTestDatabase()
    onTestFinished(() => drop())
    const address = await findFreeAddress()
    const worker = await startWorkerProcess(config, { SLUICE_METRICS_ADDRESS: address, SLUICE_CONCURRENCY: '4' })
    await expect
      .poll(
        () =>
          fetch(`http://${address}/metrics`).then(
            ({ status }) => status,
            () => 0,
          ),
        { timeout: 30_000 },
      )
      .toBe(200)
    const { samples } = await scrape(address)
    expect(sumOf(samples, 'sluice_worker_slots', { state: 'free' })).toBe(5)
    expect(samples.some(({ name }) => name === 'sluice_queue_waiting')).toBe(true)
    expect((await fetch(`http://${address}/readyz`)).status).toBe(404)
    worker.kill('SIGTERM')
    expect(await worker.exit).toBe(0)
  },
  patient,
)

test('the page for operators tells every metric with its labels', async () => {
  const page = await readFile(new URL('../../docs/operate.md', import.meta.url), 'utf8')
  const rows = page.match(/^\| `sluice_.*$/gm) ?? []
  const told = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)(?:\{([\w,]+)\})?`/g)])
  expect(Object.fromEntries(told.map(([, name, labels]) => [name, labels?.split(',') ?? []]))).toEqual(own)
})

test('the dashboard and the alert rules ask for metrics that there are', async () => {
  const folder = new URL('../../packaging/', import.meta.url)
  for (const file of ['grafana/sluice.json', 'prometheus/alerts.yml', 'prometheus/alerts.test.yml']) {
    const asked = (await readFile(new URL(file, folder), 'utf8')).match(/\bsluice_\w+/g) ?? []
    expect(asked.length).toBeGreaterThan(10)
    expect([...new Set(asked.map(familyOf))].filter((name) => !(name in own))).toEqual([])
  }
})

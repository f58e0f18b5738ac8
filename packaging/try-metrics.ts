/** Has a real Prometheus scrape a server with its worker, and asks it everything that the dashboard and the alert rules ask. `packaging/try-metrics` runs it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const root = dirname(import.meta.dirname)
const folder = mkdtempSync(join(tmpdir(), 'sluice-metrics-'))
const [api, metrics, health, prometheus] = ['127.0.0.1:3991', '127.0.0.1:9991', '127.0.0.1:9992', '127.0.0.1:9993'] as const
const token = 'token-of-the-trial-of-metrics'
const children: ChildProcess[] = []
/** Until a program answers, and until Prometheus has scraped it. Milliseconds. */
const patienceMs = 240_000

function start(file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): void {
  const child = spawn(file, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)))
  child.on('exit', (code) => code && console.error(`${file} ended with ${code}: ${said}`))
  children.push(child)
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + patienceMs; Date.now() < end; await pause(250)) if (await isSo().catch(() => false)) return
  throw new Error(`Waited in vain until ${what}.`)
}

async function call(method: string, path: string, body?: object): Promise<{ _id: string; _jobId: string; status: string }> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const response = await fetch(`http://${api}/v1/${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) })
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as { _id: string; _jobId: string; status: string }
}

/** A flow with a script, one record that is refused, and a connection that is offline: so that there is something to see. */
async function work(): Promise<void> {
  const application = createServer((request, response) => {
    const isSource = request.url === '/orders'
    response.writeHead(isSource || request.url === '/sink/1' ? 200 : 422, { 'content-type': 'application/json' })
    response.end(isSource ? '[{"id":1},{"id":2}]' : '{}')
  }).listen(0, '127.0.0.1')
  await once(application, 'listening')
  const { port } = application.address() as { port: number }
  const http = { mediaType: 'json', baseURI: `http://127.0.0.1:${port}`, ping: { method: 'GET', relativeURI: '/gone' } }
  const connection = await call('POST', 'connections', { name: 'application', type: 'http', http: { ...http, ping: undefined } })
  const gone = await call('POST', 'connections', { name: 'gone', type: 'http', http })
  await call('GET', `connections/${gone._id}/ping`)
  const script = await call('POST', 'scripts', { name: 'code', content: 'function page(o) { return { data: o.data } }' })
  const step = { _connectionId: connection._id }
  const source = await call('POST', 'exports', {
    ...step,
    name: 'orders',
    adaptorType: 'HTTPExport',
    http: { method: 'GET', relativeURI: '/orders' },
    hooks: { preSavePage: { _scriptId: script._id, function: 'page' } },
  })
  const sink = await call('POST', 'imports', {
    ...step,
    name: 'sink',
    adaptorType: 'HTTPImport',
    http: { method: ['POST'], relativeURI: ['/sink/{{record.id}}'] },
  })
  const flow = await call('POST', 'flows', {
    name: 'orders to sink',
    pageGenerators: [{ _exportId: source._id }],
    pageProcessors: [{ type: 'import', _importId: sink._id }],
  })
  const { _jobId } = await call('POST', `flows/${flow._id}/run`)
  await until('the run has ended', async () => (await call('GET', `jobs/${_jobId}`)).status === 'completed')
  application.close()
}

async function ask(query: string): Promise<number> {
  const response = await fetch(`http://${prometheus}/api/v1/query?${new URLSearchParams({ query }).toString()}`)
  const answer = (await response.json()) as { status: string; error?: string; data: { result: unknown[] } }
  if (answer.status !== 'success') throw new Error(`Prometheus refuses ${query}: ${answer.error}`)
  return answer.data.result.length
}

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[]
}

/** What has no answer while nothing of its kind has happened. */
const mayBeEmpty = /schedule_delay/

async function main(): Promise<void> {
  const database = { SLUICE_DATA: join(folder, 'data'), SLUICE_TOKEN: token, SLUICE_LOG_LEVEL: 'error' }
  const [, port = ''] = api.split(':')
  start(process.execPath, ['src/main.ts', 'serve'], {
    ...database,
    PORT: port,
    SLUICE_METRICS_ADDRESS: metrics,
    SLUICE_HEALTH_ADDRESS: health,
  })
  await until('the server is ready', async () => (await fetch(`http://${health}/readyz`)).ok)
  writeFileSync(
    join(folder, 'prometheus.yml'),
    `global: { scrape_interval: 1s, evaluation_interval: 1s }\nrule_files: [${join(root, 'packaging/prometheus/alerts.yml')}]\nscrape_configs: [{ job_name: sluice, static_configs: [{ targets: ['${metrics}'] }] }]\n`,
  )
  start('prometheus', [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'prometheus')}`,
    `--web.listen-address=${prometheus}`,
  ])
  await until('Prometheus has scraped it', async () => (await ask('up{job="sluice"} == 1')) === 1)
  await work()
  await until('Prometheus has seen the run', async () => (await ask('sluice_runs_ended_total{status="completed"} >= 1')) > 0)
  await pause(12_000)
  const { panels } = JSON.parse(readFileSync(join(root, 'packaging/grafana/sluice.json'), 'utf8')) as Dashboard
  for (const { title, targets } of panels)
    for (const { expr } of targets) {
      const query = expr.replaceAll('$job', 'sluice').replaceAll('$__rate_interval', '1m')
      const results = await ask(query)
      console.log(`${results} series  ${title}`)
      if (results === 0 && !mayBeEmpty.test(query)) throw new Error(`The panel "${title}" shows nothing: ${query}`)
    }
  const rules = (await (await fetch(`http://${prometheus}/api/v1/rules`)).json()) as {
    data: { groups: { rules: { name: string; health: string; lastError?: string }[] }[] }
  }
  for (const { name, health, lastError } of rules.data.groups.flatMap((group) => group.rules)) {
    console.log(`${health}  ${name}`)
    if (health !== 'ok') throw new Error(`The rule ${name} is not evaluated: ${lastError}`)
  }
  console.log('Prometheus reads the metrics, shows every panel and evaluates every rule.')
}

try {
  await main()
} finally {
  for (const child of children.toReversed()) {
    child.kill('SIGTERM')
    if (child.exitCode === null) await once(child, 'exit')
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 })
}

/** Traces as a collector of OpenTelemetry gets them: what belongs to what, and nothing that is nobody's business. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { setTracer, traced } from '../../src/domain/observability/tracing.ts'
import { startApplication } from '../harness/application.ts'
import { createTestDatabase } from '../harness/database.ts'
import { urlOf } from '../harness/database-url.ts'
import { ended, makeFlow, startRun, until } from '../harness/flows.ts'
import { dataFolder, serveToEnd, startProgram } from '../harness/program.ts'

interface Value {
  readonly stringValue?: string
  readonly intValue?: number | string
}
interface Sent {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly status: { readonly code: number }
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[]
  readonly attributes: readonly { readonly key: string; readonly value: Value }[]
}

/** Takes what is sent over OTLP with JSON. */
async function startCollector() {
  const spans: Sent[] = []
  const bodies: string[] = []
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      bodies.push(body)
      const { resourceSpans } = JSON.parse(body) as { resourceSpans: { scopeSpans: { spans: Sent[] }[] }[] }
      spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)))
      response.writeHead(request.url === '/v1/traces' ? 200 : 404, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans, bodies }
}

const attributesOf = ({ attributes }: Sent): Readonly<Record<string, unknown>> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]))

test(
  'a request and a run are traces, down to scripts, statements and calls, which tell the application',
  { timeout: 240_000 },
  async () => {
    const collector = await startCollector()
    const application = await startApplication({ sources: { orders: [{ id: 1, buyer: 'a-record-of-somebody' }] } })
    const database = await createTestDatabase()
    onTestFinished(async () => {
      await application.close()
      await database.drop()
    })
    const heard: (string | undefined)[] = []
    application.server.on('request', (request) => heard.push(request.headers['traceparent'] as string | undefined))
    const program = await startProgram({
      DATABASE_URL: urlOf(database.config),
      SLUICE_DATA: await dataFolder(),
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_SERVICE_NAME: 'sluice-test',
    })
    const flow = await makeFlow(program, application, {
      connection: { auth: { type: 'token', token: { token: 'a-sealed-secret', location: 'url', paramName: 'key' } } },
      code: 'function page(o) { return { data: o.data } }',
      exports: { orders: { hooks: { preSavePage: { _scriptId: '{code}', function: 'page' } } } },
    })
    const jobId = await startRun(program, flow._id)
    expect(await ended(program, jobId, 120_000)).toMatchObject({ status: 'completed', numSuccess: 1 })
    const [trace, above] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331']
    const asked = await fetch(`${program.url}/v1/flows`, {
      headers: { authorization: `Bearer ${program.token}`, traceparent: `00-${trace}-${above}-01` },
    })
    expect(asked.status).toBe(200)
    const { _userId } = (await program.call('GET', '/v1/tokenInfo')).body
    await program.stop()

    const { spans, bodies } = collector
    const byId = new Map(spans.map((span) => [span.spanId, span]))
    const ancestorsOf = (span: Sent): string[] => {
      const parent = span.parentSpanId ? byId.get(span.parentSpanId) : undefined
      return parent ? [parent.name, ...ancestorsOf(parent)] : []
    }
    const find = (name: string, over: string): Sent => {
      const found = spans.find((span) => span.name === name && ancestorsOf(span).includes(over))
      if (!found)
        throw new Error(`no span ${name} within ${over}: ${spans.map((each) => [each.name, ...ancestorsOf(each)].join(' < ')).join('\n')}`)
      return found
    }
    const run = spans.find(({ name }) => name === 'run') as Sent
    expect(attributesOf(run)).toEqual({ 'sluice.job.id': jobId, 'sluice.flow.id': flow._id, 'sluice.run.epoch': 1 })
    expect(attributesOf(find('step', 'page'))).toMatchObject({
      'sluice.step.id': flow.ids['sink'],
      'sluice.step.type': 'HTTPImport',
      'sluice.records': 1,
      'sluice.records.failed': 0,
    })
    // The run has a trace of its own, with a link to the request that asked for it.
    const asking = spans.find(({ name }) => name === 'runFlow') as Sent
    expect(run.links).toEqual([expect.objectContaining({ traceId: asking.traceId })])
    const asker = byId.get(run.links?.[0]?.spanId ?? '') as Sent
    expect([asker.name, ...ancestorsOf(asker)]).toContain('runFlow')
    expect(run.traceId).not.toBe(asking.traceId)
    expect(ancestorsOf(find('page', 'run'))).toEqual(['run'])
    expect(attributesOf(find('script', 'run'))).toMatchObject({ 'sluice.function': 'page', 'sluice.script.result': 'answer' })
    expect(find('sql job-find', 'getJob').kind).toBe(3)
    const post = find('POST', 'step')
    expect(ancestorsOf(post)).toEqual(['call http', 'step', 'page', 'run'])
    expect(attributesOf(post)).toEqual({
      'http.request.method': 'POST',
      'http.response.status_code': 201,
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(application.origin).port),
    })
    // The application was told of the spans that called it, all of them in the trace of the run.
    expect(heard).toContain(`00-${post.traceId}-${post.spanId}-01`)
    expect(heard.length).toBeGreaterThan(1)
    for (const each of heard) expect(each?.split('-')[1]).toBe(run.traceId)
    // The request goes on with the trace of its client.
    const request = spans.find(({ name, traceId }) => name === 'listFlows' && traceId === trace) as Sent
    expect(request).toMatchObject({ parentSpanId: above, kind: 2 })
    expect(attributesOf(request)).toEqual({ 'http.request.method': 'GET', 'http.response.status_code': 200 })
    expect(bodies[0]).toContain('"sluice-test"')
    for (const secret of ['a-record-of-somebody', 'a-sealed-secret', program.token ?? '', _userId as string, urlOf(database.config)])
      expect(bodies.filter((body) => body.includes(secret))).toEqual([])
  },
)

test('a collector that is away is told of once, and keeps nothing from going on', { timeout: 240_000 }, async () => {
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  const env = { DATABASE_URL: urlOf(database.config), SLUICE_DATA: await dataFolder(), SLUICE_LOG_LEVEL: 'warn' }
  const program = await startProgram({ ...env, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_EXPORTER_OTLP_TIMEOUT: '500' })
  expect((await program.call('GET', '/v1/flows')).status).toBeLessThan(300)
  const told = () => program.output().match(/the collector of traces takes none/g)?.length
  await until(told, 120_000)
  expect((await program.call('GET', '/v1/flows')).status).toBeLessThan(300)
  expect((await program.stop()).code).toBe(0)
  expect(told()).toBe(1)
  const wrong = await serveToEnd({ ...env, OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' })
  expect(wrong).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('OTEL_EXPORTER_OTLP_ENDPOINT must be the address of a collector') as string,
  })
})

test('without a collector a span is the work itself', async () => {
  setTracer(undefined)
  const work = Promise.resolve(1)
  let isAsked = false
  const attributes = () => {
    isAsked = true
    return {}
  }
  expect(traced('a', 'internal', attributes, () => work)).toBe(work)
  expect(isAsked).toBe(false)
})

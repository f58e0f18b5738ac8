/** Sends spans to a collector of OpenTelemetry, over OTLP. Loaded only where the settings name one. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { defaultTextMapGetter, defaultTextMapSetter, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Context } from '@opentelemetry/api'
import { ExportResultCode, W3CTraceContextPropagator, type ExportResult } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type ReadableSpan,
  type SpanExporter,
} from '@opentelemetry/sdk-trace'
import type { Log } from '../domain/context.ts'
import { setTracer, type Span } from '../domain/observability/tracing.ts'

/** Spans that wait to be sent; more are dropped. */
const mostWaiting = 8192
/** Spans of one request to the collector. */
const mostAtOnce = 512
/** How long spans are gathered. Milliseconds. */
const gatherMs = 2_000
/** One request to the collector, and all that is left when the program ends. Milliseconds. */
const exportMs = 10_000

const kinds = { server: SpanKind.SERVER, client: SpanKind.CLIENT, consumer: SpanKind.CONSUMER, internal: SpanKind.INTERNAL } as const

/** Where to, with which headers and within which time is read from `OTEL_EXPORTER_OTLP_*` by OpenTelemetry itself. */
export function openTracer(
  { service, ratio }: { readonly service: string; readonly ratio: number },
  version: string,
  log: Log,
): { close(): Promise<void> } {
  const spans = new BatchSpanProcessor({
    exporter: new LoggedExporter(new OTLPTraceExporter(), log),
    maxQueueSize: mostWaiting,
    maxExportBatchSize: mostAtOnce,
    scheduledDelayMillis: gatherMs,
    exportTimeoutMillis: exportMs,
  })
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': service, 'service.version': version }),
    // Strangers say which trace a request belongs to, and not that it is to be kept.
    sampler: new ParentBasedSampler({
      root: new TraceIdRatioBasedSampler(ratio),
      remoteParentSampled: new TraceIdRatioBasedSampler(ratio),
    }),
    spanProcessors: [spans],
  })
  const tracer = provider.getTracer('sluice', version)
  const current = new AsyncLocalStorage<Context>()
  const propagator = new W3CTraceContextPropagator()
  const extract = (traceparent: string | readonly string[] | undefined, above: Context): Context =>
    propagator.extract(above, { traceparent }, defaultTextMapGetter)
  setTracer({
    begin(name, kind, attributes, from, links = []) {
      const above = current.getStore() ?? ROOT_CONTEXT
      // Not its tracestate, which would go on to applications.
      const parent = from ? extract(from['traceparent'], above) : above
      const led = links.flatMap((link) => {
        const context = trace.getSpanContext(extract(link, ROOT_CONTEXT))
        return context ? [{ context }] : []
      })
      const span = tracer.startSpan(name, { kind: kinds[kind], attributes: { ...attributes }, links: led }, parent)
      const inside = trace.setSpan(parent, span)
      return {
        within: (work) => current.run(inside, work),
        set: (more) => void span.setAttributes({ ...more }),
        fail: (reason) => void span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', reason),
        end: () => span.end(),
      } satisfies Span
    },
    headers() {
      const carrier: Record<string, string> = {}
      const inside = current.getStore()
      if (inside) propagator.inject(inside, carrier, defaultTextMapSetter)
      return carrier
    },
  })
  return {
    async close() {
      setTracer(undefined)
      // A collector that is away has been told of, and keeps no program from ending.
      await Promise.race([provider.shutdown().catch(() => {}), pause(exportMs, undefined, { ref: false })])
    },
  }
}

/** Says once that the collector cannot be reached, and once that it can again. */
class LoggedExporter implements SpanExporter {
  readonly #exporter: SpanExporter
  readonly #log: Log
  #isAway = false

  constructor(exporter: SpanExporter, log: Log) {
    this.#exporter = exporter
    this.#log = log
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.#exporter.export(spans, (result) => {
      const isAway = result.code !== ExportResultCode.SUCCESS
      if (isAway && !this.#isAway) this.#log.warn({}, 'the collector of traces takes none: spans are lost until it does')
      if (!isAway && this.#isAway) this.#log.info({}, 'the collector of traces takes them again')
      this.#isAway = isAway
      done(result)
    })
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown()
  }
}

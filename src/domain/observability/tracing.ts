/** Spans of what is under way, told to the tracer of this program where it has one; without one, `traced` is the call of a function. Nothing here has an id of an account or a word of a record. */

export type SpanKind = 'server' | 'client' | 'consumer' | 'internal'
type Attributes = Readonly<Record<string, string | number | boolean>>
type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

export interface Span {
  /** What is begun within `work` belongs to the span. */
  within<T>(work: () => T): T
  set(attributes: Attributes): void
  /** It went wrong: `reason` is the name of an error or a status, and no message. */
  fail(reason: string): void
  end(): void
}

export interface Tracer {
  /** `from` are the headers of a request, which may say which trace it belongs to. `links` are spans of other traces that led to it, as `headers` named them. */
  begin(name: string, kind: SpanKind, attributes: Attributes, from?: Headers, links?: readonly string[]): Span
  /** What tells an application which span a request belongs to. */
  headers(): Readonly<Record<string, string>>
}

let tracer: Tracer | undefined

export function setTracer(next: Tracer | undefined): void {
  tracer = next
}

export const currentTracer = (): Tracer | undefined => tracer

/** The work as a span of its own. `look` says of the result what the span tells besides, `failed` where it is no success. */
export function traced<T>(
  name: string,
  kind: SpanKind,
  attributes: () => Attributes,
  work: () => Promise<T>,
  look?: (result: T) => Attributes & { readonly failed?: string },
  links?: readonly string[],
): Promise<T> {
  return tracer ? within(tracer.begin(name, kind, attributes(), undefined, links), work, look) : work()
}

/** The span that is under way, for work that another program begins later; undefined where nothing is traced. */
export function currentTraceparent(): string | undefined {
  const { traceparent } = tracer?.headers() ?? {}
  return traceparent
}

async function within<T>(span: Span, work: () => Promise<T>, look?: (result: T) => Attributes & { readonly failed?: string }): Promise<T> {
  try {
    const result = await span.within(work)
    const { failed, ...more } = look?.(result) ?? {}
    span.set(more as Attributes)
    if (failed !== undefined) span.fail(String(failed))
    return result
  } catch (error) {
    span.fail((error as Error).name)
    throw error
  } finally {
    span.end()
  }
}

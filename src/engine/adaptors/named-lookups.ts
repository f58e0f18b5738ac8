/** What the lookups of an import that ask its application find, for its mapping and for the templates of what it sends. Asked before a record is mapped. */
import type { Lookup } from '../../contract/shared/lookup.ts'
import { StepFailure, type Failure, type Found, type FoundValue, type FlowRecord } from '../adaptor.ts'
import { createLane, mapInLane } from '../around/lane.ts'
import type { Exchange } from '../exchange.ts'

/** Is told of a request and its answer. */
export type Exchanged = (exchange: Exchange) => void

/** A lookup that asks, and whether templates name it: these cannot do without what it finds. */
export interface NamedLookup {
  readonly name: string
  readonly isNeeded: boolean
  readonly lookup: Lookup
}

/** Of those that ask, the ones that a mapping or a template names, each once. */
export function listNamedLookups(
  asking: readonly Lookup[],
  templates: readonly unknown[],
  mappings: readonly unknown[],
): readonly NamedLookup[] {
  const inTemplates = new Set(namesInTemplates([templates, mappings]))
  const inMappings = new Set(namesOfMappings(mappings))
  const byName = new Map(asking.map((lookup) => [lookup.name, lookup] as const))
  return [...byName].flatMap(([name, lookup]) => {
    const isNeeded = inTemplates.has(name ?? '')
    return name !== undefined && (isNeeded || inMappings.has(name)) ? [{ name, isNeeded, lookup }] : []
  })
}

/** `{{lookup.name}}` and `{{lookup.[a name]}}`, wherever they stand. */
const namesInTemplates = (value: unknown): string[] =>
  [...(JSON.stringify(value) ?? '').matchAll(/\{\{[^}]*?\}\}/g)].flatMap(([expression]) =>
    [...expression.matchAll(/\blookup\.(?:\[([^\]]+)\]|([\w$-]+))/g)].map(([, inBrackets, plain]) => inBrackets ?? plain ?? ''),
  )

const namesOfMappings = (value: unknown): string[] =>
  [...(JSON.stringify(value) ?? '').matchAll(/"lookupName":("(?:[^"\\]|\\.)*")/g)].map(([, name]) => JSON.parse(name ?? '""') as string)

/** `watchAt` gives who is told of the requests for the record at a place. */
export type Look = (
  records: readonly FlowRecord[],
  watchAt: (place: number) => Exchanged | undefined,
) => Promise<readonly (Found | Failure)[]>

/** `answers` are those of one page, so that nothing is asked twice for it. Undefined is nothing. */
interface Asking<A> extends NamedLookup {
  readonly ask: (record: FlowRecord, answers: A, exchanged?: Exchanged) => Promise<unknown>
}

/** Undefined where nothing is asked. */
export function createLook<A>(asks: readonly Asking<A>[], level: number, createAnswers: () => A): Look | undefined {
  if (asks.length === 0) return undefined
  return async (records, watchAt) => {
    const answers = createAnswers()
    return mapInLane(createLane(level), records, async (record, place) => {
      const found: Record<string, FoundValue> = {}
      for (const { name, isNeeded, lookup, ask } of asks) {
        const value = await find(lookup, name, () => ask(record, answers, watchAt(place)))
        if (isNeeded && 'failure' in value) return value.failure
        found[name] = value
      }
      return { found }
    })
  }
}

async function find({ allowFailures, default: otherwise }: Lookup, name: string, ask: () => Promise<unknown>): Promise<FoundValue> {
  let failure: Failure
  try {
    const value = await ask()
    if (value !== undefined) return { value }
    failure = { source: 'lookup', code: 'lookup_failed', message: `The lookup ${name} found nothing for this record.` }
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error
    failure = { ...error.failure, source: 'lookup', message: `The lookup ${name}: ${error.failure.message}` }
  }
  return allowFailures ? { value: otherwise ?? null, missed: failure } : { failure }
}

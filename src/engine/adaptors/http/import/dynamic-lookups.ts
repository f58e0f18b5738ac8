/** What the lookups of an import find in the application for its mapping and for the templates of its requests. Asked before a record is mapped. */
import { StepFailure, type Failure, type Found, type FoundValue, type FlowRecord, type ImportDoc } from '../../../adaptor.ts'
import { createLane, mapInLane } from '../../../around/lane.ts'
import type { Context } from '../../../outgoing/request-texts.ts'
import type { ConnectionClient } from '../connection-client.ts'
import { createAsk, type Answers, type Ask, type Exchanged } from './ask-application.ts'
import { listLookups, type HttpImport, type Lookup } from './static-lookups.ts'

/** A lookup that asks, and whether templates name it: these cannot do without what it finds. */
interface Asked {
  readonly name: string
  readonly isNeeded: boolean
  readonly lookup: Lookup
}

/** Those that a mapping or a template of the import names, each once. */
export function listAsked(doc: ImportDoc, http: HttpImport): readonly Asked[] {
  const { relativeURI, body, headers } = http
  const inTemplates = new Set(namesInTemplates([relativeURI, body, headers, doc.mappings, doc.mapping]))
  const inMappings = new Set(namesOfMappings([doc.mappings, doc.mapping]))
  const asking = new Map(listLookups(doc, http).flatMap((lookup) => (asksApplication(lookup) ? [[lookup.name, lookup] as const] : [])))
  return [...asking].flatMap(([name, lookup]) => {
    const isNeeded = inTemplates.has(name ?? '')
    return name !== undefined && (isNeeded || inMappings.has(name)) ? [{ name, isNeeded, lookup }] : []
  })
}

const asksApplication = ({ map, _lookupCacheId, relativeURI }: Lookup): boolean =>
  map === undefined && _lookupCacheId === undefined && relativeURI !== undefined

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

/** Undefined where nothing is asked. */
export function createLook(doc: ImportDoc, http: HttpImport, client: ConnectionClient, shared: Context): Look | undefined {
  const asks = listAsked(doc, http).map((each) => ({ ...each, ask: createAsk(each.lookup, client, shared) }))
  if (asks.length === 0) return undefined
  return async (records, watchAt) => {
    const answers: Answers = new Map()
    return mapInLane(createLane(client.concurrency), records, async (record, place) => {
      const found: Record<string, FoundValue> = {}
      for (const { name, isNeeded, lookup, ask } of asks) {
        const value = await find(lookup, name, (asking) => ask(asking, answers, watchAt(place)), record)
        if (isNeeded && 'failure' in value) return value.failure
        found[name] = value
      }
      return { found }
    })
  }
}

async function find({ allowFailures, default: otherwise }: Lookup, name: string, ask: Ask, record: FlowRecord): Promise<FoundValue> {
  let failure: Failure
  try {
    const value = await ask(record)
    if (value !== undefined) return { value }
    failure = { source: 'lookup', code: 'lookup_failed', message: `The lookup ${name} found nothing for this record.` }
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error
    failure = { ...error.failure, source: 'lookup', message: `The lookup ${name}: ${error.failure.message}` }
  }
  return allowFailures ? { value: otherwise ?? null, missed: failure } : { failure }
}

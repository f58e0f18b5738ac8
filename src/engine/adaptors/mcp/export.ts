/** MCPExport: what a tool answers, as the records of a page generator, or as what a lookup found for a record. */
import {
  skipsRetries,
  StepFailure,
  type Cursor,
  type ExportDoc,
  type Failure,
  type FieldOf,
  type FlowRecord,
  type Outcome,
  type Page,
  type SourceAdaptor,
  type SourceStep,
  type Told,
  type Watching,
} from '../../adaptor.ts'
import { createLane, mapInLane } from '../../around/lane.ts'
import { refuseFields } from '../../fields/refuse-fields.ts'
import { defaultPageSize, maxPageBytes } from '../../formats/page-bounds.ts'
import { measurePage } from '../../formats/split-pages.ts'
import { listChildren, toChildRecord } from '../../values/one-to-many-children.ts'
import { exportDates } from '../export-dates.ts'
import { extractRecords } from '../http/export/records.ts'
import type { HttpPorts } from '../http/connection-client.ts'
import { oncePerStep } from '../once-per-step.ts'
import type { Call } from './guarded-fetch.ts'
import { createToolCaller, type Arguments, type ToolCaller } from './tool-call.ts'

/** `offset` records have been handed on in `index` pages. */
interface Position {
  readonly offset: number
  readonly index: number
}

interface Source extends ToolCaller {
  /** What the tool is called with for a record; for none at the beginning of a flow. */
  argumentsFor(record?: FlowRecord): Promise<Arguments>
}

const kinds: ReadonlySet<string> = new Set(['test', 'delta'])

export function mcpExport(ports: HttpPorts, fieldOf: FieldOf): SourceAdaptor {
  const source = oncePerStep((step: SourceStep) => createSource(ports, step))
  return {
    adaptorType: 'MCPExport',
    fieldOf,
    ready: async (step) => void (await source(step)),
    pages: (step, from, watching) => pages(source(step), step.doc, from as Position | undefined, watching),
    lookup: async (step, records, told) => lookUp(await source(step), step.doc, records, told),
  }
}

async function createSource(ports: HttpPorts, step: SourceStep): Promise<Source> {
  const { doc, run } = step
  refuseFields('exports', doc)
  if (doc.type && !kinds.has(doc.type)) {
    const message = `An export of a tool cannot be of the type ${doc.type}: it can be test or delta.`
    throw new StepFailure({ source: 'internal', code: 'export_type_unsupported', message })
  }
  const generator = run.flow?.pageGenerators?.find(({ _exportId }) => _exportId === doc._id)
  const skipRetries = run.testMode || (generator?.skipRetries ?? skipsRetries(run))
  const dates = { ...exportDates(doc, run), exportStartTime: run.currentExportDateTime }
  const caller = await createToolCaller(ports, step, 'export', dates, { skipRetries })
  const map = createArgumentsMapper(doc, caller, step)
  return {
    ...caller,
    async argumentsFor(record) {
      if (record === undefined) return caller.argumentsOf({}, {})
      return map ? caller.argumentsOf({ record }, await map(record)) : caller.argumentsOf({ record }, record)
    },
  }
}

/** Without a template a lookup calls the tool with what its mappings make of the record. */
function createArgumentsMapper({ mappings }: ExportDoc, { session }: ToolCaller, { run, doc, connection }: SourceStep) {
  if (!mappings?.length) return undefined
  const settings = {
    integration: run.integration?.settings,
    flow: run.flow?.settings,
    export: doc.settings,
    connection: connection?.settings,
  }
  const evaluation = session.client.evaluate({ kind: 'mapping', source: 'mapping', mappings, lookups: [], surroundings: { settings } })
  return async (record: FlowRecord): Promise<unknown> => {
    const mapped = await evaluation.one(record)
    if ('stopped' in mapped) throw new StepFailure(mapped.stopped)
    if (!mapped.value.ok) throw new StepFailure(mapped.value.failures[0] as Failure)
    return mapped.value.value
  }
}

async function* pages(preparing: Promise<Source>, doc: ExportDoc, from: Position | undefined, watching?: Watching): AsyncGenerator<Page> {
  const source = await preparing
  const call: Call = {}
  const answer = await source
    .call(await source.argumentsFor(), call)
    .finally(() => call.exchange && watching?.exchanged?.([], call.exchange))
  const limit = doc.type === 'test' ? (doc.test?.limit ?? 1) : Number.POSITIVE_INFINITY
  const records = extractRecords(answer, doc.mcp?.resourcePath, undefined).slice(0, limit)
  const pageSize = Math.max(1, doc.pageSize ?? defaultPageSize)
  let { offset, index } = from ?? { offset: 0, index: 0 }
  while (offset < records.length) {
    const { length, bytes } = measurePage(records, offset, pageSize, call.bytes ?? 0)
    const page = records.slice(offset, offset + length)
    offset += length
    const next: Position = { offset, index: index + 1 }
    yield { index, records: page, bytes, ...(offset < records.length && { next: next as unknown as Cursor }) }
    index += 1
  }
}

/** One outcome a record. Every failure of a lookup is its record's own: another record may well find something. */
async function lookUp(source: Source, doc: ExportDoc, records: readonly FlowRecord[], told?: Told): Promise<Outcome[]> {
  const callFor = async (record: FlowRecord, place: number): Promise<FlowRecord[]> => {
    const call: Call = { yields: told?.aheadUntil }
    try {
      const answer = await source.call(await source.argumentsFor(record), call)
      told?.received(call.bytes ?? 0)
      return extractRecords(answer, doc.mcp?.resourcePath, undefined)
    } finally {
      if (call.exchange) told?.exchanged?.([place], call.exchange)
    }
  }
  return mapInLane(
    source.lane,
    records,
    async (record, place): Promise<Outcome> => {
      try {
        const children = listChildren(doc, record)?.map((child) => toChildRecord(child, record))
        const found = children
          ? (await mapInLane(createLane(source.lane.level), children, (child) => callFor(child, place))).flat()
          : await callFor(record, place)
        if (Buffer.byteLength(JSON.stringify(found)) > maxPageBytes) throw tooLarge
        return { kind: 'done', response: { statusCode: 200, data: found, errors: [] } }
      } catch (error) {
        if (!(error instanceof StepFailure)) throw error
        return { kind: 'failed', failures: [error.failure], ...(error.exchange && { exchange: error.exchange }) }
      }
    },
    told,
  )
}

const tooLarge = new StepFailure({
  source: 'lookup',
  code: 'lookup_too_large',
  message: `The lookup found more than ${maxPageBytes / 1024 / 1024} MB for one record.`,
})

/** What an API or a tool answers with, made of the record at its end: an import whose application is the caller. */
import type { Lookup } from '../../contract/shared/lookup.ts'
import type { Mapping } from '../../contract/shared/mapping.ts'
import type { ScriptFunction } from '../../contract/shared/script-function.ts'
import type { Failure, FlowRecord, ImportDoc, Outcome, SinkAdaptor } from '../adaptor.ts'
import type { MappingV1 } from '../mapping/mapper-v1.ts'
import { createImporter } from '../plan/import-step.ts'
import type { GraphParts } from './load-graph.ts'

export interface OutputDoc {
  readonly _id: string
  readonly name: string
  /** Mapper 2.0, or flat fields. */
  readonly mappings?: readonly Mapping[]
  readonly mapping?: MappingV1
  readonly lookups?: readonly Lookup[]
  readonly hooks?: { readonly preMap?: ScriptFunction; readonly postMap?: ScriptFunction }
}

export type Output = { readonly output: unknown } | { readonly failures: readonly Failure[] }

/** preMap, mapping and postMap, as an import has them; without mappings the record is the output. What a hook leaves out has none. */
export function createOutput({ adaptors, definitions }: GraphParts, doc: OutputDoc): (record: FlowRecord) => Promise<Output> {
  const { submit } = createImporter({ ...adaptors, sinks: [caller] }, definitions, doc as unknown as ImportDoc)
  return async (record) => {
    const [result] = await submit([record])
    const outcome = result?.outcome
    if (outcome?.kind === 'failed') return { failures: outcome.failures }
    return { output: outcome?.kind === 'done' ? outcome.response.data : undefined }
  }
}

/** Whoever called takes it as it is. */
const caller: SinkAdaptor = {
  adaptorType: undefined as unknown as ImportDoc['adaptorType'],
  fieldOf: () => 'mappings',
  batchSize: () => 1,
  lookups: () => [],
  ready: async () => undefined,
  write: async (_step, submissions) => submissions.map(({ mapped }): Outcome => ({ kind: 'done', response: { data: mapped } })),
}

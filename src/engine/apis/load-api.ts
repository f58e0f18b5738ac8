/** An API, made ready to be called. What can never work is found here, before the first request of any step. */
import type { Document } from '../../contract/document.ts'
import { refuseFields } from '../fields/refuse-fields.ts'
import type { GraphOptions } from '../graph/load-graph.ts'
import type { Engine } from '../plan/engine.ts'
import type { LoadedApi } from './answering.ts'
import { loadBuilderApi } from './builder-api.ts'
import { loadScriptApi } from './script-api.ts'

/** Throws the `StepFailure` of what can never work. */
export async function loadApi(
  parts: Pick<Engine, 'world' | 'adaptors' | 'evaluator'>,
  envId: string,
  doc: Document<'apis'>,
  options: GraphOptions = {},
): Promise<LoadedApi> {
  refuseFields('apis', doc)
  return (doc.type === 'builder' ? loadBuilderApi : loadScriptApi)(parts, envId, doc, options)
}

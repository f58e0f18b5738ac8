/** What every step needs before it is compiled: its adaptor and connection, and what its filters, templates and functions see. */
import type { ConnectionDoc, ExportDoc, ImportDoc, Run, SettingsByResource, SinkAdaptor, SourceAdaptor } from '../adaptor.ts'
import { buildHookContext } from '../hooks/hook-options.ts'
import { createPreSavePage, type PreSavePage } from '../hooks/pre-save-page.ts'
import { findAdaptor } from './find-adaptor.ts'
import type { Definitions } from './read-documents.ts'
import { createRefine, type Refine } from './refine.ts'
import { collectSettings } from './step-settings.ts'

interface PreparedStep<A, D> {
  readonly adaptor: A
  readonly step: { readonly doc: D; readonly run: Run; readonly connection?: ConnectionDoc }
  readonly settings: SettingsByResource
  /** For every function of the step, beside what it is called with. */
  readonly hookContext: object
}

interface PreparedExport extends PreparedStep<SourceAdaptor, ExportDoc> {
  readonly refine: Refine
  readonly preSavePage: PreSavePage | undefined
}

export function prepareExport(adaptors: readonly SourceAdaptor[], definitions: Definitions, doc: ExportDoc, run: Run): PreparedExport {
  const prepared = prepareStep('export', adaptors, definitions, doc, run)
  const { settings, hookContext } = prepared
  const refine = createRefine(doc, settings, definitions, hookContext)
  const hook = definitions.createHook(doc.hooks?.preSavePage, 'pre_save_page_hook', hookContext)
  return { ...prepared, refine, preSavePage: hook && createPreSavePage(hook, run) }
}

export const prepareImport = (
  adaptors: readonly SinkAdaptor[],
  definitions: Definitions,
  doc: ImportDoc,
): PreparedStep<SinkAdaptor, ImportDoc> => prepareStep('import', adaptors, definitions, doc, definitions.run)

function prepareStep<A extends SourceAdaptor | SinkAdaptor, D extends ExportDoc | ImportDoc>(
  kind: 'export' | 'import',
  adaptors: readonly A[],
  definitions: Definitions,
  doc: D,
  run: Run,
): PreparedStep<A, D> {
  const connection = definitions.getConnection(doc._connectionId)
  const adaptor = findAdaptor(adaptors, kind, doc)
  const settings = collectSettings(run, { [kind]: doc }, connection)
  const hookContext = buildHookContext({ run, settings, [kind]: doc, connection })
  return { adaptor, step: { doc, run, ...(connection && { connection }) }, settings, hookContext }
}

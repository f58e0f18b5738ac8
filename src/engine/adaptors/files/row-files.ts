/** Files by a file definition, as steps read and write them: the definition and the EDI profile that they name, and how the templates of elements are rendered. */
import type { FileDefinitionDocument } from '../../../contract/document.ts'
import type { ExportDoc, ImportDoc, Run } from '../../adaptor.ts'
import type { Evaluate } from '../../evaluation/evaluator.ts'
import { UnreadableContent, UnwritableContent } from '../../formats/format.ts'
import { compileDefinition } from '../../formats/structured/definition.ts'
import type { Profile, StructuredWriting } from '../../formats/structured/work.ts'
import { firstControlNumber } from '../../formats/structured/control-number.ts'
import { createRowWriter, numberMark } from '../../formats/structured/write-rows.ts'
import { createRendering, type Context } from '../../outgoing/request-texts.ts'
import type { Texts } from '../../evaluation/request-templates.ts'
import type { KeepingPorts } from '../kept-bytes.ts'
import { stepFailure } from './check-options.ts'

interface Named {
  readonly definition: FileDefinitionDocument
  readonly profile: Profile | undefined
}

/** Throws `StepFailure` where the step names no definition that can be carried out. */
export function findDefinition({ file, _ediProfileId }: ExportDoc | ImportDoc, run: Run): Named {
  const id = file?.fileDefinition?._fileDefinitionId
  if (!id)
    throw stepFailure(
      'file_definition_missing',
      'The step does not say by which definition its files are read (file.fileDefinition._fileDefinitionId).',
    )
  const definition = run.findFileDefinition?.(id)
  if (!definition) throw stepFailure('file_definition_missing', `The file definition ${id} no longer exists.`)
  const { standard } = explained(() => compileDefinition(definition))
  const profile = _ediProfileId ? run.findEdiProfile?.(_ediProfileId) : undefined
  if (_ediProfileId && !profile) throw stepFailure('edi_profile_missing', `The EDI profile ${_ediProfileId} no longer exists.`)
  const fileType = profile?.fileType
  const other = { x12: 'edifact', edifact: 'edix12' } as const
  if (standard && fileType === other[standard])
    throw stepFailure(
      'edi_profile_mismatch',
      `The EDI profile is for ${fileType}, and the file definition "${definition.name}" for ${definition.format}.`,
    )
  return { definition, profile: profile as Profile | undefined }
}

interface Surroundings {
  /** Where control numbers are counted; absent where none can be. */
  readonly kept?: KeepingPorts['kept']
  readonly evaluate: Evaluate
  readonly shared: Context
  readonly tables: NonNullable<Texts['tables']>
}

/** Throws `StepFailure` where the definition cannot be written by. */
export function createRowWriting(doc: ImportDoc, run: Run, { evaluate, shared, tables, kept }: Surroundings): StructuredWriting {
  const { definition, profile } = findDefinition(doc, run)
  const writer = explained(() => createRowWriter(compileDefinition(definition)))
  const { render } = createRendering(evaluate, {
    texts: [{ template: writer.template, escaping: 'raw', sees: 'body' }],
    shared: { ...shared, ...(profile && { ediProfile: kept ? { ...profile, controlNumber: numberMark } : profile }) },
    tables,
  })
  const least = firstControlNumber(profile)
  return {
    writer,
    profile,
    // A number that is only looked at is not used up.
    ...(profile &&
      kept && {
        takeNumber: async () =>
          run.previewsImports || run.testMode ? least : kept().controlNumbers.take(run.envId, doc._ediProfileId ?? '', least),
      }),
    render: async (record) => (await render({ mapped: record as Record<string, unknown> }))[0] ?? '',
  }
}

function explained<T>(make: () => T): T {
  try {
    return make()
  } catch (error) {
    if (error instanceof UnreadableContent || error instanceof UnwritableContent)
      throw stepFailure(error.code, `The file definition: ${error.message}`)
    throw error
  }
}

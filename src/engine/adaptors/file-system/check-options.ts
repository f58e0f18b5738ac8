/** What steps of files have to say, and what their formats are: refused in words before the first file. What they may not say is in fields/. */
import { StepFailure, type ExportDoc, type ImportDoc } from '../../adaptor.ts'
import { encodings, isFormat } from '../../formats/index.ts'

type ExportFile = NonNullable<ExportDoc['file']>
type ImportFile = NonNullable<ImportDoc['file']>

export const stepFailure = (code: string, message: string): StepFailure => new StepFailure({ source: 'internal', code, message })

function mustBeFormat(type: string | undefined): asserts type is string {
  if (type === undefined) throw stepFailure('format_unsupported', 'file.type does not say what format the files have: json can be used.')
  if (!isFormat(type))
    throw stepFailure(
      'format_unsupported',
      `Files of the type ${type} are not supported yet: json is, also newline-delimited in files whose name ends in .ndjson or .jsonl.`,
    )
}

/** Refuses what an export of files cannot do. */
export function checkExportOptions(doc: ExportDoc): ExportFile & { readonly type: string } {
  const { file = {}, type } = doc
  if (type !== undefined && type !== 'test')
    throw stepFailure(
      'export_type_unsupported',
      `A file system export cannot be of the type ${type}: it can be test, or fetch every file each time.`,
    )
  mustBeFormat(file.type)
  if (file.filter?.type === 'script')
    throw stepFailure('file_option_unsupported', 'A script as file.filter is not supported for file systems yet.')
  return { ...file, type: file.type }
}

/** Refuses what an import of files cannot do. */
export function checkImportOptions(doc: ImportDoc): ImportFile & { readonly type: string; readonly fileName: string } {
  const { file = {} } = doc
  mustBeFormat(file.type)
  if (!file.fileName?.trim()) throw stepFailure('file_name_missing', 'file.fileName does not say what the files are called.')
  if (!file.skipAggregation && file.aggregation?.type !== 'page')
    throw stepFailure(
      'file_option_unsupported',
      'One file for all records of a run is not supported for file systems yet: set file.skipAggregation, and each page makes a file.',
    )
  return { ...file, type: file.type, fileName: file.fileName }
}

export const findEncoding = ({ encoding = 'utf8' }: ExportFile): string => encodings[encoding] ?? 'utf-8'

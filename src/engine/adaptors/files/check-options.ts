/** What steps of files have to say, and what their formats are: refused in words before the first file. What they may not say is in fields/. */
import { StepFailure, type ExportDoc, type ImportDoc } from '../../adaptor.ts'
import { encodings, isFormat } from '../../formats/index.ts'
import { readParsers, type ContentParser } from '../../values/content-parsers.ts'
import { compileXmlPath, InvalidXmlPath } from '../../values/xml-path.ts'

type ExportFile = NonNullable<ExportDoc['file']>
type ImportFile = NonNullable<ImportDoc['file']>

export const stepFailure = (code: string, message: string): StepFailure => new StepFailure({ source: 'internal', code, message })

/** What an export gives instead of the records in its files. */
export const givesFiles = ({ type, file }: Pick<ExportDoc, 'type' | 'file'>): 'metadata' | 'blobKeys' | undefined => {
  if (file?.output === 'metadata') return 'metadata'
  return file?.output === 'blobKeys' || type === 'blob' ? 'blobKeys' : undefined
}

/** Whether an import passes the bytes of files on, and no records. */
export const passesBlobs = ({ blob, blobKeyPath }: Pick<ImportDoc, 'blob' | 'blobKeyPath'>): boolean =>
  blob === true || Boolean(blobKeyPath?.trim())

/** Where nothing in the files is looked at. */
const anyFormat = 'json'

function mustBeFormat(type: string | undefined): asserts type is string {
  if (type === undefined)
    throw stepFailure('format_unsupported', 'file.type does not say what format the files have: csv, filedefinition, json, xlsx or xml.')
  if (!isFormat(type))
    throw stepFailure(
      'format_unsupported',
      `Files of the type ${type} are not known: csv, filedefinition, json, xlsx and xml are, also newline-delimited JSON in files whose name ends in .ndjson or .jsonl.`,
    )
}

/** Its format, and what its parser says of it. */
type CheckedFile = ExportFile & { readonly type: string; readonly parser: ContentParser | undefined }

/** Refuses what an export of files cannot do. */
export function checkExportOptions(doc: ExportDoc): CheckedFile {
  const { file = {}, type } = doc
  if (type !== undefined && type !== 'test' && type !== 'blob')
    throw stepFailure(
      'export_type_unsupported',
      `An export of files cannot be of the type ${type}: it can be test, blob, or fetch every file each time.`,
    )
  if (file.filter?.type === 'script') throw stepFailure('file_option_unsupported', 'A script as file.filter is not supported yet.')
  if (givesFiles(doc)) return { ...file, type: file.type ?? anyFormat, parser: undefined }
  mustBeFormat(file.type)
  const parser = readParsers(doc.parsers)
  if (parser === 'unknown') throw new Error('a parser that is not understood was let through')
  if (file.type === 'xml') mustBePath(file.xml?.resourcePath || parser?.resourcePath)
  for (const path of [parser?.xml?.listNodes, parser?.xml?.includeNodes, parser?.xml?.excludeNodes].flatMap((paths) => paths ?? []))
    mustBePath(path)
  return { ...file, type: file.type, parser: parser?.type === file.type ? parser : undefined }
}

/** Of the records in a file that is read once. Without one the file is one record. */
function mustBePath(path: string | undefined): void {
  try {
    if (path?.trim()) compileXmlPath(path)
  } catch (error) {
    if (error instanceof InvalidXmlPath) throw stepFailure('invalid_xml_path', error.message)
    throw error
  }
}

/** Refuses what an import of files cannot do. */
/** `named` is what the files are called by what is said of their place. */
export function checkImportOptions(
  doc: ImportDoc,
  named: string | undefined,
): ImportFile & { readonly type: string; readonly fileName: string } {
  const { file = {} } = doc
  const fileName = named?.trim() ? named : file.fileName
  if (passesBlobs(doc)) return { ...file, type: file.type ?? anyFormat, fileName: fileName ?? '' }
  mustBeFormat(file.type)
  if (!fileName?.trim()) throw stepFailure('file_name_missing', 'file.fileName does not say what the files are called.')
  return { ...file, type: file.type, fileName }
}

export const findEncoding = ({ encoding = 'utf8' }: Pick<ExportFile, 'encoding'>): string => encodings[encoding] ?? 'utf-8'

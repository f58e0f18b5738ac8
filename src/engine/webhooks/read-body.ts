/** What the body of a request to a webhook says: JSON, a form, XML, CSV or text, as the webhook says or as its Content-Type does. */
import type { Evaluate } from '../evaluation/evaluator.ts'
import { readCsvText } from '../formats/csv.ts'
import { UnreadableContent } from '../formats/format.ts'
import { endings, readJson } from '../formats/json.ts'
import type { ExportDoc, FlowRecord } from '../adaptor.ts'
import { addField, maxFields, readFormData, type FieldValues } from './read-form-data.ts'
import { decodeText } from '../outgoing/decode.ts'
import { maxEventBytes } from '../../domain/limits/webhook-bounds.ts'

type MediaType = NonNullable<NonNullable<ExportDoc['webhook']>['requestMediaType']>

/** Of the records of one request as JSON, where names of columns make them larger than the request. Characters. */
const maxRowsLength = 4 * maxEventBytes

export type ReadBody = { readonly value: unknown } | { readonly fault: string }

export async function readBody(
  evaluate: Evaluate,
  bytes: Buffer,
  contentType: string,
  mediaType: MediaType | undefined,
): Promise<ReadBody> {
  const type = mediaType ?? typeOf(contentType)
  if (mediaType === undefined && /^multipart\/form-data/i.test(contentType)) return readFormData(bytes, contentType)
  const { text, isUnknown } = decodeText(bytes, contentType)
  if (isUnknown) return { fault: 'The body is written in a character set that its Content-Type does not name.' }
  if (type === 'plaintext') return { value: { text } }
  if (text.trim() === '') return { value: {} }
  if (type === 'urlencoded') return readForm(text)
  if (type === 'xml') return readXml(evaluate, text)
  if (type === 'csv') return readCsv(text)
  const read = await readJson(text)
  return 'unreadable' in read ? { fault: `The body ${endings[read.unreadable]}` } : read
}

/** What no type is said of is read as JSON, which nearly everybody sends. */
function typeOf(contentType: string): MediaType {
  if (/\bxml\b/i.test(contentType)) return 'xml'
  if (/\bcsv\b/i.test(contentType)) return 'csv'
  if (/x-www-form-urlencoded/i.test(contentType)) return 'urlencoded'
  return /^text\/plain/i.test(contentType) ? 'plaintext' : 'json'
}

/** Some senders put JSON into a field called `payload`: that stays a text. */
function readForm(text: string): ReadBody {
  // Counted before anything is made of them: strangers send forms as well.
  if (text.split('&', maxFields + 1).length > maxFields) return { fault: `The body is a form with more than ${maxFields} fields.` }
  const form: FieldValues = new Map()
  for (const [name, value] of new URLSearchParams(text)) addField(form, name, value)
  return { value: Object.fromEntries(form) }
}

/** Rows below a header, each an object by the names of its columns. */
async function readCsv(text: string): Promise<ReadBody> {
  const rows: FlowRecord[] = []
  let length = 0
  try {
    for await (const { records, sizes } of readCsvText(text, {})) {
      // Each row holds the names of its columns.
      for (const size of sizes) length += size
      if (length > maxRowsLength)
        return { fault: `The body is CSV whose rows as records take more than ${maxRowsLength / 1024 / 1024} MB.` }
      for (const row of records) rows.push(row)
    }
    return { value: rows }
  } catch (error) {
    if (error instanceof UnreadableContent) return { fault: `The body ${error.message}` }
    throw error
  }
}

async function readXml(evaluate: Evaluate, text: string): Promise<ReadBody> {
  const read = await evaluate({ kind: 'xmlDocument', source: 'internal' }).one({ text })
  if ('stopped' in read) return { fault: read.stopped.message }
  return 'fault' in read.value ? { fault: `The body ${read.value.fault}` } : read.value
}

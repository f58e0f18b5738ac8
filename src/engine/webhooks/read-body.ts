/** What the body of a request to a webhook says: JSON, a form, XML or text, as the webhook says or as its Content-Type does. */
import type { ExportDoc } from '../adaptor.ts'
import type { Evaluate } from '../evaluation/evaluator.ts'
import { endings, readJson } from '../formats/json.ts'
import { addField, maxFields, readFormData, type FieldValues } from './read-form-data.ts'
import { decodeText } from '../outgoing/decode.ts'

type MediaType = NonNullable<NonNullable<ExportDoc['webhook']>['requestMediaType']>

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
  if (type === 'csv') return { fault: 'Webhooks take no CSV: they read JSON, XML, forms and plain text.' }
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

async function readXml(evaluate: Evaluate, text: string): Promise<ReadBody> {
  const read = await evaluate({ kind: 'xmlDocument', source: 'internal' }).one({ text })
  if ('stopped' in read) return { fault: read.stopped.message }
  return 'fault' in read.value ? { fault: `The body ${read.value.fault}` } : read.value
}

/** An answer, read: its text, and what the text says in the media type it is expected in. */
import { maxLevels } from '../../../domain/limits/parse-json.ts'
import type { Redact } from '../../../domain/redaction/masker.ts'
import { readJson, type Unreadable } from '../../formats/json.ts'
import { decodeText } from '../../outgoing/decode.ts'
import type { HttpAnswer } from '../../outgoing/message.ts'

export interface ResponseBody {
  readonly text: string
  /** The parsed body; undefined for an empty one; the text for plain text. */
  readonly body: unknown
  /** Set when the body is not what was expected. */
  readonly unreadable?: Unreadable | 'media_type_unsupported' | 'charset_unknown'
  /** Its body is not parsed here: what stands at a path of it is asked for (adaptors/http/response-paths.ts). */
  readonly isXml?: true
  /** Nor here: adaptors/http/csv-answers.ts reads its rows. */
  readonly isCsv?: true
}

/** What is said of answers that cannot be read, or would take too long to. */
const explained = {
  too_deep: `The application answered JSON that is nested deeper than ${maxLevels} levels. Ask it for less in one answer, or have it give the inner part as text.`,
  too_many_names: 'The application answered JSON with more than 50,000 different names of fields. Ask it for less in one answer.',
  invalid_json: 'The application answered something that is not JSON',
  charset_unknown:
    'The application answered text that is not UTF-8, and does not say what it is. Have it name its character set in Content-Type, such as "application/json; charset=iso-8859-1".',
} as const

type Explained = keyof typeof explained

export const isExplained = (unreadable: ResponseBody['unreadable']): unreadable is Explained =>
  unreadable !== undefined && unreadable in explained

/** Characters that show what it was instead. */
const maxSample = 100

export function explainUnreadable(unreadable: Explained, { headers }: HttpAnswer, text: string, redact: Redact): string {
  if (unreadable !== 'invalid_json') return explained[unreadable]
  const type = String(headers['content-type'] ?? 'of no stated type').split(';')[0]
  const sample = redact(
    text
      .slice(0, 10 * maxSample)
      .trim()
      .replaceAll(/\s+/g, ' '),
    maxSample,
  )
  return `${explained.invalid_json}, but ${type}: ${sample} Look whether the address is right and its credentials are accepted, or say another successMediaType.`
}

/**
 * `mediaType` as configured; where nothing is, the content type decides, and JSON is tried before anything is given up on. `usual` is what requests are
 * written in: where that is XML, an answer that begins like it is taken for it.
 */
export async function readResponseBody(answer: HttpAnswer, mediaType: string | undefined, usual?: string): Promise<ResponseBody> {
  const contentType = String(answer.headers['content-type'] ?? '')
  const { text, isUnknown } = decodeText(answer.body, contentType)
  if (text.trim() === '') return { text, body: undefined }
  if (isUnknown) return { text, body: undefined, unreadable: 'charset_unknown' }
  if (mediaType === 'plaintext') return { text, body: text }
  const xml: ResponseBody = { text, body: undefined, unreadable: 'media_type_unsupported', isXml: true }
  if (mediaType === 'xml') return xml
  const csv: ResponseBody = { text, body: undefined, unreadable: 'media_type_unsupported', isCsv: true }
  if (mediaType === 'csv') return csv
  const json = await readJson(text)
  if ('value' in json) return { text, body: json.value }
  if (json.unreadable !== 'invalid_json') return { text, body: undefined, unreadable: json.unreadable }
  if (mediaType === undefined && (/xml/i.test(contentType) || (usual === 'xml' && text.trimStart().startsWith('<')))) return xml
  if (mediaType === undefined && /csv/i.test(contentType)) return csv
  if (mediaType === undefined && /^text\/plain/i.test(contentType)) return { text, body: text }
  return { text, body: undefined, unreadable: 'invalid_json' }
}

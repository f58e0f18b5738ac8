/** An answer, read: its text, and what the text says in the media type it is expected in. */
import { maxLevels } from '../../../domain/limits/parse-json.ts'
import { readJson, type Unreadable } from '../../formats/json.ts'
import { decodeText } from '../../outgoing/decode.ts'
import type { HttpAnswer } from '../../outgoing/message.ts'

export interface ResponseBody {
  readonly text: string
  /** The parsed body; undefined for an empty one; the text for plain text. */
  readonly body: unknown
  /** Set when the body is not what was expected. */
  readonly unreadable?: Unreadable | 'media_type_unsupported'
  /** Its body is not parsed here: what stands at a path of it is asked for (adaptors/http/response-paths.ts). */
  readonly isXml?: true
}

/** What is said of answers that would take too long to read. */
export const excessive = {
  too_deep: `The application answered JSON that is nested deeper than ${maxLevels} levels. Ask it for less in one answer, or have it give the inner part as text.`,
  too_many_names: 'The application answered JSON with more than 50,000 different names of fields. Ask it for less in one answer.',
} as const

export const isExcessive = (unreadable: ResponseBody['unreadable']): unreadable is keyof typeof excessive =>
  unreadable !== undefined && unreadable in excessive

/**
 * `mediaType` as configured; where nothing is, the content type decides, and JSON is tried before anything is given up on. `usual` is what requests are
 * written in: where that is XML, an answer that begins like it is taken for it.
 */
export async function readResponseBody(answer: HttpAnswer, mediaType: string | undefined, usual?: string): Promise<ResponseBody> {
  const contentType = String(answer.headers['content-type'] ?? '')
  const text = decodeText(answer.body, contentType)
  if (text.trim() === '') return { text, body: undefined }
  if (mediaType === 'plaintext') return { text, body: text }
  const xml: ResponseBody = { text, body: undefined, unreadable: 'media_type_unsupported', isXml: true }
  if (mediaType === 'xml') return xml
  if (mediaType === 'csv') return { text, body: undefined, unreadable: 'media_type_unsupported' }
  const json = await readJson(text)
  if ('value' in json) return { text, body: json.value }
  if (isExcessive(json.unreadable)) return { text, body: undefined, unreadable: json.unreadable }
  if (mediaType === undefined && (/xml/i.test(contentType) || (usual === 'xml' && text.trimStart().startsWith('<')))) return xml
  if (mediaType === undefined && /csv/i.test(contentType)) return { text, body: undefined, unreadable: 'media_type_unsupported' }
  if (mediaType === undefined && /^text\/plain/i.test(contentType)) return { text, body: text }
  return { text, body: undefined, unreadable: 'invalid_json' }
}

/** An answer, read: its text, and what the text says in the media type it is expected in. */
import { maxLevels, parseBounded, TooDeep } from '../../../domain/limits/parse-json.ts'
import { textOf } from '../../outgoing/decode.ts'
import type { HttpAnswer } from '../../outgoing/message.ts'

export interface ReadAnswer {
  readonly text: string
  /** The parsed body; undefined for an empty one; the text for plain text. */
  readonly body: unknown
  /** Set when the body is not what was expected. */
  readonly unreadable?: 'invalid_json' | 'too_deep' | 'media_type_unsupported'
}

export const deepAnswer = `The application answered JSON that is nested deeper than ${maxLevels} levels. Ask it for less in one answer, or have it give the inner part as text.`

/** `mediaType` as configured; where nothing is, the content type decides, and JSON is tried before anything is given up on. */
export function readAnswer(answer: HttpAnswer, mediaType: string | undefined): ReadAnswer {
  const contentType = String(answer.headers['content-type'] ?? '')
  const text = textOf(answer.body, contentType)
  if (text.trim() === '') return { text, body: undefined }
  if (mediaType === 'plaintext') return { text, body: text }
  if (mediaType === 'xml' || mediaType === 'csv') return { text, body: undefined, unreadable: 'media_type_unsupported' }
  try {
    return { text, body: parseBounded(text) }
  } catch (error) {
    if (error instanceof TooDeep) return { text, body: undefined, unreadable: 'too_deep' }
    if (mediaType === undefined && /xml|csv/i.test(contentType)) return { text, body: undefined, unreadable: 'media_type_unsupported' }
    if (mediaType === undefined && /^text\/plain/i.test(contentType)) return { text, body: text }
    return { text, body: undefined, unreadable: 'invalid_json' }
  }
}

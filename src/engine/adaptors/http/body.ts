/** Request bodies in the media types that can be written. What a template made is sent as it is, but for form fields given as JSON. */
import { isExact } from '../../../domain/limits/exact-number.ts'
import { parseBounded } from '../../../domain/limits/parse-json.ts'
import { StepFailure } from '../../adaptor.ts'
import { encodeText } from '../../formats/encode-text.ts'
import { UnwritableContent } from '../../formats/format.ts'
import { findFormat } from '../../formats/index.ts'
import { isPlainObject, toText } from '../../values/plain-value.ts'

/** What can be written, by integrator.io's words. The rest is refused when the step begins. */
export const contentTypes: Readonly<Record<string, string>> = {
  json: 'application/json',
  urlencoded: 'application/x-www-form-urlencoded',
  plaintext: 'text/plain; charset=utf-8',
  xml: 'application/xml',
  csv: 'text/csv; charset=utf-8',
  'form-data': 'multipart/form-data',
}

/** `value` is the text a template made, or the record itself when there is no template. */
export function bodyText(value: unknown, mediaType: string): string {
  if (mediaType === 'urlencoded') return formText(value)
  if (typeof value === 'string') return value
  if (mediaType === 'json' || mediaType === 'plaintext' || mediaType === 'form-data') return JSON.stringify(value)
  return formatText(value, mediaType)
}

/** Records as rows below the names of their fields, or one as the element that it is. */
function formatText(value: unknown, mediaType: string): string {
  try {
    const text = findFormat(mediaType, '')?.write(Array.isArray(value) ? value : [value], {})
    if (typeof text === 'string') return text
  } catch (error) {
    if (error instanceof UnwritableContent) throw new StepFailure({ source: 'internal', code: error.code, message: error.message })
    throw error
  }
  throw new Error(`the media type ${mediaType} was let through`)
}

/** A text in the character set that its content type names; as it is where that is UTF-8, or none. */
export function inCharset(content: string, contentType: string): string | Buffer {
  const charset = /charset="?([^";\s]+)/i.exec(contentType)?.[1]?.toLowerCase() ?? 'utf-8'
  if (charset === 'utf-8' || charset === 'utf8' || charset === 'us-ascii') return content
  try {
    return encodeText(content, charset)
  } catch (error) {
    if (error instanceof UnwritableContent) throw new StepFailure({ source: 'internal', code: error.code, message: error.message })
    const message = `The character set ${charset.slice(0, 40)} that the request names is not known: name another in its Content-Type.`
    throw new StepFailure({ source: 'internal', code: 'charset_unknown', message })
  }
}

/** A template may say `a=1&b=2` itself, or give the fields as a JSON object. */
function formText(value: unknown): string {
  const fields = typeof value === 'string' ? fieldsIn(value) : value
  if (typeof fields !== 'object' || fields === null) return String(value)
  const form = new URLSearchParams()
  for (const [name, one] of Object.entries(fields)) {
    if (one === undefined || one === null) continue
    form.append(name, typeof one === 'object' ? JSON.stringify(one) : String(one))
  }
  return form.toString()
}

function fieldsIn(text: string): unknown {
  if (!text.trimStart().startsWith('{')) return undefined
  try {
    return parseBounded(text)
  } catch {
    return undefined
  }
}

/** The parts of a form, from the object that the body is: a list is several parts of one name. Its content type names what stands between them. */
export async function writeForm(body: string): Promise<{ readonly content: string; readonly contentType: string }> {
  const fields = fieldsIn(body)
  if (!isPlainObject(fields))
    throw new StepFailure({
      source: 'internal',
      code: 'invalid_form',
      message: 'The body of a form has to be a JSON object, a field for each part.',
    })
  const form = new FormData()
  for (const [name, value] of Object.entries(fields))
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value])
      if (one !== undefined && one !== null) form.append(name, typeof one === 'object' && !isExact(one) ? JSON.stringify(one) : toText(one))
  const written = new Response(form)
  return { content: await written.text(), contentType: written.headers.get('content-type') ?? 'multipart/form-data' }
}

/** Without what is empty, for APIs that read an empty field as "erase this". */
export function dropEmptyFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dropEmptyFields).filter((one) => !isEmpty(one))
  if (typeof value !== 'object' || value === null || isExact(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, one]) => [name, dropEmptyFields(one)] as const)
      .filter(([, one]) => !isEmpty(one)),
  )
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0)

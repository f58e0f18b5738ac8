/** Request bodies in the media types that can be written. What a template made is sent as it is, but for form fields given as JSON. */
import { isExact } from '../../../domain/limits/exact-number.ts'
import { parseBounded } from '../../../domain/limits/parse-json.ts'
import { StepFailure } from '../../adaptor.ts'
import { isPlainObject, toText } from '../../values/plain-value.ts'

/** What can be written, by integrator.io's words. The rest is refused when the step begins. */
export const contentTypes: Readonly<Record<string, string>> = {
  json: 'application/json',
  urlencoded: 'application/x-www-form-urlencoded',
  plaintext: 'text/plain',
  xml: 'application/xml',
  csv: 'text/csv',
  'form-data': 'multipart/form-data',
}

/** `value` is the text a template made, or the record itself when there is no template. */
export function bodyText(value: unknown, mediaType: string): string {
  if (mediaType === 'urlencoded') return formText(value)
  if (typeof value === 'string') return value
  if (mediaType === 'json' || mediaType === 'plaintext' || mediaType === 'form-data') return JSON.stringify(value)
  throw new StepFailure({
    source: 'internal',
    code: 'body_template_required',
    message: `A record cannot be written as ${mediaType} by itself: give the step a body template.`,
  })
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

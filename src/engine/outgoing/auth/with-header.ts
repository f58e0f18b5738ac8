/** A proof in a header. */
import type { HttpRequest } from '../message.ts'

/** What the step or the connection says itself in that header goes before it, as with every header. */
export const withHeader = (request: HttpRequest, name: string, value: string): HttpRequest =>
  request.headers[name] === undefined ? { ...request, headers: { ...request.headers, [name]: value } } : request

/** A text as headers have them between quotes. */
export const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`

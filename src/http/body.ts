/** Reads bodies: JSON only, valid UTF-8 only, bounded in bytes and depth, and nothing that PostgreSQL could not store. */
import type { FastifyInstance } from 'fastify'
import { DomainError } from '../domain/errors.ts'

/** Bytes of a request body: large enough for a script, a big mapping or a batch of 5 MB with its envelope. */
export const maxBodyBytes = 6 * 1024 * 1024
/** Objects and lists inside each other. Real documents stay below 20. */
const maxDepth = 64

const mediaTypes = ['application/json', 'application/json-patch+json', 'application/merge-patch+json']

export function readJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  // Refuses `__proto__` and `constructor.prototype` keys.
  const parse = app.getDefaultJsonParser('error', 'error')
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  app.addContentTypeParser(mediaTypes, { parseAs: 'buffer' }, (request, bytes, done) => {
    if (bytes.length === 0) return done(null, undefined)
    let text: string
    try {
      text = utf8.decode(bytes as Buffer)
    } catch {
      return done(new DomainError('malformed_json', 'The body is not valid UTF-8.'))
    }
    void parse(request, text, (error, value) => {
      if (error)
        return done(new DomainError('malformed_json', 'The body is not valid JSON, or has a key that is never taken (`__proto__`).'))
      const problem = unstorable(value)
      done(problem ?? null, value)
    })
  })
}

/** Goes through the value without recursion: its depth is what is in question. */
function unstorable(root: unknown): DomainError | undefined {
  const left: { value: unknown; depth: number }[] = [{ value: root, depth: 0 }]
  for (let at = left.pop(); at; at = left.pop()) {
    const { value, depth } = at
    if (typeof value === 'string' && !isStorable(value))
      return new DomainError('invalid_field', 'Texts may hold neither the character U+0000 nor half of a surrogate pair.')
    if (typeof value === 'number' && !Number.isFinite(value)) return new DomainError('invalid_field', 'Numbers must fit a double.')
    if (typeof value !== 'object' || value === null) continue
    if (depth >= maxDepth) return new DomainError('invalid_field', `Objects and lists may be at most ${maxDepth} levels deep.`)
    for (const [key, below] of Object.entries(value)) {
      if (!isStorable(key))
        return new DomainError('invalid_field', 'Names of fields may hold neither the character U+0000 nor half of a surrogate pair.')
      left.push({ value: below, depth: depth + 1 })
    }
  }
  return undefined
}

const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed()

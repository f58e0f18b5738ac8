/** Reads bodies: JSON, valid UTF-8 only, bounded in bytes and depth; and ZIP archives, as the bytes they are. */
import { findExactNumber } from '../domain/limits/exact-number.ts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { DomainError } from '../domain/errors.ts'
import { checkJsonShape } from './json-shape.ts'
import type { InflightBytes } from './held-bytes.ts'

/** Bytes of a request body: large enough for a script, a big mapping or a batch of 5 MB with its envelope. */
export const maxBodyBytes = 6 * 1024 * 1024

const mediaTypes = ['application/json', 'application/json-patch+json', 'application/merge-patch+json']

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the operation of the route has a body. */
    takesBody?: boolean
  }
}

export function installJsonParser(app: FastifyInstance, underWay: InflightBytes): void {
  app.removeAllContentTypeParsers()
  ignoreTypesOfNothing(app)
  // Refuses `__proto__` and `constructor.prototype` keys.
  const parse = app.getDefaultJsonParser('error', 'error')
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  type Done = (error: Error | null, value?: unknown) => void
  const read = (request: FastifyRequest, bytes: Buffer, done: Done): void => {
    const refusal = checkJsonShape(bytes)
    if (refusal) return done(refusal)
    let text: string
    try {
      text = utf8.decode(bytes)
    } catch {
      return done(new DomainError('malformed_json', 'The body is not valid UTF-8.'))
    }
    const inexact = firstExactIn(text)
    if (inexact) return done(inexact)
    void parse(request, text, (error, value) => {
      if (error)
        return done(new DomainError('malformed_json', 'The body is not valid JSON, or has a key that is never taken (`__proto__`).'))
      done(null, value)
    })
  }
  app.addContentTypeParser(mediaTypes, { parseAs: 'buffer' }, (request, bytes, done) => {
    underWay.settle(request.held, bytes.length)
    // Of an API of the account's own, which reads it by itself.
    if (request.is404) return done(null, bytes)
    // What an operation does not take is not read either: whatever it holds, it changes nothing.
    if (bytes.length === 0 || !request.routeOptions.config.takesBody) return done(null, undefined)
    if (bytes.length <= largeBytes) return read(request, bytes as Buffer, done)
    // Checking what was read takes as long again: others go first here, too.
    oneByOne(() => read(request, bytes as Buffer, (...read) => asNext(() => done(...read))))
  })
}

/** A body of this size takes some milliseconds to read, the largest ones 0.1 s. Bytes. */
const largeBytes = 256 * 1024

/** Ten of the largest at once would hold everybody up for a second: after each, whoever else has something to do goes first. */
function oneByOne(work: () => void): void {
  if (waiting.push(work) === 1) setImmediate(next)
}
const waiting: (() => void)[] = []

/** After what is at work now, and before all that waits. */
function asNext(work: () => void): void {
  if (waiting.length === 0) return oneByOne(work)
  waiting.splice(1, 0, work)
}

function next(): void {
  try {
    waiting[0]?.()
  } finally {
    waiting.shift()
    if (waiting.length > 0) setImmediate(next)
  }
}

/** An empty body is none, whatever type it is said to have: `curl -X PUT -d ''` calls it a form. */
function ignoreTypesOfNothing(app: FastifyInstance): void {
  // A type that is none (`nonsense`) is refused before any parser is asked.
  app.addHook('onRequest', ({ raw: { headers } }, _reply, done) => {
    if ((headers['content-length'] ?? '0') === '0' && headers['transfer-encoding'] === undefined) {
      delete headers['content-type']
      delete headers['content-encoding']
    }
    done()
  })
  // A body in chunks says its length by ending.
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, bytes, done) => {
    if (request.is404) return done(null, bytes)
    if (bytes.length === 0) return done(null, undefined)
    done(new DomainError('unsupported_media_type', 'Bodies are JSON: send Content-Type: application/json.'))
  })
}

/** Bytes of an archive: some 10,000 resources, compressed. Of operations that take one; any other refuses it at its usual bound. */
export const maxArchiveBytes = 32 * 1024 * 1024

export function readArchives(app: FastifyInstance): void {
  app.addContentTypeParser(['application/zip', 'application/octet-stream'], { parseAs: 'buffer' }, (_request, bytes, done) =>
    done(null, bytes.length === 0 ? undefined : bytes),
  )
}

/** What is no JSON is left to the parser. */
function firstExactIn(text: string): DomainError | undefined {
  let found: ReturnType<typeof findExactNumber>
  try {
    found = findExactNumber(text)
  } catch {
    return undefined
  }
  if (!found) return undefined
  const { field, digits } = found
  const message = `${field || 'The body'} holds ${shortened(digits)}, which has more digits than a number of a document keeps. Send it as a text.`
  return new DomainError('invalid_field', message, field || undefined)
}

const shortened = (digits: string): string => (digits.length > 60 ? `${digits.slice(0, 60)}...` : digits)

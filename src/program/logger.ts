/** The log of the program: a line of JSON an event on stderr, or a line for people where that is a terminal. Errors are logged without data of records. */
import { createRequire } from 'node:module'
import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino'
import type { Settings } from '../settings.ts'

type LogSettings = Pick<Settings, 'logLevel' | 'logFormat'>

export function createLogger({ logLevel, logFormat }: LogSettings): Logger {
  return pino(
    loggerOptions(logLevel),
    logFormat === 'pretty' || (logFormat === undefined && process.stderr.isTTY) ? prettyLines() : pino.destination(2),
  )
}

export const loggerOptions = (level: string): LoggerOptions => ({
  level,
  redact: ['req.headers.authorization'],
  serializers: { err: tellError },
})

/** Loaded where somebody reads along. */
function prettyLines(): DestinationStream {
  const pretty = createRequire(import.meta.url)('pino-pretty') as (options: object) => DestinationStream
  return pretty({ destination: 2, sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' })
}

/** Causes of causes that are told. */
const mostCauses = 4

interface Told {
  readonly type: string
  readonly code?: string
  readonly message?: string
  readonly stack: string
  readonly cause?: Told
}

/**
 * Name, code, message, stack and cause, and no other field: PostgreSQL puts the row into some. Where the message itself quotes what was read (a value that
 * PostgreSQL cannot take, a text that is no JSON), it is left out, and so it is of the stack.
 */
export function tellError(error: unknown, depth = 0): Told | undefined {
  if (!(error instanceof Error)) return error === undefined ? undefined : { type: typeof error, stack: '' }
  const { name, message, stack = '', cause } = error
  const code = (error as { code?: unknown }).code
  const hides = error instanceof SyntaxError || (typeof code === 'string' && quotesValues.test(code))
  const told = cause === undefined || depth >= mostCauses ? undefined : tellError(cause, depth + 1)
  return {
    type: name,
    ...((typeof code === 'string' || typeof code === 'number') && { code: String(code) }),
    ...(!hides && { message }),
    stack: hides
      ? stack
          .split('\n')
          .filter((line) => /^\s+at /.test(line))
          .join('\n')
      : stack,
    ...(told && { cause: told }),
  }
}

/** Classes of PostgreSQL's codes whose messages quote a value: of data, and of what rows have to fulfil. */
const quotesValues = /^2[23][0-9A-Z]{3}$/

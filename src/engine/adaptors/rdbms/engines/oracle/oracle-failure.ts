/** What errors of the driver of Oracle mean. */
import { DatabaseFailure, toConnectionFailure } from '../../../database-failure.ts'
import type { Target } from '../../target.ts'

/** Locks that were waited for, deadlocks, transactions that met, sessions that were ended, a server that begins anew or has no room. */
const passing: ReadonlySet<number> = new Set([
  18, 20, 28, 54, 60, 1033, 1034, 1089, 1090, 1092, 2391, 3113, 3114, 3135, 8177, 12_170, 12_516, 12_519, 12_520, 12_528, 30_006,
])
/** A name or a password that is wrong, over or locked. */
const refusals: ReadonlySet<number> = new Set([1005, 1017, 1045, 28_000, 28_001])
/** The session is gone. */
const ending: ReadonlySet<number> = new Set([
  28, 600, 1012, 1033, 1034, 1089, 1090, 1092, 2396, 3113, 3114, 3135, 7445, 12_153, 12_571, 25_408,
])

/** Errors of the driver, and of no database, that leave its session as it was: values and statements that it cannot send. */
const ofStatement = /^NJS-(?:0\d\d|10[0-4]|119)$/
/** What keeps a session from being opened, by the driver's own codes: its messages name the local port, and no address of the database. */
const ofLogin: Readonly<Record<string, (target: Named, message: string) => readonly [code: string, message: string]>> = {
  'NJS-511': ({ host, port }, message) => ['sign_in_refused', `The listener at ${host}:${port} refused the session${withNumber(message)}.`],
  'NJS-518': ({ host, port, own }) => [
    'sign_in_refused',
    `The listener at ${host}:${port} does not know the service ${own?.service ?? ''} (ORA-12514): see rdbms.serviceName.`,
  ],
  'NJS-519': ({ host, port, database }) => [
    'sign_in_refused',
    `The listener at ${host}:${port} does not know the SID ${database} (ORA-12505): give the connection its service (rdbms.serviceName).`,
  ],
  'NJS-116': () => [
    'sign_in_refused',
    'The password of the user is kept in a form of before Oracle 12, which the driver does not know: set it anew.',
  ],
  'NJS-138': () => ['sign_in_refused', 'The database is of before Oracle 12.1, which the driver does not know.'],
  ...Object.fromEntries(
    ['NJS-505', 'NJS-506', 'NJS-507', 'NJS-508'].map((code) => [
      code,
      ({ host, port }: Named, message: string) =>
        [
          'tls_failed',
          `The certificate of ${host}:${port} was not accepted, or ssl of the connection is not: ${message.replace(/^NJS-\d+: /, '')}`,
        ] as const,
    ]),
  ),
}
const withNumber = (message: string): string => {
  const [number] = /ORA-\d{5}/.exec(message) ?? []
  return number === undefined ? '' : ` (${number})`
}

type Named = Pick<Target, 'host' | 'port' | 'database' | 'own'>
interface Told {
  readonly code?: string
  readonly errorNum?: number
}

/** `broken` is why its socket could not be opened, or broke. */
export function toFailure(error: unknown, target: Named, broken?: unknown): unknown {
  const where = `${target.host}:${target.port}`
  if (error instanceof DatabaseFailure || !(error instanceof Error)) return error
  if (broken instanceof Error) return toConnectionFailure(broken, where)
  const { code = '', errorNum = 0 } = error as Error & Told
  // The first line says it; the others are where to read more.
  const [message = ''] = error.message.split('\n')
  if (code.startsWith('ORA-')) {
    const isRefusal = refusals.has(errorNum)
    return new DatabaseFailure(code, message, {
      ...(isRefusal && { source: 'connection', isRefusal }),
      passing: passing.has(errorNum),
      endsSession: ending.has(errorNum) || isRefusal,
    })
  }
  if (ofStatement.test(code) || error instanceof TypeError || error instanceof RangeError)
    return new DatabaseFailure('invalid_value', message)
  const told = ofLogin[code]?.(target, error.message.replaceAll('\n', ' '))
  if (told) return new DatabaseFailure(...told, { source: 'connection', endsSession: true })
  return toConnectionFailure(Object.assign(new Error(message), { code: code === 'NJS-510' ? 'ETIMEDOUT' : 'ECONNRESET' }), where)
}

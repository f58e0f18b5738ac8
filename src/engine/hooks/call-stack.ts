/** Calls functions on server stacks: `POST {hostURI}/function` with the stack's system token. 200 is what the function returned, 422 what it refused. */
import { maxLevels, parseBounded, TooDeep } from '../../domain/limits/parse-json.ts'
import { createMasker } from '../../domain/redaction/masker.ts'
import { ScriptFailure } from '../../domain/scripts/script-failure.ts'
import type { HttpResult, Send } from '../outgoing/message.ts'
import type { StackCall, Stacks } from '../../domain/ports/scripts.ts'

/** The longest that a function on a stack may take. Milliseconds. */
const timeout = 300_000
/** The most a function may return, in bytes. Servers are told, and hold to it. */
const maxResponseSize = 5 * 1024 * 1024
/** Characters of a server's own words that are handed on. */
const maxMessage = 4000

export const createStackCalls = (send: Send): Stacks => ({
  async call(call) {
    const { hostURI, systemToken, type, function: name, options, _connectorId } = call
    const whose = _connectorId === undefined ? { diy: true } : { _connectorId }
    const result = await send(
      {
        method: 'POST',
        url: `${hostURI.replace(/\/+$/, '')}/function`,
        headers: { 'content-type': 'application/json', authorization: `Bearer ${systemToken}` },
        body: JSON.stringify({ type, function: name, options, ...whose, maxResponseSize }),
        timeout,
        maxBody: maxResponseSize,
        secretBody: true,
      },
      new AbortController().signal,
    )
    return readResult(call, result)
  },
})

function readResult(call: StackCall, result: HttpResult): unknown {
  if (result.kind === 'unreachable') {
    if (result.code !== 'response_too_large') throw failure(call, result.message)
    throw failure(call, `The stack answered more than ${maxResponseSize / 1024 / 1024} MB.`, 'result')
  }
  const { statusCode, body } = result
  const value = parsed(call, body)
  if (statusCode === 200) {
    if (value === undefined && body.length > 0) throw failure(call, 'The stack answered something that is not JSON.')
    return value
  }
  throw failure(call, readMessage(call, value) ?? `The stack answered ${statusCode}.`)
}

function parsed(call: StackCall, body: Buffer): unknown {
  try {
    return parseBounded(body.toString('utf8'))
  } catch (error) {
    if (error instanceof TooDeep) throw failure(call, `The stack answered JSON that is nested deeper than ${maxLevels} levels.`, 'depth')
    return undefined
  }
}

/** `{errors: [{code, message}]}`, without the token, should it be repeated there. */
function readMessage({ systemToken }: StackCall, value: unknown): string | undefined {
  const { errors } = (value ?? {}) as { errors?: unknown }
  const first = Array.isArray(errors) ? (errors[0] as { message?: unknown } | undefined) : undefined
  return typeof first?.message === 'string' ? createMasker([systemToken]).redact(first.message, maxMessage) : undefined
}

const failure = (call: StackCall, message: string, bound?: 'result' | 'depth'): ScriptFailure =>
  new ScriptFailure({ message, script: 'stack', function: call.function, ...(bound && { bound }) })

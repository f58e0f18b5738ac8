/** Tries a connection by its adaptor, within a bound of time. */
import type { Context } from '../../domain/context.ts'
import { createGrowingMasker } from '../../domain/redaction/growing-masker.ts'
import { openSessions } from '../../domain/sessions/sessions.ts'
import { listConnectionSecrets } from '../outgoing/connection-secrets.ts'
import { createConnectionDebug } from '../recording/connection-debug.ts'
import { createWrapperCalls } from '../hooks/call-function.ts'
import type { Ping } from '../../domain/ports/applications.ts'
import { StepFailure, type Adaptors, type ConnectionDoc, type Run } from '../adaptor.ts'
import { adaptorOfConnection } from '../plan/find-adaptor.ts'

/** With all waiting for a slot of the connection. Milliseconds. */
const totalMs = 30_000

export async function pingBy({ connections }: Adaptors, ctx: Context, connection: ConnectionDoc, isStored: boolean): Promise<Ping> {
  const signal = AbortSignal.timeout(totalMs)
  const { accountId, envId } = ctx.caller
  const { redact, learn } = createGrowingMasker(listConnectionSecrets(connection))
  const debug = createConnectionDebug(ctx, envId, redact)
  const run: Run = {
    signal,
    accountId,
    envId,
    currentExportDateTime: '',
    testMode: true,
    debug,
    learn,
    ...(isStored && { sessions: openSessions(ctx, envId) }),
    callStack: createWrapperCalls(async () => ctx),
  }
  try {
    const failure = await adaptorOfConnection(connections, connection).ping(connection, run)
    return { isConclusive: true, ...(failure && { failure }) }
  } catch (error) {
    // Nothing was asked: of a connection that this server cannot use yet, or that is not filled in, its application says neither yes nor no.
    if (error instanceof StepFailure) return { isConclusive: false, failure: error.failure }
    if (!signal.aborted) throw error
    const message = `No request could be sent over the connection within ${totalMs / 1000} s: others were using it.`
    return { isConclusive: false, failure: { source: 'connection', code: 'timeout', message } }
  }
}

/** Tries a connection by the function that it names for that: it answers 200, or 401 and why. */
import { createMasker } from '../../../domain/redaction/masker.ts'
import { StepFailure, type ConnectionDoc, type Failure, type Run } from '../../adaptor.ts'
import { listConnectionSecrets } from '../../outgoing/connection-secrets.ts'
import { isPlainObject } from '../../values/plain-value.ts'
import { createFunctionCall, firstFailure, type WrapperPorts } from './function-call.ts'

export async function pingWrapper(ports: WrapperPorts, connection: ConnectionDoc, run: Run): Promise<Failure | undefined> {
  const call = createFunctionCall(ports, { run, connection })
  // What the function says may repeat the credentials that it was told.
  const { redact } = createMasker(listConnectionSecrets(connection))
  const told = (failure: Failure): Failure => ({ ...failure, message: redact(failure.message) })
  const name = connection.wrapper?.pingFunction?.trim()
  if (!name) return undefined
  let answer: unknown
  try {
    answer = await call(name, {})
  } catch (error) {
    if (error instanceof StepFailure) return told(error.failure)
    throw error
  }
  const { statusCode, errors } = isPlainObject(answer) ? answer : { statusCode: undefined, errors: undefined }
  if (statusCode === 200) return undefined
  return told(firstFailure(errors, `The function ${name} does not say that the connection works.`))
}

/** What a request is answered that needed a script. */
import { expect, test } from 'vitest'
import { toErrorEnvelope } from '../../src/domain/error-envelope.ts'
import { ScriptFailure } from '../../src/domain/scripts/script-failure.ts'

const answerTo = (bound: 'queue' | 'time') =>
  toErrorEnvelope(new ScriptFailure({ message: 'It did not run.', script: 's', function: 'f', bound }).asDomainError('preSave.function'))

test('a script that found no place among those that wait is no fault of its request: 429, with what waits and where', () => {
  const { status, body } = answerTo('queue')
  expect(status).toBe(429)
  expect(body.errors).toMatchObject([{ code: 'too_many_at_once', field: 'preSave.function', script: 's', bound: 'queue' }])
})

test('a script that passed a bound of its own is refused as before', () => {
  expect(answerTo('time')).toMatchObject({ status: 422, body: { errors: [{ code: 'script_error' }] } })
})

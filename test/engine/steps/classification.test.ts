/** The cases of test/cases/classification: what each error is called, by its status, by what its application says, and by the codes of this program. */
import { describe, expect, it } from 'vitest'
import { classifications } from '../../../src/contract/operations/flows/flow-errors.ts'
import type { ErrorSource } from '../../../src/engine/adaptor.ts'
import { classifyError } from '../../../src/engine/run/classify-error.ts'
import { casesIn } from './case-files.ts'

interface Case {
  readonly name: string
  readonly source?: ErrorSource
  readonly code: string
  readonly message: string
  /** Times that the message is said, and what follows. */
  readonly repeated?: number
  readonly then?: string
  readonly is: string
}

const files = casesIn<Case>('classification')

for (const { file, cases } of files) {
  describe(`${file}`, () => {
    it.each(cases)('$name', ({ source = 'application', code, message, repeated = 1, then = '', is }) => {
      expect(classifyError({ source, code, message: message.repeat(repeated) + then })).toBe(is)
    })
  })
}

it('every classification has a case', () => {
  expect(new Set(files.flatMap(({ cases }) => cases.map(({ is }) => is)))).toEqual(new Set(classifications))
})

it.each(['400', '401', '403', '404', '405', '409', '422'])('%s never passes by what it says, but for a rate limit', (code) => {
  const said = ['timed out', 'temporarily unavailable', 'try again later', 'deadlock', 'internal server error', 'connection reset']
  for (const message of said) expect(classifyError({ source: 'application', code, message })).not.toBe('intermittent')
})

it('a message made to be slow takes no time', () => {
  const began = performance.now()
  for (const part of ['exceeded ', 'too ', 'maximum ', 'already ', 'rate ', 'time '])
    classifyError({ source: 'application', code: '200', message: part.repeat(400_000 / part.length) })
  expect(performance.now() - began).toBeLessThan(500)
})

/** Link headers that applications answer: the cost of looking for one relation grows with their length and no faster. */
import { expect, it } from 'vitest'
import { linkTarget } from '../../../src/engine/adaptors/http/export/link-header.ts'
import { cpuTime } from '../../harness/cpu-time.ts'

it.each(['<', '<a>;', '<a>; rel', '<>', '>;', '<a>; rel="x" '])('a header of nothing but %s is read at once', (part) => {
  const { result, ms } = cpuTime(() => linkTarget(part.repeat(50_000), 'next'))
  expect(result).toBeUndefined()
  // The square of it takes two seconds.
  expect(ms).toBeLessThan(500)
})

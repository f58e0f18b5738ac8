/** What only the start needed is given back, and the means to do that reach nobody else. */
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { releaseMemory } from '../../src/program/memory.ts'

const megabytes = (bytes: number): number => bytes / 1024 / 1024

test('memory that is no longer needed is given back, and no code can ask for that', () => {
  let garbage: object[] | undefined = Array.from({ length: 500_000 }, (_, number) => ({ number, text: `${number}` }))
  const before = process.memoryUsage().heapTotal
  expect(garbage).toHaveLength(500_000)
  garbage = undefined
  releaseMemory()
  expect(megabytes(before - process.memoryUsage().heapTotal)).toBeGreaterThan(20)
  expect(runInNewContext('typeof gc')).toBe('undefined')
  expect('gc' in globalThis).toBe(false)
})

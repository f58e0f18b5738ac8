/** Transforms, by test/cases/transform. */
import { describe, expect, it } from 'vitest'
import type { Transform } from '../../../src/contract/shared/transform.ts'
import type { FlowRecord } from '../../../src/engine/adaptor.ts'
import { compileTransform } from '../../../src/engine/mapping/transform.ts'
import { casesIn, messageOf } from './case-files.ts'

interface Case {
  readonly name: string
  readonly transform?: Transform
  readonly record?: FlowRecord
  readonly expect?: unknown
  readonly failures?: readonly string[]
  readonly error?: string
}

describe.each(casesIn<Case>('transform'))('$file', ({ cases }) => {
  it.each(cases)('$name', async (c) => {
    if (c.error !== undefined) return expect(messageOf(() => compileTransform(c.transform))).toBe(c.error)
    const before = structuredClone(c.record)
    const transform = compileTransform(c.transform)
    const mapped = transform ? await transform.apply(c.record ?? {}) : { ok: true as const, value: c.record }
    if (mapped.ok) expect(mapped.value).toStrictEqual(c.expect)
    else
      expect(mapped.failures).toEqual(
        c.failures?.map((message) => ({ source: 'transformation', code: expect.any(String) as string, message })),
      )
    expect(c.record).toEqual(before)
  })
})

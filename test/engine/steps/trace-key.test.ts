/** Trace keys, by test/cases/trace-key. */
import { describe, expect, it } from 'vitest'
import type { FlowRecord } from '../../../src/engine/adaptor.ts'
import { compileTraceKey } from '../../../src/engine/template/trace-key.ts'
import { casesIn, messageOf } from './case-files.ts'

interface Case {
  readonly name: string
  readonly template?: string
  readonly record?: FlowRecord
  readonly expect?: string
  readonly error?: string
}

describe.each(casesIn<Case>('trace-key'))('$file', ({ cases }) => {
  it.each(cases)('$name', (c) => {
    if (c.error === undefined) expect(compileTraceKey(c.template)(c.record ?? {})).toBe(c.expect)
    else expect(messageOf(() => compileTraceKey(c.template))).toBe(c.error)
  })
})

describe('what no table can say', () => {
  it('stays the same however the fields are ordered, and differs where a value does', () => {
    const key = compileTraceKey(undefined)
    expect(key({ a: 1, b: { c: 2, d: 3 } })).toBe(key({ b: { d: 3, c: 2 }, a: 1 }))
    expect(key({ a: 1 })).not.toBe(key({ a: 2 }))
    expect(key({ a: 1 })).toMatch(/^[0-9a-f]{32}$/)
  })

  it('is never longer than its column', () => {
    expect(compileTraceKey('{{record.a}}')({ a: 'x'.repeat(1_000) })).toHaveLength(512)
  })
})

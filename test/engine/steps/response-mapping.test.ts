/** Response mappings, by test/cases/response-mapping. No case may change the record it was given. */
import { describe, expect, it } from 'vitest'
import type { ResponseMapping } from '../../../src/contract/shared/response-mapping.ts'
import type { FlowRecord } from '../../../src/engine/adaptor.ts'
import { compileResponseMapping } from '../../../src/engine/mapping/response-mapping.ts'
import { casesIn, messageOf } from './case-files.ts'

interface Case {
  readonly name: string
  readonly mapping?: ResponseMapping
  readonly record?: FlowRecord
  readonly response?: Record<string, unknown>
  readonly expect?: unknown
  readonly error?: string
}

describe.each(casesIn<Case>('response-mapping'))('$file', ({ cases }) => {
  it.each(cases)('$name', (c) => {
    if (c.error !== undefined)
      return expect(messageOf(() => compileResponseMapping(c.mapping)(c.record ?? {}, c.response ?? {}))).toBe(c.error)
    const before = structuredClone([c.record, c.response])
    expect(compileResponseMapping(c.mapping)(c.record ?? {}, c.response ?? {})).toStrictEqual(c.expect)
    expect([c.record, c.response]).toEqual(before)
  })
})

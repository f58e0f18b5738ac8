/** Both mappers, by test/cases/mapper. Lookup caches are the case's own tables. */
import { describe, expect, it } from 'vitest'
import type { Lookup } from '../../../src/contract/shared/lookup.ts'
import type { Mapping } from '../../../src/contract/shared/mapping.ts'
import { type FlowRecord, StepFailure } from '../../../src/engine/adaptor.ts'
import type { DataType } from '../../../src/engine/mapping/convert.ts'
import { compileMapper, type LookupCaches, type MapContext } from '../../../src/engine/mapping/mapper.ts'
import { compileMapperV1, type MappingV1 } from '../../../src/engine/mapping/mapper-v1.ts'
import { casesIn, messageOf } from './case-files.ts'

interface Case {
  readonly name: string
  readonly mappings?: Mapping[]
  readonly mapping?: MappingV1
  readonly lookups?: Lookup[]
  readonly caches?: Record<string, Record<string, unknown>>
  readonly record?: FlowRecord
  readonly operation?: MapContext['operation']
  readonly surroundings?: Record<string, unknown>
  readonly expect?: unknown
  readonly failures?: readonly string[]
  readonly error?: string
}

const files = casesIn<Case>('mapper')

function compiled(c: Case) {
  const caches: LookupCaches = {
    get: async (cacheId, keys) =>
      new Map(keys.flatMap((key) => (c.caches?.[cacheId]?.[key] === undefined ? [] : [[key, c.caches[cacheId][key]] as const]))),
  }
  return c.mapping ? compileMapperV1(c.mapping, c.lookups, { caches }) : compileMapper(c.mappings ?? [], c.lookups, { caches })
}

describe.each(files)('$file', ({ cases }) => {
  it.each(cases)('$name', async (c) => {
    if (c.error !== undefined) return expect(messageOf(() => compiled(c))).toBe(c.error)
    const before = structuredClone(c.record)
    const mapped = await compiled(c).apply(c.record ?? {}, { operation: c.operation, surroundings: c.surroundings ?? {} })
    if (mapped.ok) expect(mapped.value).toStrictEqual(c.expect)
    else expect(mapped.failures.map((failure) => failure.message)).toEqual(c.failures)
    expect(c.record).toEqual(before)
  })
})

describe('what no table can say', () => {
  it('has a case for every data type', () => {
    const text = JSON.stringify(files)
    const types: DataType[] = [
      'string',
      'number',
      'boolean',
      'object',
      'stringarray',
      'numberarray',
      'booleanarray',
      'objectarray',
      'arrayarray',
    ]
    expect(types.filter((type) => !text.includes(`"dataType":"${type}"`))).toEqual([])
  })

  it('names mapping as the source of a failure, and its code', async () => {
    const mapped = await compileMapper([{ generate: 'n', dataType: 'number', extract: '$.n', status: 'Active' }]).apply({ n: 'abc' })
    expect(mapped).toEqual({
      ok: false,
      failures: [{ source: 'mapping', code: 'mapping_failed', message: 'Cannot map the field "n": "abc" is not a number.' }],
    })
    const thrown = (() => {
      try {
        return compileMapper([{ generate: 'n' }])
      } catch (error) {
        return error
      }
    })()
    expect(thrown).toBeInstanceOf(StepFailure)
    expect((thrown as StepFailure).failure).toEqual({
      source: 'mapping',
      code: 'invalid_mapping',
      message: 'Mapping object must have status field present.',
    })
  })

  it('asks a lookup cache once a page, and for every key once', async () => {
    const asked: string[][] = []
    const caches: LookupCaches = {
      async get(_cacheId, keys) {
        asked.push([...keys])
        return new Map(keys.map((key) => [key, key.toUpperCase()]))
      },
    }
    const mapper = compileMapper(
      [{ generate: 'x', extract: '$.x', lookupName: 'l', status: 'Active' }],
      [{ name: 'l', _lookupCacheId: '0'.repeat(24) }],
      { caches },
    )
    const mapped = await mapper.applyAll([{ x: 'a' }, { x: 'b' }, { x: 'a' }])
    expect(mapped.map((one) => one.ok && one.value)).toEqual([{ x: 'A' }, { x: 'B' }, { x: 'A' }])
    expect(asked).toEqual([['a', 'b']])
  })

  it('fails a record and not its page', async () => {
    const mapped = await compileMapper([{ generate: 'n', dataType: 'number', extract: '$.n', status: 'Active' }]).applyAll([
      { n: 1 },
      { n: 'x' },
      { n: '3' },
    ])
    expect(mapped.map((one) => one.ok)).toEqual([true, false, true])
  })
})

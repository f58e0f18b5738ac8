/** The OpenAPI document says nothing twice that has a name, links to nothing that is not there, and means with its links what it meant without. */
import { expect, test } from 'vitest'
import { openapi } from '../../src/contract/openapi.ts'
import { sharedParts } from '../../src/contract/openapi-parts.ts'
import { operations } from '../../src/contract/operations/index.ts'
import { schemas } from '../../src/contract/schemas.ts'

type Json = Record<string, unknown>
const document = JSON.parse(JSON.stringify(openapi(operations, schemas, '1'))) as { paths: Json; components: Record<string, Json> }

function refsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, below]) => (key === '$ref' && typeof below === 'string' ? [below] : refsIn(below)))
}

test('every link leads to something, and nothing that was put aside is linked less than twice', () => {
  const refs = refsIn(document)
  const names = ['schemas', 'responses'].flatMap((kind) =>
    Object.keys(document.components[kind] ?? {}).map((name) => `#/components/${kind}/${name}`),
  )
  expect(refs.length).toBeGreaterThan(1000)
  expect([...new Set(refs)].filter((ref) => !names.includes(ref))).toEqual([])
  const named = new Set([...Object.keys(schemas), 'Error'].map((name) => `#/components/schemas/${name}`))
  expect(names.filter((name) => !named.has(name) && refs.filter((ref) => ref === name).length < 2)).toEqual([])
})

test('the document with its examples stays below 2 MB as it is committed', () => {
  expect(JSON.stringify(document, null, 1).length).toBeLessThan(2_000_000)
})

test('what is linked is what stood there', () => {
  const long = { type: 'object', properties: { a: { type: 'string', description: 'x'.repeat(200) } } }
  const here = (operationId: string, schema: object): Json => ({
    operationId,
    responses: {
      200: { description: 'Done.', content: { 'application/json': { schema } } },
      404: { description: '`not_found`', content: {} },
    },
  })
  const paths = { '/a': { get: here('getA', long), post: here('postA', { type: 'array', items: long }) } }
  const shared = sharedParts({ Whole: { type: 'object', properties: { part: long, other: { type: 'string' } } } }, paths)
  expect(shared.schemas).toEqual({
    Whole: { type: 'object', properties: { part: { $ref: '#/components/schemas/WholePart' }, other: { type: 'string' } } },
    WholePart: long,
  })
  expect(shared.responses).toEqual({ '404-not_found': { description: '`not_found`', content: {} } })
  const linked = { $ref: '#/components/schemas/WholePart' }
  const missing = { $ref: '#/components/responses/404-not_found' }
  const done = (schema: object) => ({ description: 'Done.', content: { 'application/json': { schema } } })
  expect(shared.paths).toEqual({
    '/a': {
      get: { operationId: 'getA', responses: { 200: done(linked), 404: missing } },
      post: { operationId: 'postA', responses: { 200: done({ type: 'array', items: linked }), 404: missing } },
    },
  })
})

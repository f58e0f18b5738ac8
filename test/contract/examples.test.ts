/** The examples of the OpenAPI document: each operation that takes or answers JSON has one, that fits its schema and is short enough to read. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { openapi } from '../../src/contract/openapi.ts'
import { outsideIds } from '../../src/contract/openapi-outside.ts'
import { operations } from '../../src/contract/operations/index.ts'
import { schemas } from '../../src/contract/schemas.ts'

interface Media {
  readonly schema: object
  readonly example?: unknown
}
interface Described {
  readonly operationId: string
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> }
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>
}
const document = JSON.parse(JSON.stringify(openapi(operations, schemas, manifest.version))) as {
  paths: Record<string, Record<string, Described>>
}

/** Lists of what this server does not have: their only answer is 204, without a body. */
const alwaysEmpty = new Set(['listHttpConnectors'])

const all = Object.values(document.paths).flatMap((methods) => Object.values(methods))
const bodies = all.flatMap(({ operationId, requestBody, responses }) => {
  const sent = requestBody?.content['application/json']
  const answers = Object.entries(responses).flatMap(([status, { content }]) =>
    Number(status) < 300 && content?.['application/json'] ? [[`${operationId} answers`, content['application/json']] as const] : [],
  )
  return [...(sent ? [[`${operationId} takes`, sent] as const] : []), ...(alwaysEmpty.has(operationId) ? [] : answers)]
})

const ajv = new Ajv2020({ strict: false, validateFormats: false })
ajv.addSchema(document, 'openapi')
const linked = (schema: object): object => JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"openapi#/')) as object

/** Characters, written out: a screen or two. */
const longest = 6000

test('there are examples of all operations', () => {
  expect(bodies.length).toBeGreaterThan(300)
})

test('no example is of an operation that has nothing to show', () => {
  const known = new Set<unknown>([...Object.keys(operations), ...outsideIds])
  const described = all.map(({ operationId }) => operationId)
  expect(described.filter((id) => !known.has(id))).toEqual([])
})

describe('`npm run examples` records', () => {
  test.each(bodies)('what %s', (_what, { schema, example }) => {
    expect(example).toBeDefined()
    const fits = ajv.compile(linked(schema))
    expect(fits(example) || fits.errors).toBe(true)
    const text = JSON.stringify(example, null, 2)
    expect(text.length).toBeLessThan(longest)
    expect(text).not.toMatch(/: "string"|127\.0\.0\.1|localhost:\d/)
  })
})

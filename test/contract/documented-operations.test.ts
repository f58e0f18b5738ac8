/** The documented operations, as the served contract has them: each path, parameter, status and field, of the same type, enum and requiredness. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { openapi } from '../../src/contract/openapi.ts'
import { operations } from '../../src/contract/operations/index.ts'
import { schemas } from '../../src/contract/schemas.ts'
import { explainsNothing, reasonFor } from './accepted-differences.ts'
import { differencesOf } from './openapi-differences.ts'
import { factsOf, type Facts } from './openapi-facts.ts'
import { packed, unpacked, type PackedFacts } from './packed-facts.ts'

const fixture = JSON.parse(readFileSync(new URL('fixtures/documented-operations.json', import.meta.url), 'utf8')) as PackedFacts
const documented = unpacked(fixture)
const served = factsOf(JSON.parse(JSON.stringify(openapi(operations, schemas, manifest.version))) as Record<string, unknown>)
const differences = differencesOf(documented, served)

test('there are 31 of them', () => {
  expect(Object.keys(documented)).toHaveLength(31)
})

test('no difference is without a reason: `npm run compare-openapi` tells them all', () => {
  expect(differences.filter((difference) => reasonFor(difference) === undefined)).toEqual([])
})

test('no reason is without a difference', () => {
  expect(explainsNothing(differences)).toEqual([])
})

describe('the comparison', () => {
  // oxlint-disable-next-line typescript/no-explicit-any -- it is broken on purpose, in many places
  type Breakable = Record<string, any>
  /** A copy of the documented operations in which one thing is another. */
  const changed = (change: (facts: Breakable) => void): Facts => {
    const facts = JSON.parse(JSON.stringify(documented)) as Breakable
    change(facts)
    return facts
  }
  const list = 'GET /v1/integrations/{_id}/exports'
  test.each<[string, (facts: Breakable) => void, string]>([
    ['an operation that is missing', (facts) => void delete facts[list], list],
    ['a parameter that is missing', (facts) => void delete facts[list].parameters['query limit'], `${list} query limit`],
    ['a parameter of another type', (facts) => void (facts[list].parameters['query limit'].type = 'string'), `${list} query limit`],
    ['a parameter that has to be sent', (facts) => void (facts[list].parameters['query page'] = { required: true }), `${list} query page`],
    ['a status that is missing', (facts) => void delete facts[list].responses['204'], `${list} 204`],
    [
      'a header that is missing',
      (facts) => void delete facts['GET /v1/integrations'].responses['200'].headers,
      'GET /v1/integrations 200 header Link',
    ],
    [
      'a field that is missing',
      (facts) => void delete facts['PUT /v1/integrations/{_id}'].request.fields.mode,
      'PUT /v1/integrations/{_id} body mode',
    ],
    [
      'an enum with another value',
      (facts) => void facts['PUT /v1/integrations/{_id}'].request.fields.mode.enum.push('other'),
      'PUT /v1/integrations/{_id} body mode',
    ],
    [
      'a body that need not be sent',
      (facts) => void (facts['POST /v1/integrations'].request.required = false),
      'POST /v1/integrations body',
    ],
  ])('finds %s', (_what, change, at) => {
    expect(differencesOf(documented, changed(change)).map((difference) => difference.at)).toEqual([at])
  })

  test('finds nothing between a document and itself, written in full or packed', () => {
    expect(differencesOf(documented, documented)).toEqual([])
    expect(unpacked(JSON.parse(JSON.stringify(packed(served))) as PackedFacts)).toEqual(served)
  })
})

/** The fields that documents have in their forms: each is one of the contract, with a word that people call it by. */
import { expect, test } from 'vitest'
import { documentFields, type DocumentField } from '../../console/document-fields.ts'
import { partsOfIntegrations } from '../../console/src/parts/parts-of-integrations.ts'
import { documentWords } from '../../console/src/words/documents.ts'
import { membershipRules } from '../../src/domain/access/membership.ts'

/** The fields themselves, and those of each row of a list. */
const withColumns = (fields: readonly DocumentField[], root = ''): DocumentField[] =>
  fields.flatMap(({ path, columns = [], ...field }) => [{ ...field, path: `${root}${path}` }, ...withColumns(columns, `${root}${path}.`)])
const fields = Object.entries(documentFields).flatMap(([collection, all]) =>
  withColumns(all).map((field) => ({ of: collection, ...field })),
)

test('every field of a form has a word and an explanation, and every word a field', () => {
  expect(fields.length).toBeGreaterThan(50)
  expect(fields.filter(({ path }) => documentWords[path] === undefined).map(({ path }) => path)).toEqual([])
  const paths = new Set(fields.map(({ path }) => path))
  expect(Object.keys(documentWords).filter((path) => !paths.has(path))).toEqual([])
  // As people read them: a box says what it does, and nothing is marked as code.
  expect(fields.filter(({ hint }) => /^True\b|`/.test(hint)).map(({ of, path }) => `${of} ${path}`)).toEqual([])
  expect(fields.filter(({ hint }) => hint === '').map(({ of, path }) => `${of} ${path}`)).toEqual([])
})

test('what the contract says of a field stands in its form: kind, choices, references, secrets', () => {
  const find = (collection: string, path: string) => fields.find((field) => field.of === collection && field.path === path)
  expect(find('connections', 'http.baseURI')).toMatchObject({ kind: 'text', isRequired: true, when: { path: 'type', is: ['http'] } })
  expect(find('connections', 'http.auth.basic.password')).toMatchObject({ kind: 'secret' })
  expect(find('exports', '_connectionId')).toMatchObject({ collection: 'connections' })
  expect(find('imports', 'http.method.0')).toMatchObject({ kind: 'select', options: ['GET', 'PUT', 'POST', 'PATCH', 'DELETE'] })
  expect(find('exports', 'pageSize')).toMatchObject({ kind: 'number', byDefault: 20 })
})

test('what is in an integration by being used there is for the console what it is for the server', () => {
  expect([...partsOfIntegrations]).toEqual(membershipRules.used)
})

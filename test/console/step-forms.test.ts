/** The drawn forms of connections, steps and flows: one for each kind that the server runs, with every field that it carries out, and none that it refuses. */
import { expect, test } from 'vitest'
import { computeStepForms, listKinds, listNotShown } from '../../console/compute-step-forms.ts'
import { writePath } from '../../console/src/parts/document-path.ts'
import { partNames } from '../../console/src/builder/part-editor.ts'
import { humanize } from '../../console/src/words/humanize.ts'
import type { FormCollection, StepField } from '../../console/step-forms.ts'
import { adaptors, type AdaptorPorts } from '../../src/engine/adaptors/index.ts'
import { listRefusedFields } from '../../src/engine/fields/refuse-fields.ts'

const forms = computeStepForms()
const collections: readonly FormCollection[] = ['connections', 'exports', 'imports', 'flows']
const fieldsOf = (collection: FormCollection) =>
  Object.values(forms[collection]).flatMap(({ kind, fields }) => fields.map((field) => ({ kind, field })))

/** Adaptors are only asked what they are for: nothing of them is opened. */
const ports = new Proxy({}, { get: () => () => undefined }) as AdaptorPorts

test('there is a form for every adaptor that runs, and for no other', () => {
  const { sources, sinks, connections } = adaptors(ports)
  const older = ['RESTExport']
  const types = sources.map(({ adaptorType }) => adaptorType).filter((type) => type !== undefined && !older.includes(type))
  expect(new Set(listKinds('exports'))).toEqual(new Set(types))
  expect(new Set(listKinds('imports'))).toEqual(new Set(sinks.map(({ adaptorType }) => adaptorType)))
  const unknown = listKinds('connections').filter((type) => !connections.some((each) => each.isFor({ type, [type]: {} } as never)))
  expect(unknown).toEqual([])
  expect(listKinds('connections')).not.toContain('salesforce')
})

test('every field is in a form, or has a reason why it is in none', () => {
  for (const collection of collections) {
    const shown = new Set(fieldsOf(collection).map(({ field }) => field.path))
    const notShown = [...listNotShown(collection)].filter(([path]) => !shown.has(path))
    expect(notShown.length).toBeGreaterThan(3)
    expect(notShown.filter(([, why]) => why === undefined).map(([path]) => `${collection} ${path}`)).toEqual([])
    expect(notShown.filter(([, why = '']) => !/^[A-Z].*\.$/.test(why)).map(([path]) => path)).toEqual([])
  }
})

test('where an editor of its own is said to open, the panel of a step has it', () => {
  const editors = [...partNames, 'lookups'] as readonly string[]
  const said = (['exports', 'imports'] as const).flatMap((collection) => [...listNotShown(collection)])
  const fields = new Set(said.filter(([, why]) => why?.startsWith('An editor of its own')).map(([path]) => path.split('.')[0]))
  expect(fields.size).toBeGreaterThan(5)
  expect([...fields].filter((field = '') => !editors.includes(field))).toEqual([])
})

test('every field of a form says what it is for, and is called something', () => {
  const all = collections.flatMap(fieldsOf)
  expect(all.length).toBeGreaterThan(500)
  expect(
    all.filter(({ field }) => field.hint === '' || humanize(field.path) === '').map(({ kind, field }) => `${kind} ${field.path}`),
  ).toEqual([])
})

const sampleOf = ({ kind, options, byDefault }: StepField): unknown => {
  if (options) return options.find((option) => option !== byDefault) ?? options[0]
  if (kind === 'flag') return true
  if (kind === 'number') return 2
  if (kind === 'lines') return ['a']
  if (kind === 'pairs') return [{ name: 'a', value: 'b' }]
  return kind === 'json' ? { a: 1 } : 'text'
}

test.each(['connections', 'exports', 'imports'] as const)('no form of %s has a field that is of another kind', (collection) => {
  const foreign = fieldsOf(collection).flatMap(({ kind, field }) => {
    const name = collection === 'connections' ? 'type' : 'adaptorType'
    const begun = field.when.reduce((doc, { path, is }) => writePath(doc, path, is?.find((each) => each !== '') ?? 'x'), {
      [name]: kind,
    } as Readonly<Record<string, unknown>>)
    const refusals = listRefusedFields(collection, writePath(begun, field.path, sampleOf(field)))
    return refusals.filter(({ code }) => code === 'foreign_field').map(({ field: at }) => `${kind} ${at}`)
  })
  expect(foreign).toEqual([])
})

test('what a schema says by a condition is required in its form, where that holds', () => {
  const find = (collection: FormCollection, kind: string, path: string) =>
    forms[collection][kind]?.fields.find((field) => field.path === path)
  expect(find('connections', 'http', 'http.baseURI')).toMatchObject({ isRequired: true, kind: 'text', group: 'where' })
  expect(find('connections', 'http', 'http.auth.oauth.tokenURI')?.requiredWhere).toContainEqual(
    expect.objectContaining({ path: 'http.auth.oauth.grantType' }),
  )
  expect(find('imports', 'MongodbImport', 'mongodb.filter')?.requiredWhere).toEqual([{ path: 'mongodb.method', is: ['updateOne'] }])
  expect(find('exports', 'HTTPExport', 'type')?.options).toEqual(['test', 'delta', 'once', 'blob'])
  expect(find('connections', 'http', 'http.auth.token.token')).toMatchObject({ kind: 'secret' })
})

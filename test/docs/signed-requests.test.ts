/** docs/signed-requests.md: its example signs what the page says, its kinds are those that need nothing from elsewhere, and its fields are fields. */
import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { resources } from '../../src/contract/resources/index.ts'
import { aRun, connectionTo, importDoc, scripted, stage } from '../engine/adaptors/stage.ts'
import { blocksOf, codesOf, pageOf, rowsOf, sectionOf } from './page.ts'

const page = pageOf('signed-requests.md')

test('the example signs the body as it goes out', async () => {
  const server = await scripted([{ body: {} }])
  const example = JSON.parse(blocksOf(page, 'json')[0] as string) as object
  const connection = connectionTo(server.origin, { ...example, encrypted: { key: 'hush-hush' } })
  const doc = importDoc({ http: { method: ['POST'], relativeURI: ['/orders'] } })
  await stage().sink.write({ doc, connection, run: aRun() }, [{ record: { id: 1 }, mapped: { id: 1 } }])
  const signature = createHmac('sha256', 'hush-hush').update('{"id":1}').digest('base64')
  expect(server.asked).toMatchObject([{ body: '{"id":1}', headers: { 'x-signature': signature } }])
})

interface Shape {
  readonly enum?: readonly string[]
  readonly properties?: Readonly<Record<string, Shape>>
}
const schemaAt = (path: string): Shape | undefined =>
  path.split('.').reduce<Shape | undefined>((at, name) => at?.properties?.[name], resources.connections.body as Shape)

test('every kind of proof that the page names is one of the contract', () => {
  const kinds = rowsOf(page.slice(0, page.indexOf('\n## '))).flatMap(([kind = '']) => codesOf(kind))
  expect(kinds).toEqual(['custom', 'basic', 'token', 'digest', 'wsse', 'oauth1'])
  expect(schemaAt('http.auth.type')?.enum).toEqual(expect.arrayContaining(kinds))
})

test('every field of TLS that the contract has stands in the table', () => {
  const named = rowsOf(sectionOf(page, '## TLS')).flatMap(([field = '']) => codesOf(field))
  const fields = named.map((field) => (field.includes('.') || field === 'ssl' ? field : `http.clientCertificates.${field}`))
  expect(fields.filter((field) => !schemaAt(field))).toEqual([])
  const certificates = Object.keys(schemaAt('http.clientCertificates')?.properties ?? {}).map((name) => `http.clientCertificates.${name}`)
  expect(fields).toEqual(expect.arrayContaining(certificates))
})

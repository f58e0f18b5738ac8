/** docs/formats.md: every example is read as the page says, it names every option, and its bounds are those of the code. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { file as fileOfExports } from '../../src/contract/resources/export/file.ts'
import { file as fileOfImports } from '../../src/contract/resources/import/file.ts'
import type { ConnectionDoc } from '../../src/engine/adaptor.ts'
import { fileSystem } from '../../src/engine/adaptors/file-system/adaptor.ts'
import { aRun, collect, connectionTo, exportDoc, importDoc, scripted, stage, unlimited } from '../engine/adaptors/stage.ts'
import { evaluator } from '../engine/evaluator.ts'
import { pageOf } from './page.ts'

const page = pageOf('formats.md')
const blocks = [...page.matchAll(/^```(json|text)\n([^]*?)^```$/gm)].map(([, language, text = '']) => ({ language, text }))
const examples = Array.from({ length: blocks.length / 3 }, (_, i) => {
  const [file, content, records] = blocks.slice(3 * i, 3 * i + 3)
  const { parsers, ...options } = JSON.parse(file?.text ?? '') as { parsers?: unknown; type: string }
  return { file: options, parsers, content: content?.text ?? '', records: JSON.parse(records?.text ?? '') as unknown }
})

test('there is an example of every kind: its file, its content, its records', () => {
  expect(blocks.map(({ language }) => language)).toEqual(examples.flatMap(() => ['json', 'text', 'json']))
  expect(new Set(examples.map(({ file }) => file.type))).toEqual(new Set(['csv', 'xml']))
})

test.each(examples)('$file', async ({ file, parsers, content, records }) => {
  const root = mkdtempSync(join(tmpdir(), 'sluice-files-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const run = aRun()
  mkdirSync(join(root, run.envId, 'in'), { recursive: true })
  writeFileSync(join(root, run.envId, 'in/a'), content)
  const connection = { ...connectionTo(''), http: undefined, type: 'filesystem', filesystem: {} } as unknown as ConnectionDoc
  const doc = exportDoc({ adaptorType: 'FileSystemExport', filesystem: { directoryPath: 'in' }, file, parsers })
  const { source } = fileSystem({ files: root, slots: unlimited, evaluator })
  const pages = await collect(source.pages({ doc, connection, run }, undefined))
  expect(pages.flatMap((each) => each.records)).toEqual(records)
})

test('the import of the page speaks SOAP', async () => {
  const [, configuration = ''] = /^```json import\n([^]*?)^```$/m.exec(page) ?? []
  const [, answer = ''] = /^```xml\n([^]*?)^```$/m.exec(page) ?? []
  const server = await scripted([{ headers: { 'content-type': 'text/xml' }, body: answer }])
  const step = {
    doc: importDoc(JSON.parse(configuration) as object),
    connection: connectionTo(server.origin, { mediaType: 'xml' }),
    run: aRun(),
  }
  const record = { customer: 'A & B' }
  const outcomes = await stage().sink.write(step, [{ record, mapped: record }])
  expect(outcomes).toMatchObject([{ kind: 'done', response: { id: '4711' } }])
  expect(server.asked).toMatchObject([
    { method: 'POST', url: '/soap/orders', body: expect.stringContaining('<customer>A &amp; B</customer>') as string },
  ])
  expect(server.asked[0]?.headers).toMatchObject({ soapaction: '"urn:erp#createOrder"' })
})

test('the page names every option of CSV, XLSX and XML', () => {
  const names = [fileOfExports, fileOfImports].flatMap((schema) => {
    const { properties } = schema as unknown as { properties: Readonly<Record<string, { properties?: object }>> }
    return ['csv', 'xlsx', 'xml'].flatMap((block) => Object.keys(properties[block]?.properties ?? {}))
  })
  expect(names.length).toBeGreaterThan(15)
  expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(page))).toEqual([])
})

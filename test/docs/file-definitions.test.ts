/** docs/file-definitions.md: every example is read and written as the page says, and it names every field of a definition. */
import { expect, test } from 'vitest'
import type { FileDefinitionDocument } from '../../src/contract/document.ts'
import { fileDefinition } from '../../src/contract/resources/file-definition.ts'
import { createRowWriting } from '../../src/engine/adaptors/files/row-files.ts'
import { readStructured, structured } from '../../src/engine/formats/structured/structured.ts'
import { aRun, importDoc } from '../engine/adaptors/stage.ts'
import { evaluate } from '../engine/evaluator.ts'
import { pageOf } from './page.ts'

const page = pageOf('file-definitions.md')
const blocks = [...page.matchAll(/^```(json|json write|text)\n([^]*?)^```$/gm)].map(([, language, text = '']) => ({ language, text }))
const examples = Array.from(
  { length: blocks.length / 3 },
  (_, i) => blocks.slice(3 * i, 3 * i + 3).map(({ text }) => text) as [string, string, string],
)
const isWritten = (i: number): boolean => blocks[3 * i]?.language === 'json write'
const definitionOf = (text: string): FileDefinitionDocument =>
  ({ _id: 'd', name: 'D', version: '2', ...(JSON.parse(text) as object) }) as unknown as FileDefinitionDocument

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

test('there are examples of both', () => {
  expect(blocks.length).toBe(examples.length * 3)
  expect(new Set(examples.map((_example, i) => isWritten(i)))).toEqual(new Set([true, false]))
})

test.each(examples.map((example, i) => [i, example] as const))('example %i', async (i, [definition, first, second]) => {
  const doc = definitionOf(definition)
  if (isWritten(i)) {
    const step = importDoc({ file: { type: 'filedefinition', fileDefinition: { _fileDefinitionId: 'd' } } })
    const writing = createRowWriting(step, aRun({ findFileDefinition: () => doc }), { evaluate, shared: {}, tables: [] })
    expect(await structured.write(JSON.parse(first) as object[], { structured: writing })).toBe(second)
    return
  }
  const records: unknown[] = []
  for await (const batch of readStructured(bytes(first), { encoding: 'utf-8' }, { definition: doc })) records.push(...batch.records)
  expect(records).toEqual(JSON.parse(second))
})

test('the page names every field of a definition', () => {
  const { properties } = fileDefinition.body as unknown as { properties: Readonly<Record<string, { properties?: object }>> }
  const names = Object.entries(properties).flatMap(([name, { properties: below = {} }]) => [name, ...Object.keys(below)])
  // What people call it, and what is kept for other systems.
  const besides = new Set(['name', 'description', 'globalId', 'externalId', 'strict'])
  expect(names.length).toBeGreaterThan(15)
  expect(names.filter((name) => !besides.has(name) && !new RegExp(`\\b${name}\\b`).test(page))).toEqual([])
})

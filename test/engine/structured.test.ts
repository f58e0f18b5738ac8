/** Files by a file definition, of test/cases/formats/structured: which records are read, and what is told of those that cannot be. */
import { describe, expect, it } from 'vitest'
import { Parser as EdifactParser } from 'edifact'
import fc from 'fast-check'
import { X12Parser, type X12Interchange } from 'node-x12'
import type { FileDefinitionDocument } from '../../src/contract/document.ts'
import { StepFailure, type FlowRecord } from '../../src/engine/adaptor.ts'
import { createRowWriting } from '../../src/engine/adaptors/files/row-files.ts'
import { UnreadableContent, UnwritableContent } from '../../src/engine/formats/format.ts'
import { readStructured, structured } from '../../src/engine/formats/structured/structured.ts'
import type { StructuredReading } from '../../src/engine/formats/structured/work.ts'
import definitions from '../cases/edi/definitions.json' with { type: 'json' }
import { aRun, casesIn, importDoc } from './adaptors/stage.ts'
import { evaluate } from './evaluator.ts'

interface ReadCase {
  /** Or the name of one of test/cases/edi/definitions.json, with what it says besides. */
  readonly definition: object | string
  readonly with?: object
  readonly profile?: Readonly<Record<string, unknown>>
  readonly resourcePath?: string
  readonly text: string
  /** Records that cannot be read are told of, and the others go on. */
  readonly partial?: boolean
  readonly records?: readonly unknown[]
  readonly faults?: readonly string[]
  readonly failure?: object
}

async function* chunks(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const definitionOf = (fields: object | string, more: object = {}): FileDefinitionDocument => {
  const known = typeof fields === 'string' ? definitions[fields as keyof typeof definitions] : fields
  return { _id: 'd', name: 'D', version: '2', ...known, ...more } as unknown as FileDefinitionDocument
}

async function read(
  text: string,
  reading: StructuredReading,
  size: number,
): Promise<{ records: FlowRecord[]; faults: string[]; failure?: unknown }> {
  const records: FlowRecord[] = []
  const faults: string[] = []
  try {
    for await (const batch of readStructured(chunks(text, size), { encoding: 'utf-8' }, reading)) {
      records.push(...batch.records)
      for (const { message } of batch.faults ?? []) faults.push(message)
    }
    return { records, faults }
  } catch (error) {
    if (!(error instanceof UnreadableContent)) throw error
    return { records, faults, failure: { code: error.code, message: error.message } }
  }
}

describe('read', () => {
  const cases = [...casesIn<ReadCase>('formats/structured'), ...casesIn<ReadCase>('edi/read')]
  it('has cases', () => expect(cases.length).toBeGreaterThan(40))

  it.each(cases)('$name', async ({ definition, with: more, profile, resourcePath, text, partial, records, faults, failure }) => {
    for (const size of [1, 7, 100_000]) {
      const found = await read(text, { definition: definitionOf(definition, more), profile, resourcePath, isPartial: partial }, size)
      expect(found.failure).toEqual(failure && expect.objectContaining(failure))
      // Of EDI, whose envelopes say much, a part of the fields is named.
      if (!failure && typeof definition === 'string') expect(found.records).toMatchObject(records ?? [])
      else if (!failure) expect(found.records).toEqual(records)
      expect(found.faults).toEqual(faults ?? [])
    }
  })
})

describe('a file without bounds', () => {
  const rows = definitionOf({
    format: 'delimited',
    rules: [{ required: true, maxOccurrence: 1, elements: [{ name: 'x', value: 'X' }, { name: 'a' }] }],
  })

  it('of a row of 100 MB is not read any further', async () => {
    let taken = 0
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('X,1\nX,')
      for (; taken < 100; taken++) yield Buffer.alloc(1024 * 1024, 'x')
    }
    const reading = async (): Promise<void> => {
      for await (const batch of readStructured(endless(), { encoding: 'utf-8' }, { definition: rows })) void batch
    }
    await expect(reading()).rejects.toMatchObject({
      code: 'content_too_large',
      message: expect.stringMatching(/^holds a row of more than 5 MB/) as string,
    })
    expect(taken).toBeLessThan(8)
  })

  it('of a million columns has those that its definition names', async () => {
    const { records } = await read(`X,1${',a'.repeat(1_000_000)}\nX,2\n`, { definition: rows }, 65_536)
    expect(records).toEqual([{ a: '1' }, { a: '2' }])
  })
})

interface WriteCase {
  readonly definition: object | string
  readonly with?: object
  readonly profile?: Readonly<Record<string, unknown>>
  readonly records: readonly object[]
  readonly text?: string
  readonly failure?: object
}

/** As an import of files does. */
async function write({ definition, with: more, profile, records }: WriteCase): Promise<{ text?: string; failure?: unknown }> {
  const doc = definitionOf(definition, more)
  const run = aRun({ findFileDefinition: () => doc, findEdiProfile: () => profile as never })
  const step = importDoc({
    file: { type: 'filedefinition', fileDefinition: { _fileDefinitionId: 'd' } },
    ...(profile && { _ediProfileId: 'p' }),
  })
  try {
    const written = structured.write(records, { structured: createRowWriting(step, run, { evaluate, shared: {}, tables: [] }) })
    return { text: String(await written) }
  } catch (error) {
    if (error instanceof StepFailure) return { failure: error.failure }
    if (!(error instanceof UnwritableContent)) throw error
    return { failure: { code: error.code, message: error.message } }
  }
}

describe('written', () => {
  const cases = [...casesIn<WriteCase>('formats/structured-written'), ...casesIn<WriteCase>('edi/write')]
  it('has cases', () => expect(cases.length).toBeGreaterThan(15))

  it.each(cases)('$name', async ({ text, failure, ...one }) => {
    expect(await write(one as WriteCase)).toEqual(failure ? { failure: expect.objectContaining(failure) as object } : { text })
  })
})

const profile = {
  tpIdQualifier: 'ZZ',
  tpInterchangeId: 'BIGSTORE',
  tpGroupId: 'BIGSTORE',
  myIdQualifier: 'ZZ',
  myInterchangeId: 'WEARE',
  myGroupId: 'WEARE',
  isa12: '00401',
  isa15: 'T',
  gs08: '004010',
}
const envelope = {
  Date: '260301',
  Time: '1200',
  'Interchange Control Number': '7',
  'Group Control Number': '7',
  'Set Code': '850',
  'Set Control Number': '0001',
}

describe('what is written is read again', () => {
  /** Without what X12 has no way to write. */
  const plain = fc.stringMatching(/^[A-Za-z0-9 .,:?'+-]{0,11}[A-Za-z0-9]$/)
  const some = <T>(value: fc.Arbitrary<T>) => fc.array(value, { minLength: 1, maxLength: 3 })

  it('as X12, by this and by another program', () =>
    fc.assert(
      fc.asyncProperty(
        fc.record({
          'Order Number': plain,
          N1: some(fc.record({ Entity: fc.constantFrom('ST', 'BT'), 'Party Name': plain })),
          PO1: some(fc.record({ Line: plain, Quantity: fc.nat().map(String), Item: plain, PID: some(fc.record({ Description: plain })) })),
        }),
        async (order) => {
          const record = { ...envelope, Purpose: '00', ...order }
          const { text = '' } = await write({ definition: 'write 850', profile, records: [record] })
          const found = await read(text, { definition: definitionOf('850') }, 50)
          expect(found.records).toMatchObject([order])
          const interchange = new X12Parser(true).parse(text.replaceAll('\n', '')) as X12Interchange
          const set = interchange.functionalGroups[0]?.transactions[0]
          const elementsOf = (tag: string, place: number): string[] =>
            (set?.segments ?? []).filter((segment) => segment.tag === tag).map((segment) => segment.elements[place]?.value ?? '')
          expect(elementsOf('BEG', 2)).toEqual([order['Order Number']])
          expect(elementsOf('N1', 1)).toEqual(order.N1.map((party) => party['Party Name']))
          expect(elementsOf('PID', 4)).toEqual(order.PO1.flatMap(({ PID }) => PID.map(({ Description }) => Description)))
        },
      ),
      { numRuns: 50 },
    ))

  it('as EDIFACT, with any characters, by this and by another program', () => {
    const any = fc.stringMatching(/^[A-Za-z0-9 .,:?'+-]{1,12}$/)
    return fc.assert(
      fc.asyncProperty(fc.record({ Text: any, lines: some(fc.record({ Line: plain, Item: any })) }), async ({ Text: text, lines }) => {
        const orders = {
          Syntax: 'UNOC',
          'Syntax Version': '3',
          Sender: 'A',
          Receiver: 'B',
          Date: '260301',
          Time: '1200',
          'Interchange Reference': 'REF1',
          'Message Reference': '1',
          'Message Type': 'ORDERS',
          'Message Version': 'D',
          'Message Release': '96A',
          Agency: 'UN',
          'Document Name': '220',
          'Order Number': '4711',
          FTX: [{ Subject: 'AAI', 'Text 1': text }],
          lines,
          Section: 'S',
        }
        const { text: written = '' } = await write({ definition: 'write ORDERS', records: [orders] })
        const found = await read(written, { definition: definitionOf('ORDERS') }, 50)
        expect(found.records).toMatchObject([{ FTX: [{ 'Text 1': text }], lines }])
        const segments: string[][][] = []
        const parser = new EdifactParser()
        parser.onopensegment = () => void segments.push([])
        parser.onelement = () => void segments.at(-1)?.push([])
        parser.oncomponent = (part: string) => void segments.at(-1)?.at(-1)?.push(part)
        // It knows the characters of UNOA alone unless it is told.
        parser.encoding('UNOC')
        parser.write(written)
        parser.end()
        expect(segments.flatMap((segment) => (segment.length === 4 && segment[3]?.[0] === text ? ['FTX'] : []))).toEqual(['FTX'])
      }),
      { numRuns: 50 },
    )
  })

  it('as columns of fixed widths', () =>
    fc.assert(
      fc.asyncProperty(
        some(
          fc.record({
            id: fc.stringMatching(/^[A-Za-z0-9]{1,5}$/),
            name: fc.stringMatching(/^[A-Za-z0-9](?:[A-Za-z0-9 ]{0,6}[A-Za-z0-9])?$/),
          }),
        ),
        async (records) => {
          const definition = {
            format: 'fixed',
            rules: [
              {
                elements: [
                  { name: 'k', value: 'R', length: 1 },
                  { name: 'id', value: '{{id}}', length: 5 },
                  { name: 'name', value: '{{name}}', length: 8 },
                ],
              },
            ],
          }
          const { text = '' } = await write({ definition, records })
          expect((await read(text, { definition: definitionOf(definition) }, 7)).records).toEqual(records)
        },
      ),
      { numRuns: 50 },
    ))
})

/** Acknowledgements of EDI: what is answered to an interchange, fault by fault, by the codes of the standards, and read again by other programs. */
import { Parser as EdifactParser } from 'edifact'
import { X12Parser } from 'node-x12'
import { describe, expect, it } from 'vitest'
import type { FileDefinitionDocument } from '../../src/contract/document.ts'
import { writeAcknowledgements } from '../../src/engine/formats/structured/acknowledgement/acknowledge.ts'
import type { ReceivedInterchange } from '../../src/engine/formats/structured/acknowledgement/received.ts'
import { readStructured } from '../../src/engine/formats/structured/structured.ts'

const row = (value: string, elements: readonly object[], more: object = {}): object => ({
  elements: [{ name: value, value }, ...elements],
  ...more,
})
const element = (name: string, more: object = {}): object => ({ name, ...more })
const elements = (prefix: string, count: number): object[] => Array.from({ length: count }, (_, i) => element(`${prefix}${i + 1}`))

const x12 = {
  format: 'delimited/x12',
  rules: [
    row('ISA', elements('ISA', 16), {
      required: true,
      closeRule: row('IEA', elements('IEA', 2)),
      children: [
        row('GS', elements('GS', 8), {
          required: true,
          closeRule: row('GE', elements('GE', 2)),
          children: [
            row('ST', elements('ST', 2), {
              required: true,
              closeRule: row('SE', elements('SE', 2)),
              children: [
                row(
                  'BEG',
                  [element('Purpose', { qualifiers: ['00', '01'] }), element('Order', { required: true, minLength: 2, maxLength: 5 })],
                  {
                    required: true,
                  },
                ),
                row('CUR', [element('Currency')]),
                {
                  name: 'lines',
                  container: true,
                  maxOccurrence: 10,
                  children: [
                    row('PO1', [
                      element('Quantity', { type: 'number' }),
                      { name: 'C1', elements: [element('a'), element('b', { maxLength: 2 })] },
                    ]),
                  ],
                },
              ],
            }),
          ],
        }),
      ],
    }),
  ],
}

const edifact = {
  format: 'delimited/edifact',
  escapeReleaseChar: true,
  rules: [
    row('UNB', elements('UNB', 5), {
      required: true,
      closeRule: row('UNZ', elements('UNZ', 2)),
      children: [
        row('UNH', elements('UNH', 2), {
          required: true,
          closeRule: row('UNT', elements('UNT', 2)),
          children: [
            row('BGM', [{ name: 'C002', elements: [element('Name', { maxLength: 3 })] }, element('Order', { required: true })], {
              required: true,
            }),
            row('DTM', [{ name: 'C507', elements: [element('Qualifier'), element('Date', { type: 'number' })] }]),
            row('UNS', [element('Section')], { required: true }),
          ],
        }),
      ],
    }),
  ],
}

const now = new Date('2026-03-01T12:34:56Z')

async function acknowledge(definition: object, text: string, size = 100_000): Promise<string | undefined> {
  const interchanges: ReceivedInterchange[] = []
  const reading = {
    definition: { _id: 'd', name: 'D', version: '2', ...definition } as unknown as FileDefinitionDocument,
    isPartial: true,
    received: (interchange: ReceivedInterchange) => void interchanges.push(interchange),
  }
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    const bytes = Buffer.from(text)
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
  for await (const batch of readStructured(chunks(), { encoding: 'utf-8' }, reading)) void batch
  let number = 41
  return writeAcknowledgements(interchanges, async () => (number += 1), now)
}

interface Case {
  readonly name: string
  /** Of documents, without their ends; or all of the interchange. */
  readonly documents?: readonly string[]
  readonly all?: string
  /** What stands in the answer, without its envelopes. */
  readonly answered: readonly string[]
}

const isa = 'ISA*00*          *00*          *ZZ*THEM           *01*US             *260228*2359*U*00401*000000009*0*P*>'
const interchangeOfX12 = (documents: readonly string[], { groupCount = documents.length } = {}): string =>
  [
    isa,
    'GS*PO*THEM*US*20260228*2359*9*X*004010',
    ...documents.flatMap((each, i) => [`ST*850*${i + 1}`, each, `SE*${each.split('~').length + 2}*${i + 1}`]),
    `GE*${groupCount}*9`,
    'IEA*1*000000009',
    '',
  ].join('~')

const casesOfX12: readonly Case[] = [
  { name: 'accepted', documents: ['BEG*00*4711~PO1*3*x>y'], answered: ['AK1*PO*9', 'AK2*850*1', 'AK5*A', 'AK9*A*1*1*1'] },
  {
    name: 'an element that is missing, too short, too long, no number, not among its values; a part of a composite',
    documents: ['BEG*00*', 'BEG*00*1', 'BEG*00*123456', 'BEG*00*12~PO1*many', 'BEG*77*12', 'BEG*00*12~PO1*3*x>yyy'],
    answered: [
      'AK1*PO*9',
      'AK2*850*1',
      'AK3*BEG*2**8',
      'AK4*2**1',
      'AK5*R*5',
      'AK2*850*2',
      'AK3*BEG*2**8',
      'AK4*2**4*1',
      'AK5*R*5',
      'AK2*850*3',
      'AK3*BEG*2**8',
      'AK4*2**5*123456',
      'AK5*R*5',
      'AK2*850*4',
      'AK3*PO1*3**8',
      'AK4*1**6*many',
      'AK5*R*5',
      'AK2*850*5',
      'AK3*BEG*2**8',
      'AK4*1**7*77',
      'AK5*R*5',
      'AK2*850*6',
      'AK3*PO1*3**8',
      'AK4*2>2**5*yyy',
      'AK5*R*5',
      'AK9*R*6*6*0',
    ],
  },
  {
    name: 'a segment that is unknown, out of its place, too often, missing',
    documents: ['BEG*00*12~ZZZ*1', 'BEG*00*12~PO1*1~CUR*EUR', 'BEG*00*12~CUR*EUR~CUR*USD', 'CUR*EUR', 'BEG*00*12'],
    answered: [
      'AK1*PO*9',
      'AK2*850*1',
      'AK3*ZZZ*3**6',
      'AK5*R*5',
      'AK2*850*2',
      'AK3*CUR*4**2',
      'AK5*R*5',
      'AK2*850*3',
      'AK3*CUR*4**5',
      'AK5*R*5',
      'AK2*850*4',
      'AK3*BEG*2**3',
      'AK5*R*5',
      'AK2*850*5',
      'AK5*A',
      'AK9*P*5*5*1',
    ],
  },
  {
    name: 'a document whose count or number at its end is another one',
    all: [
      isa,
      'GS*PO*THEM*US*20260228*2359*9*X*004010',
      'ST*850*1',
      'BEG*00*12',
      'SE*9*1',
      'ST*850*2',
      'BEG*00*12',
      'SE*3*7',
      'ST*850*3',
      'BEG*00*12',
      'SE*3*3',
      'GE*3*9',
      'IEA*1*000000009',
      '',
    ].join('~'),
    answered: ['AK1*PO*9', 'AK2*850*1', 'AK5*R*4', 'AK2*850*2', 'AK5*R*3', 'AK2*850*3', 'AK5*A', 'AK9*P*3*3*1'],
  },
  {
    name: 'a group whose count is another one: none of the interchange goes on',
    all: interchangeOfX12(['BEG*00*12'], { groupCount: 2 }),
    answered: ['TA1*000000009*260228*2359*R*024'],
  },
  {
    name: 'an interchange that is cut off',
    all: interchangeOfX12(['BEG*00*12']).replace(/IEA.*$/, ''),
    answered: ['TA1*000000009*260228*2359*R*023'],
  },
]

describe('997', () => {
  it.each(casesOfX12)('$name', async ({ documents = [], all = interchangeOfX12(documents), answered }) => {
    const text = (await acknowledge(x12, all)) ?? ''
    expect(await acknowledge(x12, all, 3)).toBe(text)
    const segments = text.split('~\n')
    expect(segments[0]).toBe('ISA*00*          *00*          *01*US             *ZZ*THEM           *260301*1234*U*00401*000000042*0*P*>')
    const isRefused = answered[0]?.startsWith('TA1')
    expect(segments.slice(1, -1)).toEqual([
      ...(isRefused
        ? answered
        : ['GS*FA*US*THEM*20260301*1234*42*X*004010', 'ST*997*0001', ...answered, `SE*${answered.length + 2}*0001`, 'GE*1*42']),
      `IEA*${isRefused ? 0 : 1}*000000042`,
    ])
    // Another program reads the same segments.
    const read = new X12Parser(!isRefused).parse(text)
    if (!('functionalGroups' in read)) throw new Error('no interchange')
    if (!isRefused)
      expect(read.functionalGroups[0]?.transactions[0]?.segments.map((each) => each.tag)).toEqual(
        answered.map((each) => each.split('*')[0]),
      )
  })

  it('answers each group, and none that acknowledges itself', async () => {
    const group = (type: string, number: number): string[] => [
      `GS*${type}*THEM*US*20260228*2359*${number}*X*005010`,
      'ST*850*1',
      'BEG*00*12',
      'SE*3*1',
      `GE*1*${number}`,
    ]
    const text = await acknowledge(x12, [isa, ...group('PO', 1), ...group('FA', 2), ...group('PC', 3), 'IEA*3*000000009', ''].join('~'))
    expect(text?.split('~\n').filter((each) => /^(?:ST|AK1|GE)\*/.test(each))).toEqual([
      'ST*997*0001',
      'AK1*PO*1*005010',
      'ST*997*0002',
      'AK1*PC*3*005010',
      'GE*2*42',
    ])
    expect(await acknowledge(x12, [isa, ...group('FA', 2), 'IEA*1*000000009', ''].join('~'))).toBe(undefined)
  })
})

const unb = 'UNB+UNOC:3+THEM:14+US:14+260228:2359+R1'
const interchangeOfEdifact = (documents: readonly string[]): string =>
  [
    unb,
    ...documents.flatMap((each, i) => [`UNH+${i + 1}+ORDERS:D:96A:UN`, each, `UNT+${each.split("'").length + 2}+${i + 1}`]),
    `UNZ+${documents.length}+R1`,
    '',
  ].join("'")

const casesOfEdifact: readonly Case[] = [
  { name: 'accepted', documents: ["BGM+220+47?+11'UNS+S"], answered: ['UCI+R1+THEM:14+US:14+7', 'UCM+1+ORDERS:D:96A:UN+7'] },
  {
    name: 'an element that is missing, too long, no number',
    documents: ["BGM+220+'UNS+S", "BGM+2200+1'UNS+S", "BGM+220+1'DTM+137:soon'UNS+S"],
    answered: [
      'UCI+R1+THEM:14+US:14+7',
      'UCM+1+ORDERS:D:96A:UN+4',
      'UCS+2',
      'UCD+13+3',
      'UCM+2+ORDERS:D:96A:UN+4',
      'UCS+2',
      'UCD+39+2:1',
      'UCM+3+ORDERS:D:96A:UN+4',
      'UCS+3',
      'UCD+37+2:2',
    ],
  },
  {
    name: 'a segment that is unknown, too often, missing',
    documents: ["BGM+220+1'XYZ+1'UNS+S", "BGM+220+1'DTM+2:3'DTM+2:3'UNS+S", 'BGM+220+1'],
    answered: [
      'UCI+R1+THEM:14+US:14+7',
      'UCM+1+ORDERS:D:96A:UN+4',
      'UCS+3+15',
      'UCM+2+ORDERS:D:96A:UN+4',
      'UCS+4+35',
      'UCM+3+ORDERS:D:96A:UN+4',
      'UCS+2+13',
    ],
  },
  {
    name: 'a message whose count at its end is another one',
    all: [unb, 'UNH+1+ORDERS:D:96A:UN', 'BGM+220+1', 'UNS+S', 'UNT+9+1', 'UNZ+1+R1', ''].join("'"),
    answered: ['UCI+R1+THEM:14+US:14+7', 'UCM+1+ORDERS:D:96A:UN+4+29+UNT'],
  },
  {
    name: 'an interchange whose reference at its end is another one',
    all: interchangeOfEdifact(["BGM+220+1'UNS+S"]).replace('UNZ+1+R1', 'UNZ+1+R2'),
    answered: ['UCI+R1+THEM:14+US:14+4+28+UNZ'],
  },
]

describe('CONTRL', () => {
  it.each(casesOfEdifact)('$name', async ({ documents = [], all = interchangeOfEdifact(documents), answered }) => {
    const text = (await acknowledge(edifact, all)) ?? ''
    expect(await acknowledge(edifact, all, 3)).toBe(text)
    expect(text.split("'")).toEqual([
      'UNB+UNOC:3+US:14+THEM:14+260301:1234+42',
      'UNH+1+CONTRL:D:3:UN',
      ...answered,
      `UNT+${answered.length + 2}+1`,
      'UNZ+1+42',
      '',
    ])
    const tags: string[] = []
    const parser = new EdifactParser()
    parser.onopensegment = (tag: string) => void tags.push(tag)
    parser.encoding('UNOC')
    parser.write(text)
    parser.end()
    expect(tags).toEqual(
      text
        .split("'")
        .slice(0, -1)
        .map((each) => each.split('+')[0]),
    )
  })

  it('goes by the separators and the syntax of the interchange, and answers no CONTRL', async () => {
    const text = 'UNA|*.? $UNB*UNOC|4*THEM*US*20260228|2359*R1$UNH*1*ORDERS|D|96A|UN$BGM*220*1$UNS*S$UNT*4*1$UNZ*1*R1$'
    expect(await acknowledge(edifact, text)).toBe(
      'UNA|*.? $UNB*UNOC|4*US*THEM*20260301|1234*42$UNH*1*CONTRL|4|1|UN$UCI*R1*THEM*US*7$UCM*1*ORDERS|D|96A|UN*7$UNT*4*1$UNZ*1*42$',
    )
    expect(await acknowledge(edifact, interchangeOfEdifact(["BGM+220+1'UNS+S"]).replace('ORDERS', 'CONTRL'))).toBe(undefined)
  })
})

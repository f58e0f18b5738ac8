/** Elements of XML that are read without the parser of all XML: the same as the parser's, wherever the parts of a text end, and so are refusals. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createXmlReader, UnreadableXml, type XmlRules } from '../../src/engine/values/xml-tree.ts'

interface Read {
  readonly values: readonly unknown[]
  readonly sizes: readonly number[]
  /** What is said of a text that is no XML, with the line. */
  readonly refusal?: string
}

/** With a rule about some elements the parser reads all: one that none has. */
const byParser: XmlRules = { listNodes: ['nowhere'] }

/** In parts that end at these places. */
function read(text: string, resourcePath: string, ends: readonly number[], rules: XmlRules = {}): Read {
  const reader = createXmlReader({ rules, resourcePath, most: 1_000_000 })
  const values: unknown[] = []
  const sizes: number[] = []
  const take = (some: { readonly values: readonly unknown[]; readonly sizes: readonly number[] }): void => {
    values.push(...some.values)
    sizes.push(...some.sizes)
  }
  try {
    const places = [...new Set([...ends, text.length])].filter((end) => end > 0 && end <= text.length).toSorted((a, b) => a - b)
    let from = 0
    for (const end of places) {
      take(reader.write(text.slice(from, end)))
      from = end
    }
    take(reader.end())
    return { values, sizes }
  } catch (error) {
    if (error instanceof UnreadableXml) return { values, sizes, refusal: error.message }
    throw error
  }
}
/** Text outside of the root is told at the end of a part, wherever it stood. */
const told = ({ refusal = '' }: Read): string => refusal.replace(/(?<=outside of root node\.) \(line \d+\)/, '')

/** What most documents are made of, and what only the parser knows. */
const name = fc.constantFrom('order', 'Name', 'line', 'n:sku', '_x.1', '__proto__', 'constructor', 'größe')
const said = fc.stringMatching(/^[ a-z0-9\]>"'\n\t.€-]{0,8}$/).filter((text) => !text.includes(']]>'))
const entity = fc.constantFrom('&amp;', '&lt;', '&gt;', '&quot;', '&apos;', '&#65;', '&#x20AC;')
const other = fc.constantFrom('<![CDATA[<order>&]]>', '<!-- </order> -->', '<?pi </order>?>', '🎈', '\r\n', '\u00a0')
const text = fc
  .array(fc.oneof({ weight: 8, arbitrary: said }, { weight: 2, arbitrary: entity }, { weight: 1, arbitrary: other }))
  .map((parts) => parts.join(''))
const value = fc
  .array(fc.oneof({ weight: 5, arbitrary: said }, { weight: 1, arbitrary: entity }), { maxLength: 2 })
  .map((parts) => parts.join('').replaceAll('"', "'"))
const attributes = fc
  .uniqueArray(fc.tuple(fc.constantFrom('id', 'n:of', 'x-1', '__proto__'), value), { maxLength: 3, selector: ([key]) => key })
  .map((found) => found.map(([key, held]) => ` ${key}="${held}"`).join(''))
const { element } = fc.letrec<{ element: string }>((tie) => ({
  element: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.tuple(name, attributes).map(([tag, has]) => `<${tag}${has}/>`),
    fc.tuple(name, attributes, text).map(([tag, has, held]) => `<${tag}${has}>${held}</${tag}>`),
    fc
      .tuple(
        name,
        attributes,
        fc.array(
          fc.oneof({ weight: 4, arbitrary: tie('element') }, { weight: 1, arbitrary: fc.constant('\n  ') }, { weight: 1, arbitrary: text }),
          { maxLength: 5 },
        ),
      )
      .map(([tag, has, held]) => `<${tag}${has} >${held.join('')}</${tag}>`),
  ),
}))
const document = fc
  .tuple(
    fc.constantFrom('', '<?xml version="1.0"?>\n', '<?xml version="1.1"?>', '<!DOCTYPE orders>\n'),
    fc.array(
      fc.oneof(
        { weight: 5, arbitrary: element.map((inner) => `<order>${inner}</order>`) },
        { weight: 1, arbitrary: element },
        { weight: 2, arbitrary: fc.constant('\n') },
        { weight: 1, arbitrary: text },
      ),
    ),
    fc.constantFrom('', '\n', '<!-- end -->', 'x'),
  )
  .map(([head, held, foot]) => `${head}<orders>${held.join('')}</orders>${foot}`)
const path = fc.constantFrom('/orders/order', '//order', '//line', '/orders/*', '//n:sku', '/orders/order[@id]', 'orders/order/line')
const ends = (most: number) => fc.oneof(fc.constant([]), fc.array(fc.nat(most), { maxLength: 6 }))

describe('records of XML', () => {
  it('are those that the parser finds, with their sizes, wherever the parts of the text end', () => {
    fc.assert(
      fc.property(document, path, ends(400), fc.boolean(), fc.boolean(), (whole, resourcePath, places, trimSpaces, stripNewLineChars) => {
        const rules = { trimSpaces, stripNewLineChars }
        const found = read(whole, resourcePath, places, rules)
        const all = read(whole, resourcePath, places, { ...rules, ...byParser })
        expect({ ...found, refusal: told(found) }).toEqual({ ...all, refusal: told(all) })
      }),
      { numRuns: 500 },
    )
  })

  it('are refused with the same words and the same line where the text is no XML', () => {
    const broken = fc
      .tuple(document, fc.nat(400), fc.constantFrom('<', '>', '&', '"', ']]>', '</order>', '<order', ' ', '\n', '\u0001', ''))
      .map(([whole, at, what]) => {
        const place = at % (whole.length + 1)
        return `${whole.slice(0, place)}${what}${whole.slice(place + (what === '' ? 1 : 0))}`
      })
    fc.assert(
      fc.property(broken, path, ends(400), (whole, resourcePath, places) => {
        expect(told(read(whole, resourcePath, places))).toBe(told(read(whole, resourcePath, places, byParser)))
      }),
      { numRuns: 500 },
    )
  })
})

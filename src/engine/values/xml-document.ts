/** An XML document as plain data: elements by their names, several of one name as a list, attributes as `@name`, text beside them as `#text`. No entity is expanded but those of XML itself. */
import type * as Parser from 'fast-xml-parser'
import { lazyLoad } from '../../domain/lazy-load.ts'

const parser = lazyLoad<typeof Parser>('fast-xml-parser')

/** Characters of a document: one page has as much. */
const maxText = 5_000_000

export type XmlDocument = { readonly value: unknown } | { readonly fault: string }

/** Everything stays a text: `007` is no number, and what it means the mapping says. */
export function readXmlDocument(text: string): XmlDocument {
  if (text.length > maxText) return { fault: `is XML of more than ${maxText / 1_000_000} MB.` }
  if (/<!DOCTYPE/i.test(text)) return { fault: 'is XML with a document type, which is not read.' }
  const { XMLParser, XMLValidator } = parser()
  const checked = XMLValidator.validate(text)
  if (checked !== true) return { fault: `is not XML: ${checked.err.msg} (line ${checked.err.line})` }
  const read = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    textNodeName: '#text',
    parseTagValue: false,
    parseAttributeValue: false,
    trimValues: true,
    ignoreDeclaration: true,
    ignorePiTags: true,
    processEntities: true,
  })
  return { value: read.parse(text) as unknown }
}

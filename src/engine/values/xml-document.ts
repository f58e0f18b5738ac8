/** An XML document as plain data, read as a whole. */
import { createXmlReader, UnreadableXml, type XmlRules } from './xml-tree.ts'

/** Characters of a document: one page has as much. */
const maxText = 5_000_000

export type XmlDocument = { readonly value: unknown } | { readonly fault: string }

export interface XmlDocumentRules {
  readonly rules?: XmlRules
  /** Where the paths of the rules begin: at the root where it is absent. */
  readonly resourcePath?: string
}

/** Throws `InvalidXmlPath`. */
export function readXmlDocument(text: string, { rules, resourcePath }: XmlDocumentRules = {}): XmlDocument {
  if (text.length > maxText) return { fault: `is XML of more than ${maxText / 1_000_000} MB.` }
  try {
    const reader = createXmlReader({ rules, resourcePath, whole: true, most: maxText })
    return { value: [...reader.write(text.trimStart()).values, ...reader.end().values][0] }
  } catch (error) {
    if (error instanceof UnreadableXml) return { fault: error.message }
    throw error
  }
}

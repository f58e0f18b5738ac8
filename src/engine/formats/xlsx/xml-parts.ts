/** Reads the parts of a spreadsheet, which are XML: tags by their names without a prefix, as they come. */
import type * as Saxes from 'saxes'
import { lazyLoad } from '../../../domain/lazy-load.ts'
import { decodeText } from '../decode-text.ts'
import { UnreadableContent, type Chunks } from '../format.ts'

const saxes = lazyLoad<typeof Saxes>('saxes')

export type Attributes = Readonly<Record<string, string>>

export interface PartReader {
  open(name: string, attributes: Attributes): void
  text?(text: string): void
  close?(name: string): void
}

/** Turns after each piece of the part that is read. Throws `UnreadableContent`. */
export async function* readPart(part: string, chunks: Chunks, { open, text, close }: PartReader): AsyncGenerator<void> {
  const document = new (saxes().SaxesParser)({ xmlns: false })
  document.on('error', () => {
    throw damagedPart(part)
  })
  document.on('doctype', () => {
    throw damagedPart(part)
  })
  document.on('opentag', ({ name, attributes }) => open(local(name), attributes as Attributes))
  if (text) {
    document.on('text', text)
    document.on('cdata', text)
  }
  if (close) document.on('closetag', ({ name }) => close(local(name)))
  for await (const piece of decodeText(chunks, { encoding: 'utf-8' })) {
    document.write(piece)
    yield
  }
  document.close()
}

/** The whole of a part that is small, or of which little is kept. */
export async function readWholePart(part: string, chunks: Chunks, reader: PartReader): Promise<void> {
  for await (const _piece of readPart(part, chunks, reader));
}

export const damagedPart = (part: string): UnreadableContent =>
  new UnreadableContent('invalid_xlsx', `is a damaged spreadsheet: its part ${part} cannot be read.`)

const local = (name: string): string => name.slice(name.indexOf(':') + 1)

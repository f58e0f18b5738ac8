/** Decodes chunks of bytes as text. */
import { UnreadableContent, type Chunks } from './format.ts'

/** Characters that are handed on at once, so that whoever takes records apart lets others run in between. */
const perPart = 64 * 1024

/**
 * A character may begin in one chunk and end in the next. A byte order mark is left out, and says more than the encoding. Throws `UnreadableContent` for
 * what is written in another encoding: where most of its special characters are lost.
 */
export async function* decodeText(chunks: Chunks, encoding: string): AsyncGenerator<string> {
  let decoder: InstanceType<typeof TextDecoder> | undefined
  const balance = { lost: 0, kept: 0 }
  for await (const chunk of chunks) {
    decoder ??= new TextDecoder(encodingOfMark(chunk) ?? encoding)
    const text = decoder.decode(chunk, { stream: true })
    mustBeKept(text, balance, encoding)
    yield* inParts(text)
  }
  const rest = decoder?.decode() ?? ''
  mustBeKept(rest, balance, encoding)
  yield rest
}

function* inParts(text: string): Generator<string> {
  for (let at = 0; at < text.length; at += perPart) yield text.slice(at, at + perPart)
}

/** What begins with a byte order mark of UTF-16 is nothing else. */
function encodingOfMark([first, second]: Uint8Array): string | undefined {
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined
}

function mustBeKept(text: string, balance: { lost: number; kept: number }, encoding: string): void {
  const hasLost = text.includes('\ufffd')
  if (!hasLost && balance.lost === 0) {
    balance.kept += /[^\0-\x7f]/.test(text) ? 1 : 0
    return
  }
  for (const [{ length }] of text.matchAll(/\ufffd+/g)) balance.lost += length
  for (const [{ length }] of text.matchAll(/[^\0-\x7f\ufffd]+/g)) balance.kept += length
  if (hasLost && balance.lost > balance.kept)
    throw new UnreadableContent(
      'charset_unknown',
      `is not written in ${encoding}: say how it is written, as win1252 or iso88591 for most texts of the West, utf-16le for those of Windows.`,
    )
}

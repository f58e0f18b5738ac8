/** Decodes chunks of bytes as text. */
import { UnreadableContent, type Chunks, type Decoding } from './format.ts'

/** Characters that are handed on at once, so that whoever takes records apart lets others run in between. */
const perPart = 64 * 1024

/**
 * A character may begin in one chunk and end in the next. A byte order mark is left out, and says more than the encoding. Throws `UnreadableContent` where
 * bytes are no character of the encoding, after the lines before them: what is written in another encoding is so in most of its special characters.
 */
export async function* decodeText(chunks: Chunks, { encoding, replacesInvalid = false }: Decoding): AsyncGenerator<string> {
  let decoder: InstanceType<typeof TextDecoder> | undefined
  let strict: InstanceType<typeof TextDecoder> | undefined
  const seen = { lines: 1, kept: 0 }
  const decode = function* (chunk: Uint8Array | undefined): Generator<string> {
    const text = (chunk ? decoder?.decode(chunk, { stream: true }) : decoder?.decode()) ?? ''
    // A text may hold the character that stands for those that are lost.
    if (!strict || isValid(strict, chunk)) {
      if (strict) count(text, seen)
      return yield* inParts(text)
    }
    const at = text.indexOf('\ufffd')
    const before = text.slice(0, text.lastIndexOf('\n', at) + 1)
    yield* inParts(before)
    count(before, seen)
    throw invalid(text, seen, encoding)
  }
  for await (const chunk of chunks) {
    const used = encodingOfMark(chunk) ?? encoding
    decoder ??= new TextDecoder(used)
    if (!replacesInvalid) strict ??= new TextDecoder(used, { fatal: true })
    yield* decode(chunk)
  }
  yield* decode(undefined)
}

function* inParts(text: string): Generator<string> {
  for (let at = 0; at < text.length; at += perPart) yield text.slice(at, at + perPart)
}

/** What begins with a byte order mark of UTF-16 is nothing else. */
function encodingOfMark([first, second]: Uint8Array): string | undefined {
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined
}

function isValid(strict: InstanceType<typeof TextDecoder>, chunk: Uint8Array | undefined): boolean {
  try {
    if (chunk) strict.decode(chunk, { stream: true })
    else strict.decode()
    return true
  } catch {
    return false
  }
}

interface Seen {
  lines: number
  /** Special characters. */
  kept: number
}

function count(text: string, seen: Seen): void {
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) seen.lines += 1
  if (/[^\0-\x7f]/.test(text)) seen.kept += 1
}

/** `text` is what comes after what was seen, as far as it was read. */
function invalid(text: string, { lines, kept }: Seen, encoding: string): UnreadableContent {
  const lost = text.match(/\ufffd/g)?.length ?? 0
  if (kept + (text.match(/[^\0-\x7f\ufffd]/g)?.length ?? 0) < lost)
    return new UnreadableContent(
      'charset_unknown',
      `is not written in ${encoding}, as its line ${lines.toLocaleString('en')} shows: say how it is written, as win1252 or iso88591 for most texts of the West, utf-16le for those of Windows.`,
    )
  return new UnreadableContent(
    'invalid_bytes',
    `has bytes in its line ${lines.toLocaleString('en')} that are no character of ${encoding}: it is written in two encodings, or a character was cut in two. Have it written in one, or set file.replaceInvalidBytes.`,
  )
}

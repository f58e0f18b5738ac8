/** Decodes chunks of bytes as text. */
import { isAscii, isUtf8 } from 'node:buffer'
import { UnreadableContent, type Chunks, type Decoding } from './format.ts'

/** Characters that are handed on at once, so that whoever takes records apart lets others run in between. */
const perPart = 64 * 1024

/** What a chunk says, with the characters that it completes. */
interface Decoded {
  readonly text: string
  /** Where it is not, `text` has `\ufffd` for what is no character. */
  readonly isValid: boolean
  readonly isAscii?: boolean
}

interface Decoder {
  decode(chunk: Uint8Array): Decoded
  end(): Decoded
}

/**
 * A character may begin in one chunk and end in the next. A byte order mark is left out, and says more than the encoding. Throws `UnreadableContent` where
 * bytes are no character of the encoding, after the lines before them: what is written in another encoding is so in most of its special characters.
 */
export async function* decodeText(chunks: Chunks, { encoding, replacesInvalid = false }: Decoding): AsyncGenerator<string> {
  let decoder: Decoder | undefined
  const seen = { lines: 1, kept: 0 }
  const parts = function* (decoded: Decoded): Generator<string> {
    const { text } = decoded
    // A text may hold the character that stands for those that are lost.
    if (replacesInvalid || decoded.isValid) {
      if (!replacesInvalid) count(decoded, seen)
      return yield* inParts(text)
    }
    const at = text.indexOf('\ufffd')
    const before = text.slice(0, text.lastIndexOf('\n', at) + 1)
    yield* inParts(before)
    count({ text: before }, seen)
    throw invalid(text, seen, encoding)
  }
  for await (const chunk of chunks) {
    decoder ??= createDecoder(encodingOfMark(chunk) ?? encoding)
    yield* parts(decoder.decode(chunk))
  }
  if (decoder) yield* parts(decoder.end())
}

function* inParts(text: string): Generator<string> {
  for (let at = 0; at < text.length; at += perPart) yield text.length > perPart ? text.slice(at, at + perPart) : text
}

/** What begins with a byte order mark of UTF-16 is nothing else. */
function encodingOfMark([first, second]: Uint8Array): string | undefined {
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined
}

function createDecoder(encoding: string): Decoder {
  const decoder = new TextDecoder(encoding)
  return decoder.encoding === 'utf-8' ? new Utf8() : createAnyDecoder(decoder)
}

/** Of any encoding: decoded twice, since a decoder that refuses what is invalid does not say what came before it. */
function createAnyDecoder(decoder: InstanceType<typeof TextDecoder>): Decoder {
  const strict = new TextDecoder(decoder.encoding, { fatal: true })
  const isValid = (chunk: Uint8Array | undefined): boolean => {
    try {
      if (chunk) strict.decode(chunk, { stream: true })
      else strict.decode()
      return true
    } catch {
      return false
    }
  }
  return {
    decode: (chunk) => ({ text: decoder.decode(chunk, { stream: true }), isValid: isValid(chunk) }),
    end: () => ({ text: decoder.decode(), isValid: isValid(undefined) }),
  }
}

/** Several times as fast as a `TextDecoder` that is told that more is to come: each chunk is decoded by itself, as far as its characters are whole. */
class Utf8 implements Decoder {
  #rest: Uint8Array = new Uint8Array()
  #hasBegun = false

  decode(chunk: Uint8Array): Decoded {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    const end = bytes.length - begunAtEnd(bytes)
    this.#rest = Uint8Array.from(bytes.subarray(end))
    return this.#read(bytes.subarray(0, end))
  }

  end(): Decoded {
    return this.#read(Buffer.from(this.#rest))
  }

  #read(bytes: Buffer): Decoded {
    const ascii = isAscii(bytes)
    if (ascii) {
      this.#hasBegun ||= bytes.length > 0
      return { text: bytes.toString('latin1'), isValid: true, isAscii: true }
    }
    const isValid = isUtf8(bytes)
    const text = isValid ? bytes.toString('utf8') : new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
    const marked = !this.#hasBegun && text.startsWith('\ufeff')
    this.#hasBegun = true
    return { text: marked ? text.slice(1) : text, isValid }
  }
}

/** Bytes at the end that begin a character which goes on in the next chunk. */
function begunAtEnd(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] as number
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0
  }
  return 0
}

interface Seen {
  lines: number
  /** Special characters. */
  kept: number
}

function count({ text, isAscii: isPlain }: Pick<Decoded, 'text' | 'isAscii'>, seen: Seen): void {
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) seen.lines += 1
  if (!isPlain && /[^\0-\x7f]/.test(text)) seen.kept += 1
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

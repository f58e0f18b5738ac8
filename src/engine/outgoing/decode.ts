/** Bodies into bytes and bytes into text. What a body may grow to is bounded while it is decompressed, so a small bomb stays small. */
import { isUtf8 } from 'node:buffer'
import { Readable, type Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify, TextDecoder } from 'node:util'
import zlib from 'node:zlib'

type Inflate = (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>

const inflaters: Readonly<Record<string, Inflate>> = {
  gzip: promisify(zlib.gunzip) as Inflate,
  'x-gzip': promisify(zlib.gunzip) as Inflate,
  br: promisify(zlib.brotliDecompress) as Inflate,
  zstd: promisify(zlib.zstdDecompress) as Inflate,
  deflate: inflateEither,
}
/** A server that compresses more often than this is not serving. */
const maxEncodings = 3

/** `deflate` is zlib by its standard and raw deflate by the habit of some servers. */
async function inflateEither(body: Buffer, options: { maxOutputLength: number }): Promise<Buffer> {
  return (promisify(isZlib(body[0]) ? zlib.inflate : zlib.inflateRaw) as Inflate)(body, options)
}

const isZlib = (first: number | undefined): boolean => ((first ?? 0) & 0x0f) === 8

const decoders: Readonly<Record<string, (first: number | undefined) => Transform>> = {
  gzip: () => zlib.createGunzip(),
  'x-gzip': () => zlib.createGunzip(),
  br: () => zlib.createBrotliDecompress(),
  zstd: () => zlib.createZstdDecompress(),
  deflate: (first) => (isZlib(first) ? zlib.createInflate() : zlib.createInflateRaw()),
}

const stepsOf = (encoding: string | string[]): string[] =>
  String(encoding)
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity')

/** The same while it is read. Throws what `zlib` does where it is broken. */
export async function* decodeChunks(
  chunks: AsyncIterable<Uint8Array>,
  encoding: string | string[] | undefined,
): AsyncGenerator<Uint8Array> {
  const steps = encoding === undefined ? [] : stepsOf(encoding)
  if (steps.length > maxEncodings) throw new Error('encoded too often')
  let decoded = chunks
  for (const step of steps.toReversed()) {
    const create = decoders[step]
    if (!create) break
    decoded = decodeStep(decoded, create)
  }
  yield* decoded
}

async function* decodeStep(
  chunks: AsyncIterable<Uint8Array>,
  create: (first: number | undefined) => Transform,
): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]()
  const begun = await iterator.next()
  if (begun.done) return
  const decoder = create(begun.value[0])
  const all = async function* (): AsyncGenerator<Uint8Array> {
    yield begun.value
    yield* { [Symbol.asyncIterator]: () => iterator }
  }
  const done = pipeline(Readable.from(all(), { objectMode: false }), decoder)
  done.catch(() => undefined)
  try {
    for await (const chunk of decoder) yield chunk as Buffer
    await done
  } finally {
    decoder.destroy()
  }
}

/** The body without its content encodings. An encoding this does not know leaves the body as it is. */
export async function decode(
  body: Buffer,
  encoding: string | string[] | undefined,
  maxOutputLength: number,
): Promise<Buffer | 'large' | 'broken'> {
  if (encoding === undefined || body.length === 0) return body
  const steps = stepsOf(encoding)
  if (steps.length > maxEncodings) return 'broken'
  try {
    for (const step of steps.toReversed()) {
      const inflate = inflaters[step]
      if (!inflate) return body
      body = await inflate(body, { maxOutputLength })
    }
    return body
  } catch (error) {
    return (error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE' ? 'large' : 'broken'
  }
}

export interface Decoded {
  readonly text: string
  /** In which character set it is written is not known: characters of it are lost in the text. */
  readonly isUnknown: boolean
}

/**
 * The text of a body, by the charset that its content type names, else by what its first bytes show, else as UTF-8. What is not UTF-8 here and there has
 * a character lost there, which was lost before it came here; where most of its special characters are lost, it is written in something else.
 */
export function decodeText(body: Buffer, contentType?: string | string[]): Decoded {
  const named = /charset="?([^";\s]+)/i.exec(String(contentType ?? ''))?.[1]?.toLowerCase()
  const charset = named === undefined || named === 'utf-16' ? (charsetShown(body) ?? named) : named
  const decoder = charset === undefined || charset === 'utf-8' || charset === 'utf8' ? undefined : decoderFor(charset)
  const text = decoder ? decoder.decode(body) : body.toString('utf8')
  const isUnknown = !decoder && !isUtf8(body) && isMostlyLost(text)
  return { text: text.charCodeAt(0) === 0xfeff ? text.slice(1) : text, isUnknown }
}

/** By a byte order mark, by the zeros beside ASCII characters, or by what an XML document says of itself. */
function charsetShown(body: Buffer): string | undefined {
  const [first, second] = body
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return 'utf-16le'
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0)) return 'utf-16be'
  return /^\s*<\?xml[^>]{0,200}?\sencoding=["']([\w.:-]+)["']/.exec(body.toString('latin1', 0, 256))?.[1]?.toLowerCase()
}

function isMostlyLost(text: string): boolean {
  let lost = 0
  let kept = 0
  for (const [{ length }] of text.matchAll(/\ufffd+/g)) lost += length
  for (const [{ length }] of text.matchAll(/[^\0-\x7f\ufffd]+/g)) kept += length
  return lost > kept
}

function decoderFor(charset: string): TextDecoder | undefined {
  try {
    return new TextDecoder(charset)
  } catch {
    return undefined
  }
}

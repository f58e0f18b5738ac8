/** Bodies into bytes and bytes into text. What a body may grow to is bounded while it is decompressed, so a small bomb stays small. */
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
  const wrapped = ((body[0] ?? 0) & 0x0f) === 8
  return (promisify(wrapped ? zlib.inflate : zlib.inflateRaw) as Inflate)(body, options)
}

/** The body without its content encodings. An encoding this does not know leaves the body as it is. */
export async function decode(
  body: Buffer,
  encoding: string | string[] | undefined,
  maxOutputLength: number,
): Promise<Buffer | 'large' | 'broken'> {
  if (encoding === undefined || body.length === 0) return body
  const steps = String(encoding)
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity')
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

/** The text of a body, by the charset its content type names; UTF-8 when it names none or one that is not known. */
export function decodeText(body: Buffer, contentType?: string | string[]): string {
  const charset = /charset="?([^";\s]+)/i.exec(String(contentType ?? ''))?.[1]?.toLowerCase()
  const decoder = charset === undefined || charset === 'utf-8' || charset === 'utf8' ? undefined : decoderFor(charset)
  const text = decoder ? decoder.decode(body) : body.toString('utf8')
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

function decoderFor(charset: string): TextDecoder | undefined {
  try {
    return new TextDecoder(charset)
  } catch {
    return undefined
  }
}

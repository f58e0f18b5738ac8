/** JSON, URIs, Base64, HTML entities, hashes and signatures. */
import { parseBounded, TooDeep } from '../../../domain/limits/parse-json.ts'
import { createHash, createHmac } from 'node:crypto'
import { toText } from '../../values/plain-value.ts'
import { TemplateError } from '../template-run.ts'
import { inline, type TemplateHelper } from './template-helper.ts'

const encodings = {
  utf8: 'utf8',
  'utf-8': 'utf8',
  ascii: 'ascii',
  base64: 'base64',
  hex: 'hex',
  ucs2: 'utf16le',
  'ucs-2': 'utf16le',
  utf16le: 'utf16le',
  'utf-16le': 'utf16le',
  binary: 'latin1',
  latin1: 'latin1',
} as const

function encodingOf(value: unknown, helper: string): BufferEncoding {
  const name = toText(value) || 'utf8'
  if (!Object.hasOwn(encodings, name)) throw new TemplateError(`${helper} does not know the encoding "${name}".`)
  return encodings[name as keyof typeof encodings]
}

const algorithms = ['md5', 'sha1', 'sha256', 'sha384', 'sha512']
function algorithmOf(value: unknown, helper: string): string {
  const name = toText(value).toLowerCase()
  if (!algorithms.includes(name))
    throw new TemplateError(`${helper} does not know the algorithm "${name}". It knows ${algorithms.join(', ')}.`)
  return name
}

const digestOf = (value: unknown, helper: string): 'hex' | 'base64' => {
  const name = toText(value) || 'hex'
  if (name !== 'hex' && name !== 'base64') throw new TemplateError(`${helper} writes hex or base64, not "${name}".`)
  return name
}

function jsonParse(value: unknown): unknown {
  if (typeof value !== 'string') return value
  try {
    return parseBounded(value)
  } catch (error) {
    if (error instanceof TooDeep) throw new TemplateError(`jsonParse: ${error.message}`, { cause: error })
    // Not what the parser says: it quotes the text, which may be a secret of the connection.
    throw new TemplateError('jsonParse: the text is not JSON.', { cause: error })
  }
}

const entities: readonly (readonly [string, string])[] = [
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
]
const htmlEncode = (value: unknown): string => entities.reduce((text, [sign, entity]) => text.replaceAll(sign, entity), toText(value))
const htmlDecode = (value: unknown): string =>
  entities
    .toReversed()
    .reduce((text, [sign, entity]) => text.replaceAll(entity, sign), toText(value).replaceAll('&nbsp;', ' ').replaceAll('&#x27;', "'"))

function decodeUri(value: unknown): string {
  try {
    return decodeURIComponent(toText(value))
  } catch (error) {
    throw new TemplateError('decodeURI: the text is not percent-encoded.', { cause: error })
  }
}

export const encodingHelpers: readonly TemplateHelper[] = [
  // A string as it stands between the quotes of a JSON body.
  inline('jsonEncode', (value) => (typeof value === 'string' ? JSON.stringify(value).slice(1, -1) : toText(value)), 'json'),
  inline('jsonSerialize', (value) => JSON.stringify(value) ?? '', 'json'),
  inline('jsonParse', jsonParse),
  inline('encodeURI', (value) => encodeURIComponent(toText(value).toWellFormed()), 'uri'),
  inline('decodeURI', decodeUri),
  inline('base64Encode', (value, encoding) => Buffer.from(toText(value), encodingOf(encoding, 'base64Encode')).toString('base64')),
  inline('base64Decode', (value, encoding) => Buffer.from(toText(value), 'base64').toString(encodingOf(encoding, 'base64Decode'))),
  inline('htmlEncode', htmlEncode, 'xml'),
  inline('htmlDecode', htmlDecode),
  inline('hash', (algorithm, encoding, value) =>
    createHash(algorithmOf(algorithm, 'hash')).update(toText(value)).digest(digestOf(encoding, 'hash')),
  ),
  inline('hmac', (algorithm, key, encoding, value, keyEncoding) => {
    const secret = toText(keyEncoding) === 'base64' ? Buffer.from(toText(key), 'base64') : toText(key)
    return createHmac(algorithmOf(algorithm, 'hmac'), secret).update(toText(value)).digest(digestOf(encoding, 'hmac'))
  }),
]

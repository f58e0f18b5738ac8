/** JSON, URIs, Base64, HTML entities, hashes and signatures. */
import { parseBounded, TooDeep } from '../../../domain/limits/parse-json.ts'
import { createHash, createHmac } from 'node:crypto'
import { textOf } from '../../values/plain-value.ts'
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
  const name = textOf(value) || 'utf8'
  if (!Object.hasOwn(encodings, name)) throw new TemplateError(`${helper} does not know the encoding "${name}".`)
  return encodings[name as keyof typeof encodings]
}

const algorithms = ['md5', 'sha1', 'sha256', 'sha384', 'sha512']
function algorithmOf(value: unknown, helper: string): string {
  const name = textOf(value).toLowerCase()
  if (!algorithms.includes(name))
    throw new TemplateError(`${helper} does not know the algorithm "${name}". It knows ${algorithms.join(', ')}.`)
  return name
}

const digestOf = (value: unknown, helper: string): 'hex' | 'base64' => {
  const name = textOf(value) || 'hex'
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
const htmlEncode = (value: unknown): string => entities.reduce((text, [sign, entity]) => text.replaceAll(sign, entity), textOf(value))
const htmlDecode = (value: unknown): string =>
  entities
    .toReversed()
    .reduce((text, [sign, entity]) => text.replaceAll(entity, sign), textOf(value).replaceAll('&nbsp;', ' ').replaceAll('&#x27;', "'"))

function decodeUri(value: unknown): string {
  try {
    return decodeURIComponent(textOf(value))
  } catch (error) {
    throw new TemplateError('decodeURI: the text is not percent-encoded.', { cause: error })
  }
}

export const encodingHelpers: readonly TemplateHelper[] = [
  // A string as it stands between the quotes of a JSON body.
  inline('jsonEncode', (value) => (typeof value === 'string' ? JSON.stringify(value).slice(1, -1) : textOf(value)), 'json'),
  inline('jsonSerialize', (value) => JSON.stringify(value) ?? '', 'json'),
  inline('jsonParse', jsonParse),
  inline('encodeURI', (value) => encodeURIComponent(textOf(value).toWellFormed()), 'uri'),
  inline('decodeURI', decodeUri),
  inline('base64Encode', (value, encoding) => Buffer.from(textOf(value), encodingOf(encoding, 'base64Encode')).toString('base64')),
  inline('base64Decode', (value, encoding) => Buffer.from(textOf(value), 'base64').toString(encodingOf(encoding, 'base64Decode'))),
  inline('htmlEncode', htmlEncode, 'xml'),
  inline('htmlDecode', htmlDecode),
  inline('hash', (algorithm, encoding, value) =>
    createHash(algorithmOf(algorithm, 'hash')).update(textOf(value)).digest(digestOf(encoding, 'hash')),
  ),
  inline('hmac', (algorithm, key, encoding, value, keyEncoding) => {
    const secret = textOf(keyEncoding) === 'base64' ? Buffer.from(textOf(key), 'base64') : textOf(key)
    return createHmac(algorithmOf(algorithm, 'hmac'), secret).update(textOf(value)).digest(digestOf(encoding, 'hmac'))
  }),
]

/** Bad bodies of an operation: its right one with something wrong in it, and what is no body at all. */
import { gzipSync } from 'node:zlib'
import { maxBodyBytes } from '../../../src/http/body.ts'
import type { BadRequest } from './request.ts'
import { placesOf, put, type Place } from './places.ts'
import type { Random } from './random.ts'
import { wrongFor, type WrongIds } from './values.ts'
import type { TSchema } from 'typebox'

export type Sent = Pick<BadRequest, 'what' | 'body' | 'headers' | 'mustRefuse'>

/** The right body with a wrong value somewhere. */
export function wrongInside(schema: TSchema, right: unknown, count: number, random: Random, ids: WrongIds): Sent[] {
  const places = placesOf(schema)
  // Deep places are many: half of the values go to the upper ones, which are read by more code.
  const upper = places.filter(({ path }) => path.length <= 2)
  return Array.from({ length: count }, (_, i) => {
    const place = random.pick(i % 2 === 0 ? upper : places)
    const { what, value, sure } = wrongFor(place, random, ids)
    return {
      what: `${what} in ${place.path.join('.') || 'the body'}`,
      body: JSON.stringify(put(right, place.path, value)),
      ...(sure && isOnTheWay(place, right) && { mustRefuse: true as const }),
    }
  })
}

/** Whether putting the value there leaves the rest of the body what it was: an entry of a list takes the place of the others. */
const isOnTheWay = ({ path }: Place, right: unknown): boolean =>
  path.length === 0 || (typeof right === 'object' && right !== null && Array.isArray(right) === (typeof path[0] === 'number'))

export const anotherType = 'another type of body'

/** What is wrong with any body, whatever its operation. */
export function wrongWhole(right: unknown, count: number, random: Random): Sent[] {
  const text = JSON.stringify(right)
  const open = text.startsWith('{') ? '{' : '[{'
  const rest = text.slice(open.length)
  const all: (() => Sent)[] = [
    ...[
      '{',
      '{"name":',
      text.slice(0, -1),
      `${text},`,
      `'${text}'`,
      'undefined',
      'NaN',
      '{"a":01}',
      '{"a":1,}',
      '// a\n{}',
      '"\u0001"',
      `\u{feff}{}x`,
    ].map((body) => (): Sent => ({ what: 'no JSON', body, mustRefuse: true })),
    ...['"text"', '17', 'true', '[[]]', '[1]', 'null'].map((body) => (): Sent => ({
      what: anotherType,
      body,
      mustRefuse: true,
    })),
    ...['{}', '[]', ''].map((body) => (): Sent => ({ what: 'an empty body', body })),
    ...['"__proto__":{"admin":true}', '"\\u005f_proto__":[]', '"a":{"b":{"__proto__":{"x":1}}}', '"constructor":{"prototype":{"x":1}}'].map(
      (field) => (): Sent => ({
        what: 'a key that is never taken',
        body: `${open}${field}${rest === '}' ? '' : ','}${rest}`,
        mustRefuse: true,
      }),
    ),
    ...['\\u0000', '\\ud800', '\\udc00\\ud800'].map((bad) => (): Sent => ({
      what: 'a text that is never taken',
      body: `${open}"unknown":["${bad}"]${rest === '}' ? '' : ','}${rest}`,
      mustRefuse: true,
    })),
    () => ({ what: 'a number no double holds', body: `${open}"unknown":-1e999${rest === '}' ? '' : ','}${rest}`, mustRefuse: true }),
    () => ({
      what: 'numbers beyond 2^53',
      body: `${open}"unknown":[9007199254740993,123456789012345678901234567890,0.1e-400]${rest === '}' ? '' : ','}${rest}`,
    }),
    () => ({ what: 'the same key twice', body: `${open}"name":{"a":1},"name":"a","_id":1,"_id":2${rest === '}' ? '' : ','}${rest}` }),
    () => ({
      what: 'unknown fields',
      body: `${open}"unknown":1,"a\\"\\r\\nb":2,"größe":3,"${'k'.repeat(9000)}":4${rest === '}' ? '' : ','}${rest}`,
    }),
    ...[[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe2, 0x82], [0xf5, 0x80, 0x80, 0x80]].map((bytes) => (): Sent => ({
      what: 'bytes that are no UTF-8',
      body: Buffer.concat([Buffer.from(`${open}"a":"`), Buffer.from(bytes), Buffer.from(`"${rest}`)]),
      mustRefuse: true,
    })),
    () => ({ what: 'UTF-16', body: Buffer.from(text, 'utf16le'), mustRefuse: true }),
    () => ({ what: 'too deep', body: '['.repeat(100_000) + ']'.repeat(100_000), mustRefuse: true }),
    ...[
      'text/plain',
      'application/xml',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=a',
      'application/jsonx',
      'x',
      '',
    ].map((type) => (): Sent => ({ what: 'another media type', body: text, headers: { 'content-type': type }, mustRefuse: true })),
    ...['gzip', 'br', 'deflate', 'zstd', 'compress', 'gzip, gzip', 'x'].map((encoding) => (): Sent => ({
      what: 'another encoding',
      body: text,
      headers: { 'content-encoding': encoding },
      mustRefuse: true,
    })),
    () => ({ what: 'packed twice', body: gzipSync(gzipSync(text)), headers: { 'content-encoding': 'gzip' }, mustRefuse: true }),
  ]
  return random.some(all, count).map((make) => make())
}

/** Bodies past every bound. Few: each is megabytes. */
export const huge = (): Sent[] => [
  { what: 'a text of 10 MB', body: `{"name":"${'x'.repeat(10 * 1024 * 1024)}"}`, mustRefuse: true },
  { what: 'a text just past the bound', body: `{"name":"${'x'.repeat(maxBodyBytes)}"}`, mustRefuse: true },
  {
    what: '10 MB that unpack from 10 kB',
    body: gzipSync(`{"name":"${'x'.repeat(10 * 1024 * 1024)}"}`),
    headers: { 'content-encoding': 'gzip' },
    mustRefuse: true,
  },
  { what: 'a million values', body: `{"name":"a","a":[${'0,'.repeat(1_000_001)}0]}`, mustRefuse: true },
]

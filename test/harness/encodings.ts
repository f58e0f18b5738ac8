/** The ways in which programs write a text into another one: what an application that repeats a secret makes of it. */

type Encode = (text: string) => string

const json: Encode = (text) => JSON.stringify(text).slice(1, -1)
const hexOf: Encode = (text) => Buffer.from(text).toString('hex')
const base64 = (text: string, before: string, after = ''): string => Buffer.from(`${before}${text}${after}`).toString('base64')
const units = (text: string): string[] => Array.from({ length: text.length }, (_, i) => text.charCodeAt(i).toString(16).padStart(4, '0'))
const points = (text: string): number[] => Array.from(text, (character) => character.codePointAt(0) ?? 0)

export const encodings: Readonly<Record<string, Encode>> = {
  'it is': (text) => text,
  'a part of a URL': encodeURIComponent,
  'a field of a form': (text) => new URLSearchParams({ v: text }).toString().slice(2),
  'every byte percent-encoded': (text) => hexOf(text).replaceAll(/../g, '%$&'),
  'a URL within a URL': (text) => encodeURIComponent(encodeURIComponent(text)),
  'a text in JSON': json,
  'JSON in JSON': (text) => json(json(text)),
  'JSON with every slash escaped': (text) => json(text).replaceAll('/', '\\/'),
  'JSON with nothing but escapes': (text) =>
    units(text)
      .map((unit) => `\\u${unit}`)
      .join(''),
  HTML: (text) =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;'),
  'decimal entities': (text) =>
    points(text)
      .map((point) => `&#${point};`)
      .join(''),
  'hexadecimal entities': (text) =>
    points(text)
      .map((point) => `&#x${point.toString(16).toUpperCase()};`)
      .join(''),
  'JSON in HTML': (text) => json(text).replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;'),
  'a URL in JSON in HTML': (text) => json(encodeURIComponent(text)).replaceAll('%', '&#37;'),
  hexadecimal: hexOf,
  'upper-case hexadecimal': (text) => hexOf(text).toUpperCase(),
  base64: (text) => base64(text, ''),
  'base64 after one byte': (text) => base64(text, 'u', 'v'),
  'base64 after two bytes': (text) => base64(text, 'us', 'vw'),
  'url-safe base64': (text) => base64(text, 'u:').replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''),
  'base64 in a URL': (text) => encodeURIComponent(base64(text, 'u:')),
  'base64 in lines': (text) => base64(text, 'u:').replaceAll(/.{8}/g, '$&\r\n'),
}

/** Texts: case, space, parts and padding. Missing values are the empty text. */
import { toText } from '../../values/plain-value.ts'
import { largestOutput, tooLarge } from '../template-run.ts'
import { countOf, inline, type TemplateHelper } from './template-helper.ts'

/** Of one text. */
const ofText = (name: string, of: (text: string, ...rest: unknown[]) => unknown): TemplateHelper =>
  inline(name, (value, ...rest) => of(toText(value), ...rest))

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** `getUserProfile`, `new-arrival products` and `HTTPServer` each in words. */
const words = (text: string): string[] =>
  text
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .replace(/(?<=\p{Lu})(?=\p{Lu}\p{Ll})/gu, ' ')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')

const joinedBy = (name: string, sign: string): TemplateHelper => ofText(name, (text) => words(text).join(sign).toLowerCase())
const pascal = (text: string): string =>
  words(text)
    .map((word) => capital(word.toLowerCase()))
    .join('')

/** Longest padding, in characters: fixed-width files have lines of some thousand. */
const widest = 10_000

function split(text: string, delimiter: unknown, index: unknown): string {
  const parts = text.split(delimiter === undefined ? ' ' : toText(delimiter))
  return parts.at(countOf(index, 'split', 0, 1_000_000)) ?? ''
}

function truncateWords(text: string, limit: unknown, suffix: unknown): string {
  const all = text.trim().split(/\s+/)
  const most = countOf(limit, 'truncateWords', all.length, 1_000_000)
  return all.length <= most ? text : all.slice(0, most).join(' ') + (suffix === undefined ? '…' : toText(suffix))
}

const replaceFirst = (text: string, old: unknown, by: unknown): string => {
  const at = text.indexOf(toText(old))
  return at < 0 ? text : text.slice(0, at) + toText(by) + text.slice(at + toText(old).length)
}

function replaceAll(text: string, old: unknown, by: unknown): string {
  if (toText(old) === '') return text
  const [parts, between] = [text.split(toText(old)), toText(by)]
  if (parts.length * between.length > largestOutput) throw tooLarge()
  return parts.join(between)
}

export const stringHelpers: readonly TemplateHelper[] = [
  ofText('uppercase', (text) => text.toUpperCase()),
  ofText('lowercase', (text) => text.toLowerCase()),
  ofText('capitalize', capital),
  ofText('capitalizeAll', (text) => text.replace(/(^|\s)\S/g, (start) => start.toUpperCase())),
  ofText('sentence', (text) => text.toLowerCase().replace(/(^\s*|[.!?]\s*)\p{Ll}/gu, (start) => start.toUpperCase())),
  ofText('camelcase', (text) => pascal(text).replace(/^./u, (first) => first.toLowerCase())),
  ofText('pascalcase', pascal),
  joinedBy('snakecase', '_'),
  joinedBy('dashcase', '-'),
  joinedBy('dotcase', '.'),
  joinedBy('pathcase', '/'),
  ofText('trim', (text) => text.trim()),
  ofText('trimLeft', (text) => text.trimStart()),
  ofText('trimRight', (text) => text.trimEnd()),
  // From the first letter or digit to the last. A pattern that is anchored at the end only would be tried from every character on.
  ofText('chop', (text) => /[\p{L}\p{N}](?:.*[\p{L}\p{N}])?/su.exec(text)?.[0] ?? ''),
  ofText('sanitize', (text) => text.replace(/<[^<>]*>/g, '')),
  ofText('padLeft', (text, length, sign) => text.padStart(countOf(length, 'padLeft', 0, widest), toText(sign) || ' ')),
  ofText('padRight', (text, length, sign) => text.padEnd(countOf(length, 'padRight', 0, widest), toText(sign) || ' ')),
  ofText('substring', (text, start, end) =>
    text.substring(countOf(start, 'substring', 0, 1e9), countOf(end, 'substring', text.length, 1e9)),
  ),
  ofText('split', split),
  ofText('truncateWords', truncateWords),
  ofText('occurrences', (text, part) => (toText(part) === '' ? 0 : text.split(toText(part)).length - 1)),
  ofText('replace', replaceAll),
  ofText('replacefirst', replaceFirst),
  ofText('removefirst', (text, part) => replaceFirst(text, part, '')),
  ofText('stripProtocol', (text) => text.replace(/^[a-z][a-z\d+.-]*:(?=\/\/)/i, '')),
  ofText('stripQuerystring', (text) => text.split('?')[0]),
]

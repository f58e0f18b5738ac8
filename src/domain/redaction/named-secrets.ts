/** Masks what a text itself calls a secret: headers, and fields of JSON, forms and XML, by their names. For secrets that no connection holds, such as a token that was just handed out. */
import { mask } from '../../contract/kit.ts'

/** In small letters without what stands between words. `nextPageToken` and its kind are no secrets: they say where to go on. */
const parts: readonly string[] =
  `password passwd passphrase passcode secret apikey privatekey secretkey accesskey accountkey subscriptionkey signingkey authorization credential cookie
  signature accesstoken refreshtoken idtoken authtoken apitoken bearertoken sessiontoken securitytoken csrftoken xsrftoken usertoken logintoken clienttoken
  devicetoken sessionid`.split(/\s+/)
const whole: ReadonlySet<string> = new Set('token jwt sid pwd assertion clientassertion codeverifier otp pin xtoken'.split(' '))

/** Whether a header or a field of this name holds a secret. */
export function isSecretName(name: string): boolean {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
  return whole.has(plain) || parts.some((part) => plain.includes(part))
}

/** Each finds a `name`; what follows is the value. Quantifiers are bounded: the time is linear in the text, whatever an application answers. */
const inJson = /(\\{0,15})"(?<name>[\w.\- ]{1,80})\1"\s{0,8}:\s{0,8}/g
const inForm = /(?<=^|[?&;\s"'])(?<name>[\w.\-%[\]]{1,80})=(?!["'])/gm
const inHeader = /^(?<name>[\w-]{1,80})[ \t]{0,4}:[ \t]{0,4}(?=[^\s"[{])/gm
const inXml = /<(?:[\w.-]{1,64}:)?(?<name>[\w.-]{1,80})(?:\s[^<>]{0,1000})?>(?=[^<])/g
const inAttribute = /\s(?<name>[\w.-]{1,80})\s{0,4}=\s{0,4}(["'])/g
/** A proof in a text, whatever it is called there. */
const proof = /\b(bearer|basic)([\s+]|%20){1,4}[\w+/=.~-]{8,4096}/gi

export function maskNamed(text: string): string {
  let masked = maskJson(text)
  if (masked.includes('=')) {
    masked = replaceValues(masked, inForm, (from) => endAt(masked, from, /[&\s"'<>;]|\\/g), mask)
    masked = replaceValues(masked, inAttribute, (from, [, , quote = '"']) => endOf(masked, from, quote), mask)
  }
  if (masked.includes('</')) masked = replaceValues(masked, inXml, (from) => endOf(masked, from, '<'), mask)
  if (masked.includes(':')) masked = replaceValues(masked, inHeader, (from) => endAt(masked, from, /[\r\n]/g), mask)
  return masked.replaceAll(proof, (_all, scheme: string, gap: string) => `${scheme}${gap}${mask}`)
}

/** Also of JSON within a text within JSON: the more backslashes before a quote, the deeper. */
const maskJson = (text: string): string =>
  text.includes('"')
    ? replaceValues(
        text,
        inJson,
        (from, [, escape = '']) => endOfJson(text, from, escape),
        (escape = '') => `${escape}"${mask}${escape}"`,
      )
    : text

type Found = readonly (string | undefined)[]

/** What stands between a name and the end of its value, for names that say that it is a secret. `end` is where it ends; nothing is replaced before it. */
function replaceValues(
  text: string,
  pattern: RegExp,
  end: (from: number, found: Found) => number,
  by: string | ((first: string | undefined) => string),
): string {
  let made = ''
  let at = 0
  for (const found of text.matchAll(pattern)) {
    const { name = '' } = found.groups ?? {}
    if (found.index < at || !isSecretName(decoded(name))) continue
    const from = found.index + found[0].length
    const to = end(from, found)
    if (to <= from) continue
    made += text.slice(at, from) + (typeof by === 'string' ? by : by(found[1]))
    at = to
  }
  return at === 0 ? text : made + text.slice(at)
}

function decoded(name: string): string {
  if (!name.includes('%')) return name
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

/** Where the next of these characters stands; the end of the text where none does. */
function endAt(text: string, from: number, stops: RegExp): number {
  stops.lastIndex = from
  return stops.exec(text)?.index ?? text.length
}

function endOf(text: string, from: number, stop: string): number {
  const end = text.indexOf(stop, from)
  return end < 0 ? text.length : end
}

/** After a text or a number; `from` where something else stands there. A text whose end was cut off goes to the end. */
function endOfJson(text: string, from: number, escape: string): number {
  if (!text.startsWith(`${escape}"`, from)) {
    const [number = ''] = /^-?\d[\d.eE+-]{0,40}/.exec(text.slice(from, from + 42)) ?? []
    return from + number.length
  }
  const level = escape.length
  for (let at = from + level + 1; ; at++) {
    at = text.indexOf('"', at)
    if (at < 0) return text.length
    let before = at
    while (text[before - 1] === '\\' && before > from + level + 1) before--
    // A quote within the text has one backslash more than what ends it, and each backslash is doubled.
    if ((at - before) % (2 * (level + 1)) === level) return at + 1
  }
}

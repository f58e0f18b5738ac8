/** What can be answered over HTTP to callers from outside, by what users say: which headers, which statuses, and that browsers do nothing with it. */

/** Written by the server as the body and the connection want it. */
const serversOwn: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** What of a value no header can hold: it comes from outside, and the rest is no worse for it. */
const unfit = /[^\t\u0020-\u007E\u0080-\u00FF]/g

export const toHeaderValue = (text: string): string => text.replaceAll(unfit, '?')

/** Browsers show what comes back, and do nothing else with it. */
export const inert = { 'x-content-type-options': 'nosniff', 'content-security-policy': "default-src 'none'; sandbox" } as const

/** Statuses without a body. */
export const bodiless: ReadonlySet<number> = new Set([204, 205, 304])

/** Why an answer cannot be sent; undefined where it can. Names in lower case. */
export function findAnswerFault(statusCode: number, names: readonly string[]): string | undefined {
  if (!(Number.isInteger(statusCode) && statusCode >= 200 && statusCode <= 599))
    return `An answer has a status from 200 to 599, and not ${statusCode}.`
  for (const name of names) {
    if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) return `The answer cannot have a header ${JSON.stringify(name)}: that is no name of a header.`
    if (serversOwn.has(name)) return `The header ${name} of the answer is written by the server: leave it out.`
  }
  return undefined
}

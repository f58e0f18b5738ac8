/** How one-time tokens begin, and how they are kept out of what scripts leave behind. Needs nothing else: errors of scripts are made where nothing else is. */

export const oneTimePrefix = 'sluice-once.'

/** The characters of base64 that the prefix alone decides, for each of the three places in a group of bytes where it can begin. */
const inBase64 = [0, 1, 2].map((before) => {
  const encoded = Buffer.from('-'.repeat(before) + oneTimePrefix).toString('base64')
  return encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + oneTimePrefix.length) * 8) / 6))
})
const inHex = Buffer.from(oneTimePrefix).toString('hex')

const shown = new RegExp(String.raw`sluice-once\.[\w.-]*|(?:${inBase64.join('|')})[\w+/-]*={0,2}|${inHex}[0-9a-f]*`, 'gi')
const signs = [oneTimePrefix, ...inBase64, inHex]

/** A text that scripts had a hand in, as it may be kept and answered. */
export const maskTokens = (text: string): string => (signs.some((sign) => text.includes(sign)) ? text.replaceAll(shown, '******') : text)

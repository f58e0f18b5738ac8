/** As RFC 3986 and 5849 want texts encoded: all but letters, digits and `-._~`. */

export const encodeStrictly = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)

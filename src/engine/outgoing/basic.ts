/** User name and password as basic authorization has them, from the fields of a connection or from its URL. */

export const encodeBasic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

/** Undefined where the URL has none. */
export function readUserInfo({ username, password }: URL): { readonly password: string; readonly basic: string } | undefined {
  if (username === '') return undefined
  return { password: decoded(password), basic: encodeBasic(decoded(username), decoded(password)) }
}

/** User info is decoded where it is encoded; `100%` is a password too. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Which addresses are the connection's own. */

/** Whether a URL lies at the connection's own origin: credentials go nowhere else, whoever wrote the URL. */
export function isOwnOrigin(origin: string, url: string): boolean {
  return url.startsWith(origin) && (url.length === origin.length || '/?#'.includes(url.charAt(origin.length)))
}

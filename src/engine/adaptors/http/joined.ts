/** The address of a request, from what its connection and its step say of it. */

/** After the base URI, with exactly one slash between; a full URL stands for itself. The slash also keeps `@host` from becoming the host. */
export function joined(baseURI: string, relativeURI: string): string {
  const relative = relativeURI.trim()
  if (/^https?:\/\//i.test(relative)) return upgraded(baseURI, relative)
  if (relative === '' || relative.startsWith('?')) return `${baseURI}${relative}`
  return `${baseURI}${relative.startsWith('/') ? '' : '/'}${relative}`
}

/** Servers behind a TLS proxy name themselves with http:; credentials would be held back from that origin, so it is read as what is meant. */
function upgraded(baseURI: string, absolute: string): string {
  const url = URL.parse(absolute)
  if (!url) return absolute
  const base = new URL(baseURI)
  if (base.protocol === 'https:' && url.protocol === 'http:' && url.hostname === base.hostname && url.port === '')
    return url.href.replace(/^http:/, 'https:')
  return url.href
}

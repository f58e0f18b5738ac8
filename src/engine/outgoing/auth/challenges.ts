/** How an application says what proof it wants: the header `WWW-Authenticate` (RFC 9110, 11.6.1), several challenges in one header or in several. */

interface AskedProof {
  /** In small letters. */
  readonly scheme: string
  /** By their names in small letters. */
  readonly parameters: ReadonlyMap<string, string>
}

/** A header is at most 16 KB; none of these looks back. */
const parameter = /^([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))/
const scheme = /^([\w!#$%&'*+.^`|~-]+)(?=\s|,|$)/

export function readChallenges(header: string | string[] | undefined): AskedProof[] {
  const found: { scheme: string; parameters: Map<string, string> }[] = []
  for (let rest = [header ?? []].flat().join(', ').trim(); rest !== '';) {
    const [read, name, quoted, plain] = parameter.exec(rest) ?? []
    const [begun] = read === undefined ? (scheme.exec(rest) ?? []) : []
    if (read !== undefined && name !== undefined) {
      const value = quoted?.replaceAll(/\\(.)/g, '$1') ?? plain ?? ''
      found.at(-1)?.parameters.set(name.toLowerCase(), value)
    } else if (begun !== undefined) found.push({ scheme: begun.toLowerCase(), parameters: new Map() })
    rest = rest.slice((read ?? begun)?.length || 1).replace(/^[\s,]+/, '')
  }
  return found
}

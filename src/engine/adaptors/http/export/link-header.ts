/** The `Link` header of RFC 8288, as far as paging needs it: the target of one relation. */

/** Relations are compared as they are written: `linkHeaderRelation` is case-sensitive in integrator.io. */
export function linkTarget(header: string | string[] | undefined, relation: string): string | undefined {
  for (const [, target = '', parameters = ''] of String(header ?? '').matchAll(/<([^<>]*)>([^<]*)/g)) {
    const rel = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i.exec(parameters)
    if ((rel?.[1] ?? rel?.[2] ?? '').split(/\s+/).includes(relation)) return target
  }
  return undefined
}

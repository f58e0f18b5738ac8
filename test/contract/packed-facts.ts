/** Facts with each set of fields written once, however many operations have it: so the fixture can be read. */
import type { Facts, Fields, OperationFacts } from './openapi-facts.ts'

/** Fields as they stand, or the name of the set they are; `[]` before it where the body is a list of such. */
type Packed<T> = { [K in keyof T]: T[K] extends Fields | undefined ? unknown : Packed<T[K]> }
export interface PackedFacts {
  readonly operations: Readonly<Record<string, Packed<OperationFacts>>>
  readonly sets: Readonly<Record<string, Fields>>
}

export function packed(facts: Facts): PackedFacts {
  const sets: Record<string, Fields> = {}
  const names = new Map<string, string>()
  const nameOf = (fields: Fields, name: string): string => {
    const text = JSON.stringify(fields)
    const known = names.get(text)
    if (known !== undefined) return known
    names.set(text, name)
    sets[name] = fields
    return name
  }
  const pack = (fields: Fields | undefined, name: string): unknown => {
    if (!fields) return undefined
    if (!fields['[]'] || JSON.stringify(fields['']) !== '{"type":"array"}') return nameOf(fields, name)
    const items = Object.entries(fields).filter(([path]) => path !== '')
    return `[]${nameOf(Object.fromEntries(items.map(([path, fact]) => [path.replace(/^\[\]\.?/, ''), fact])), name)}`
  }
  const operations = Object.entries(facts).map(([name, { operationId, parameters, request, responses }]) => [
    name,
    {
      operationId,
      parameters,
      ...(request && { request: { required: request.required, fields: pack(request.fields, `${operationId} body`) } }),
      responses: Object.fromEntries(
        Object.entries(responses).map(([status, { headers, fields }]) => [
          status,
          { headers, fields: pack(fields, `${operationId} ${status}`) },
        ]),
      ),
    },
  ])
  return { operations: Object.fromEntries(operations) as PackedFacts['operations'], sets }
}

export function unpacked({ operations, sets }: PackedFacts): Facts {
  const unpack = (name: unknown): Fields | undefined => {
    if (typeof name !== 'string') return undefined
    if (!name.startsWith('[]')) return sets[name]
    const items = Object.entries(sets[name.slice(2)] ?? {}).map(([path, fact]) => [
      path === '' || /^[[{]/.test(path) ? `[]${path}` : `[].${path}`,
      fact,
    ])
    return { '': { type: 'array' }, ...Object.fromEntries(items) } as Fields
  }
  const all = Object.entries(operations).map(([name, operation]) => [
    name,
    {
      ...operation,
      ...(operation.request && { request: { ...operation.request, fields: unpack(operation.request.fields) } }),
      responses: Object.fromEntries(
        Object.entries(operation.responses).map(([status, { headers, fields }]) => [
          status,
          { ...(headers && { headers }), ...(fields !== undefined && { fields: unpack(fields) }) },
        ]),
      ),
    },
  ])
  return Object.fromEntries(all) as Facts
}

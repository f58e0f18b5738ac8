/** What an OpenAPI document says of its operations, as plain facts that can be compared: links followed, parts of an `allOf` put together, no prose. */

type Json = Record<string, unknown>

export interface Fact {
  readonly type?: unknown
  readonly enum?: readonly unknown[]
  readonly format?: string
  readonly required?: true
  readonly readOnly?: true
  /** Any other fields are kept too. */
  readonly open?: true
  readonly minimum?: number
  readonly minLength?: number
  readonly minItems?: number
}
/** By path: `errors[].code`, `form.fieldMap{}.id`; what the body itself is stands under the empty path. */
export type Fields = Readonly<Record<string, Fact>>

export interface OperationFacts {
  readonly operationId: string
  /** By place and name: `query limit`. */
  readonly parameters: Readonly<Record<string, Fact>>
  readonly request?: { readonly required: boolean; readonly fields: Fields }
  /** By status. A status without a body has no fields. */
  readonly responses: Readonly<Record<string, { readonly headers?: readonly string[]; readonly fields?: Fields }>>
}
/** By method and path: `GET /v1/integrations/{_id}`. */
export type Facts = Readonly<Record<string, OperationFacts>>

const methods = ['get', 'post', 'put', 'patch', 'delete']
/** Schemas link to themselves: what lies deeper is told already. */
const deepest = 9

export function factsOf(document: Json): Facts {
  const follow = (node: unknown): Json => {
    const { $ref } = node as { $ref?: string }
    if ($ref === undefined) return node as Json
    const target = $ref
      .slice(2)
      .split('/')
      .reduce<unknown>((at, key) => (at as Json)[key], document)
    return follow(target)
  }
  const found: [string, OperationFacts][] = []
  for (const [path, item] of Object.entries(document['paths'] as Json))
    for (const [method, operation] of Object.entries(item as Json))
      if (methods.includes(method)) found.push([`${method.toUpperCase()} ${path}`, operationFacts(operation as Json, follow)])
  return Object.fromEntries(found)
}

type Follow = (node: unknown) => Json

function operationFacts(operation: Json, follow: Follow): OperationFacts {
  const parameters = ((operation['parameters'] ?? []) as unknown[]).map(follow)
  const body = operation['requestBody'] === undefined ? undefined : follow(operation['requestBody'])
  const responses = Object.entries(operation['responses'] as Json).map(
    ([status, response]): [string, OperationFacts['responses'][string]] => {
      const { content, headers } = follow(response)
      const schema = schemaOf(content)
      return [
        status,
        { ...(headers !== undefined && { headers: Object.keys(headers as Json) }), ...(schema && { fields: fieldsOf(schema, follow) }) },
      ]
    },
  )
  return {
    operationId: operation['operationId'] as string,
    parameters: Object.fromEntries(
      parameters.map((each) => [
        `${String(each['in'])} ${String(each['name'])}`,
        factOf(follow(each['schema']), each['required'] === true, follow),
      ]),
    ),
    ...(body && { request: { required: body['required'] === true, fields: fieldsOf(schemaOf(body['content']) ?? {}, follow) } }),
    responses: Object.fromEntries(responses),
  }
}

const schemaOf = (content: unknown): Json | undefined =>
  (content as Record<string, { schema: Json }> | undefined)?.['application/json']?.schema

function fieldsOf(schema: Json, follow: Follow): Fields {
  const fields: Record<string, Fact> = {}
  const look = (node: unknown, path: string, required: boolean, depth: number): void => {
    const whole = together(node, follow)
    fields[path] = factOf(whole, required, follow)
    if (depth >= deepest) return
    const needed = (whole['required'] ?? []) as string[]
    for (const [name, below] of Object.entries((whole['properties'] ?? {}) as Json))
      look(below, path === '' ? name : `${path}.${name}`, needed.includes(name), depth + 1)
    if (whole['items'] !== undefined) look(whole['items'], `${path}[]`, false, depth + 1)
    if (typeof whole['additionalProperties'] === 'object') look(whole['additionalProperties'], `${path}{}`, false, depth + 1)
  }
  look(schema, '', false, 0)
  return fields
}

/** One schema of all its parts. */
function together(node: unknown, follow: Follow): Json {
  const { allOf, ...own } = follow(node)
  return ((allOf ?? []) as unknown[]).map((part) => together(part, follow)).reduce(merged, own)
}

const merged = (a: Json, b: Json): Json => ({
  ...a,
  ...b,
  ...((a['properties'] ?? b['properties']) !== undefined && { properties: { ...(a['properties'] as Json), ...(b['properties'] as Json) } }),
  ...((a['required'] ?? b['required']) !== undefined && {
    required: [...((a['required'] ?? []) as string[]), ...((b['required'] ?? []) as string[])],
  }),
})

function factOf(node: Json, required: boolean, follow: Follow): Fact {
  const ways = ((node['oneOf'] ?? node['anyOf'] ?? []) as unknown[]).map((way) => together(way, follow)['type'])
  const types = [...new Set([node['type'], ...ways].flat().filter((type) => type !== undefined))].map(String).toSorted()
  const kept = ['format', 'minimum', 'minLength', 'minItems'].filter((key) => node[key] !== undefined).map((key) => [key, node[key]])
  return {
    ...(types.length > 0 && { type: types.length === 1 ? types[0] : types }),
    ...(node['enum'] !== undefined && { enum: (node['enum'] as unknown[]).map(String).toSorted() }),
    ...Object.fromEntries(kept),
    ...(required && { required: true }),
    ...(node['readOnly'] === true && { readOnly: true }),
    ...(node['additionalProperties'] === true && { open: true }),
  }
}

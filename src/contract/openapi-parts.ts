/** What an OpenAPI document says more than once it says once, under a name of its own, and links: schemas and answers that are alike to the letter. */

type Json = Readonly<Record<string, unknown>>
type Operations = Readonly<Record<string, Readonly<Record<string, Json>>>>

/** Characters of JSON from which a schema is worth a name. */
const shortest = 200

interface Part {
  readonly name: string
  readonly schema: Json
  times: number
}

/** The schemas of components and the paths, as they are to be written, and the answers that they link to. */
export function sharedParts(schemas: Json, paths: Operations): { schemas: Json; responses: Json; paths: Operations } {
  const parts = partsOf(schemas)
  for (const [name, schema] of Object.entries(schemas)) for (const below of childrenOf(schema as Json, stem(name))) parts.count(...below)
  for (const { place, schema } of bodiesOf(paths)) parts.count(schema, place)
  const linked = withSchemas(paths, parts.link)
  const answers = repeatedAnswers(linked)
  return {
    schemas: {
      ...Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, parts.inside(schema as Json)])),
      ...parts.made(),
    },
    responses: Object.fromEntries([...answers].map(([text, name]) => [name, JSON.parse(text) as Json])),
    paths: withAnswers(linked, (answer) => {
      const name = answers.get(JSON.stringify(answer))
      return name === undefined ? answer : { $ref: `#/components/responses/${name}` }
    }),
  }
}

function partsOf(named: Json) {
  const byText = new Map<string, Part>(
    Object.entries(named).map(([name, schema]) => [JSON.stringify(schema), { name, schema: schema as Json, times: Infinity }]),
  )
  const names = new Set(Object.keys(named))
  const unused = (name: string, number = 1): string => {
    const tried = number === 1 ? name : `${name}${number}`
    return names.has(tried) ? unused(name, number + 1) : tried
  }
  /** What lies in a part is counted once, however often the part itself is met. */
  const count = (schema: Json, name: string): void => {
    const text = JSON.stringify(schema)
    const known = byText.get(text)
    if (known) {
      known.times++
      return
    }
    if (text.length >= shortest && ('properties' in schema || 'enum' in schema)) {
      const own = unused(name)
      names.add(own)
      byText.set(text, { name: own, schema, times: 1 })
    }
    for (const below of childrenOf(schema, name)) count(...below)
  }
  const link = (schema: Json): Json => {
    const part = byText.get(JSON.stringify(schema))
    return part && part.times > 1 ? { $ref: `#/components/schemas/${part.name}` } : inside(schema)
  }
  const inside = (schema: Json): Json => mapChildren(schema, link)
  const made = (): Json =>
    Object.fromEntries(
      [...byText.values()].filter(({ name, times }) => times > 1 && !(name in named)).map(({ name, schema }) => [name, inside(schema)]),
    )
  return { count, link, inside, made }
}

const pascal = (name: string): string =>
  name.replace(/^_+/, '').replaceAll(/(?:^|[^A-Za-z0-9]+)([A-Za-z0-9])/g, (_all, first: string) => first.toUpperCase())
/** `ConnectionRequest` and `Connection` have most of their fields in common. */
const stem = (name: string): string => name.replace(/Request$/, '')

/** Schemas right below a schema, with names for them. Conditions (`if`, `allOf`) stay where they are. */
function childrenOf({ properties, items, additionalProperties }: Json, name: string): [Json, string][] {
  return [
    ...Object.entries((properties ?? {}) as Json).map(([field, schema]): [Json, string] => [schema as Json, name + pascal(field)]),
    ...[items, additionalProperties].filter(isSchema).map((schema): [Json, string] => [schema, `${name}Entry`]),
  ]
}

const isSchema = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

function mapChildren(schema: Json, map: (schema: Json) => Json): Json {
  const { properties, items, additionalProperties } = schema
  return {
    ...schema,
    ...(isSchema(properties) && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, below]) => [name, map(below as Json)])),
    }),
    ...(isSchema(items) && { items: map(items) }),
    ...(isSchema(additionalProperties) && { additionalProperties: map(additionalProperties) }),
  }
}

/** Refusals are put aside as a whole. */
const isDone = (status: number): boolean => status < 400

type Content = Readonly<Record<string, { readonly schema: Json }>>
const withContent = (holder: Json, map: (schema: Json) => Json): Json => {
  const content = holder['content'] as Content | undefined
  return content
    ? {
        ...holder,
        content: Object.fromEntries(Object.entries(content).map(([type, { schema, ...rest }]) => [type, { schema: map(schema), ...rest }])),
      }
    : holder
}

const mapOperations = (paths: Operations, map: (operation: Json) => Json): Operations =>
  Object.fromEntries(
    Object.entries(paths).map(([path, methods]) => [
      path,
      Object.fromEntries(Object.entries(methods).map(([method, operation]) => [method, map(operation)])),
    ]),
  )

const withAnswers = (paths: Operations, map: (answer: Json, status: number) => Json): Operations =>
  mapOperations(paths, (operation) => ({
    ...operation,
    responses: Object.fromEntries(
      Object.entries(operation['responses'] as Json).map(([status, answer]) => [status, map(answer as Json, Number(status))]),
    ),
  }))

const withSchemas = (paths: Operations, map: (schema: Json) => Json): Operations =>
  mapOperations(
    withAnswers(paths, (answer, status) => (isDone(status) ? withContent(answer, map) : answer)),
    (operation) => {
      const body = operation['requestBody'] as Json | undefined
      return body ? { ...operation, requestBody: withContent(body, map) } : operation
    },
  )

function bodiesOf(paths: Operations): { readonly place: string; readonly schema: Json }[] {
  const found: { place: string; schema: Json }[] = []
  mapOperations(paths, (operation) => {
    const id = pascal(String(operation['operationId']))
    const note = (end: string) => (schema: Json) => (found.push({ place: id + end, schema }), schema)
    withContent((operation['requestBody'] ?? {}) as Json, note('Body'))
    for (const [status, answer] of Object.entries(operation['responses'] as Json))
      if (isDone(Number(status))) withContent(answer as Json, note('Result'))
    return operation
  })
  return found
}

/** Answers that more than one operation gives, with their names: the status and what it may mean. */
function repeatedAnswers(paths: Operations): ReadonlyMap<string, string> {
  const met = new Map<string, { readonly name: string; times: number }>()
  mapOperations(paths, (operation) => {
    for (const [status, answer] of Object.entries(operation['responses'] as Json)) {
      const { description } = answer as { description: string }
      const text = JSON.stringify(answer)
      const codes = [...description.matchAll(/`(\w+)`/g)].map(([, code]) => code).join('-')
      const known = met.get(text)
      if (known) known.times++
      else if (!isDone(Number(status))) met.set(text, { name: `${status}-${codes === '' ? 'unauthorized' : codes}`, times: 1 })
    }
    return operation
  })
  return new Map([...met].filter(([, { times }]) => times > 1).map(([text, { name }]) => [text, name]))
}

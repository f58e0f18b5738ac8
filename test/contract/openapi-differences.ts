/** Where the served contract is another than the documented one: what is missing, and what is of another type, enum, format or requiredness. */
import type { Fact, Facts, Fields, OperationFacts } from './openapi-facts.ts'

export interface Difference {
  /** `GET /v1/integrations/{_id} 200 flowGroupings[].name`. */
  readonly at: string
  readonly documented: string
  readonly served: string
  /** The words that differ, where both have the field: `required`, `format`. */
  readonly words?: readonly string[]
}

/** What the served contract has besides the documented one is no difference, unless a caller has to send it. */
export function differencesOf(documented: Facts, served: Facts): Difference[] {
  return Object.entries(documented).flatMap(([name, operation]) => {
    const ours = served[name]
    return ours ? ofOperation(name, operation, ours) : [{ at: name, documented: operation.operationId, served: 'nothing' }]
  })
}

function ofOperation(name: string, documented: OperationFacts, served: OperationFacts): Difference[] {
  const found: Difference[] = []
  if (documented.operationId !== served.operationId)
    found.push({ at: `${name} operationId`, documented: documented.operationId, served: served.operationId })
  found.push(...ofFields(name, documented.parameters, served.parameters))
  found.push(...demanded(name, documented.parameters, served.parameters))
  found.push(...ofRequest(`${name} body`, documented.request, served.request))
  for (const [status, { headers = [], fields }] of Object.entries(documented.responses)) {
    const at = `${name} ${status}`
    const ours = served.responses[status]
    if (!ours) found.push({ at, documented: 'a response', served: 'none' })
    else {
      for (const header of headers)
        if (!ours.headers?.includes(header)) found.push({ at: `${at} header ${header}`, documented: 'a header', served: 'none' })
      found.push(...ofFields(at, fields ?? {}, ours.fields ?? {}))
    }
  }
  return found
}

function ofRequest(at: string, documented: OperationFacts['request'], served: OperationFacts['request']): Difference[] {
  if (!documented || !served) {
    if (!documented && !served?.required) return []
    return [{ at, documented: documented ? 'a body' : 'no body', served: served ? 'a body' : 'no body' }]
  }
  const required = documented.required === served.required ? [] : [{ at, documented: needed(documented), served: needed(served) }]
  return [...required, ...ofFields(at, documented.fields, served.fields), ...demanded(at, documented.fields, served.fields)]
}

const needed = ({ required }: { required: boolean }): string => (required ? 'required' : 'optional')

/** What the served contract requires and the documented one does not know. Within what it does not know nothing has to be sent. */
const demanded = (at: string, documented: Fields, served: Fields): Difference[] =>
  Object.entries(served)
    .filter(([path, { required }]) => required && !documented[path] && (parentOf(path) === '' || documented[parentOf(path)]))
    .map(([path]) => ({ at: `${at} ${path}`, documented: 'nothing', served: 'required' }))

const parentOf = (path: string): string => path.replace(/(?:\.|\[\]|\{\})?[^.[\]{}]*$/, '')

/** Of a field that is missing as a whole, what lies within it is not told. */
function ofFields(at: string, documented: Fields, served: Fields): Difference[] {
  const missing: string[] = []
  const found: Difference[] = []
  for (const [path, fact] of Object.entries(documented)) {
    if (missing.some((parent) => path.startsWith(`${parent}.`) || path.startsWith(`${parent}[`) || path.startsWith(`${parent}{`))) continue
    const ours = served[path]
    const where = `${at} ${path}`.trimEnd()
    if (!ours) {
      missing.push(path)
      found.push({ at: where, documented: JSON.stringify(fact), served: 'nothing' })
    } else {
      const words = wordsApart(fact, ours)
      if (words.length > 0) found.push({ at: where, documented: wordsOf(fact), served: wordsOf(ours), words })
    }
  }
  return found
}

/** A schema that does not say whether it is open is open. */
const wordsApart = (documented: Fact, served: Fact): string[] =>
  [...new Set([...Object.keys(documented), ...Object.keys(served)])].filter((word) => {
    const [theirs, ours] = [documented[word as keyof Fact], served[word as keyof Fact]]
    return JSON.stringify(theirs) !== JSON.stringify(ours) && !(word === 'open' && theirs === undefined)
  })

/** Written alike whatever the order of the words. */
const wordsOf = (fact: Fact): string => JSON.stringify(Object.fromEntries(Object.entries(fact).toSorted(([a], [b]) => a.localeCompare(b))))

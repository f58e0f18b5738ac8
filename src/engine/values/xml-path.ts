/** Paths to elements of an XML text that is read once from its beginning: the part of XPath that can be told when an element opens. */

/** An element on the way to the one that is asked about. */
export interface XmlPlace {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
}

interface Step {
  /** `*` is any. */
  readonly name: string
  /** It may be any number of levels below the one before. */
  readonly isDeep: boolean
  readonly conditions: readonly { readonly attribute: string; readonly value?: string }[]
}

export interface XmlPath {
  /** It begins at the root of the document, and not at a record. */
  readonly isAbsolute: boolean
  readonly steps: readonly Step[]
  /** The last step is an attribute. */
  readonly attribute?: string
}

export class InvalidXmlPath extends Error {
  override readonly name = 'InvalidXmlPath'
}

/** Characters of one path: longer ones are mistakes. */
const maxPath = 2_000
const stepForm = /^([\p{L}_*][\p{L}\p{N}_.:-]*)((?:\[@[\p{L}_][\p{L}\p{N}_.:-]*(?:\s*=\s*(?:"[^"]*"|'[^']*'))?\])*)$/u
const conditionForm = /\[@([^\]=\s]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'))?\]/g

/** `/Orders/Order`, `//Order`, `Lines/*`, `//Order[@type="new"]`, `Line/@id`. Throws `InvalidXmlPath`. */
export function compileXmlPath(path: string): XmlPath {
  const text = path.trim()
  const steps: Step[] = []
  let attribute: string | undefined
  const parts = text.length > maxPath ? [] : text.match(/\/\/?|(?:\[[^\]]*\]|[^/[\]])+/g)
  let isDeep = false
  for (const part of parts ?? []) {
    if (part.startsWith('/')) {
      isDeep = part === '//'
      continue
    }
    const [, name, conditions] = stepForm.exec(part) ?? []
    if (attribute !== undefined || (name === undefined && !/^@[^\s@[\]]+$/.test(part))) throw invalidPath(path)
    if (name === undefined) {
      attribute = part.slice(1)
      if (isDeep) steps.push({ name: '*', isDeep, conditions: [] })
    } else steps.push({ name, isDeep, conditions: conditionsOf(conditions ?? '') })
    isDeep = false
  }
  if (steps.length === 0 && attribute === undefined) throw invalidPath(path)
  return { isAbsolute: text.startsWith('/'), steps, ...(attribute !== undefined && { attribute }) }
}

const conditionsOf = (text: string): Step['conditions'] =>
  [...text.matchAll(conditionForm)].map(([, attribute = '', double, single]) => {
    const value = double ?? single
    return value === undefined ? { attribute } : { attribute, value }
  })

const invalidPath = (path: string): InvalidXmlPath =>
  new InvalidXmlPath(
    `"${path.slice(0, 200)}" is no path that XML can be read by: it may hold names, * and //, such as /Orders/Order or //Order[@type="new"].`,
  )

/** Whether the last of the places, or an attribute of it, is what the path leads to. A path that is not absolute begins below the place `from`. */
export function matchesXmlPath(
  { isAbsolute, steps, attribute }: XmlPath,
  places: readonly XmlPlace[],
  from: number,
  named?: string,
): boolean {
  if (!isSameName(attribute, named)) return false
  return matchesFrom(steps, 0, places, isAbsolute ? 0 : from + 1)
}

function matchesFrom(steps: readonly Step[], at: number, places: readonly XmlPlace[], place: number): boolean {
  const step = steps[at]
  if (!step) return place === places.length
  const most = step.isDeep ? places.length - 1 : place
  for (let next = place; next <= most && next < places.length; next++)
    if (isStep(step, places[next] as XmlPlace) && matchesFrom(steps, at + 1, places, next + 1)) return true
  return false
}

const isStep = ({ name, conditions }: Step, place: XmlPlace): boolean =>
  (name === '*' || isSameName(name, place.name)) &&
  conditions.every(({ attribute, value }) =>
    Object.entries(place.attributes).some(([key, held]) => isSameName(attribute, key) && (value === undefined || held === value)),
  )

/** A name without a prefix is of any namespace. */
function isSameName(wanted: string | undefined, name: string | undefined): boolean {
  if (wanted === undefined || name === undefined || wanted === name) return wanted === name
  return !wanted.includes(':') && name.endsWith(`:${wanted}`)
}

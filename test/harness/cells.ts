/** What random edits change of documents: cells that are read from them, written into them, and found in the paths of conflicts. */
import { mapping } from './related.ts'
import type { Body } from './samples.ts'
import type { Resource } from './two-sides.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- documents of every shape
type Doc = any

/** Lines that are edited stand between lines that nobody touches. */
export const textOf = (lines: readonly string[]): string => lines.map((line, i) => `// ${line}\nfunction f${i}() {}\n`).join('\n')
const linesIn = (content: string): string[] => [...content.matchAll(/^\/\/ (.*)$/gm)].map(([, line]) => line as string)

export function cellsOf(resource: string, doc: Doc): Resource {
  const { name, description } = doc
  const cells: Record<string, unknown> = { description }
  if (resource === 'integration') cells['name'] = name
  else if (resource === 'source') cells['relativeURI'] = doc.http.relativeURI
  else if (resource === 'sink') for (const { generate, extract } of doc.mappings) cells[`mapping ${generate}`] = extract.split(' of ')[0]
  else if (resource === 'script') linesIn(doc.content).forEach((line, i) => (cells[`line ${i}`] = line))
  else Object.assign(cells, { schedule: doc.schedule, disabled: doc.disabled ?? false, setting: doc.settings?.a })
  return Object.fromEntries(Object.entries(cells).filter(([, value]) => value !== undefined))
}

/** The fields of `doc` that change with a cell. */
export function bodyFrom(doc: Doc, cell: string, value: string | boolean | undefined): Body {
  const [kind, which = ''] = cell.split(' ')
  if (kind === 'relativeURI') return { http: { ...doc.http, relativeURI: value } }
  if (kind === 'setting') return { settings: { ...doc.settings, a: value } }
  if (kind === 'line') return { content: textOf(linesIn(doc.content).with(Number(which), String(value))) }
  if (kind !== 'mapping') return { [cell]: value }
  const others = doc.mappings.filter(({ generate }: Doc) => generate !== which)
  if (value === undefined) return { mappings: others }
  const at = doc.mappings.findIndex(({ generate }: Doc) => generate === which)
  // No two fields have one source: one that is gone and one that is new are not the same under another name.
  const item = mapping(which, `${String(value)} of ${which}`)
  return { mappings: at === -1 ? [...others, item] : doc.mappings.with(at, item) }
}

export function pathOf(cell: string, { ours, theirs }: { readonly ours: unknown; readonly theirs: unknown }): string {
  const [kind, which] = cell.split(' ')
  if (kind === 'relativeURI') return 'http.relativeURI'
  if (kind === 'setting') return 'settings.a'
  if (kind === 'line') return 'content'
  if (kind !== 'mapping') return cell
  return ours === undefined || theirs === undefined ? `mappings[generate=${which}]` : `mappings[generate=${which}].extract`
}

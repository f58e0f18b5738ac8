/** Says who wrote the texts of scripts that a pull, a revert or files bring: what somebody wrote who manages some integrations only keeps their bounds. */
import type { ScriptAuthors } from '../access/code-rights.ts'
import type { Definition, Hash } from '../definitions/definition.ts'
import { remapIds } from '../definitions/remap-ids.ts'
import type { IntegrationPlace } from './snapshots/lineage.ts'
import type { Plan } from './merge/merge-states.ts'
import { loadDefinitions, loadTree } from './snapshots/integration-state.ts'
import type { RowsOf } from '../ports/store.ts'

export interface ScriptText {
  readonly content: unknown
  /** The integrations that its authors manage; undefined where they manage the account. */
  readonly authors: readonly string[] | undefined
}

/** Of a state, as it was kept. */
export async function readStateTexts(
  rows: RowsOf<'snapshots'>,
  envId: string,
  { steps }: Plan,
  state: Hash,
): Promise<ReadonlyMap<string, ScriptText>> {
  const ids = new Set(steps.filter(({ collection, after }) => collection === 'scripts' && after).map(({ id }) => id))
  if (ids.size === 0) return new Map()
  const nodes = (await loadTree(rows, envId, state)).filter(({ collection, id }) => collection === 'scripts' && ids.has(id))
  const hashes = nodes.map(({ hash }) => hash)
  const load = await loadDefinitions(rows, envId, hashes)
  const authors = await rows.snapshots.readAuthors(envId, hashes)
  return new Map(nodes.map(({ id, hash }) => [id, { content: load(hash).content, authors: authors.get(hash) }]))
}

/** Of the relative that a pull comes from, in ids of this side: who pulls a text did not write it. */
export async function readRelativeTexts(
  rows: RowsOf<'documents'>,
  other: IntegrationPlace,
  { steps }: Plan,
  ids: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, ScriptText>> {
  const sources = new Map([...ids].map(([from, to]) => [to, from]))
  const texts = new Map<string, ScriptText>()
  for (const { collection, id, after } of steps) {
    const from = sources.get(id)
    if (collection !== 'scripts' || !after || from === undefined) continue
    const found = (await rows.documents.find(other.envId, 'scripts', from))?.doc
    const authors = found?._authorIntegrationIds
    if (found) texts.set(id, { content: found.content, authors: authors && remapIds(authors, ids) })
  }
  return texts
}

/** A text that was merged of two is bound by the authors of both. */
export function toAuthors(after: Definition, before: Definition | undefined, origin: ScriptText | undefined): ScriptAuthors | undefined {
  const { content } = after
  if (content === before?.content) return undefined
  const kept = (before as ScriptAuthors | undefined)?._authorIntegrationIds
  const bounds = [origin?.authors, origin && content === origin.content ? undefined : kept]
  const [first, ...others] = bounds.filter((authors) => authors !== undefined)
  return first && { _authorIntegrationIds: first.filter((id) => others.every((each) => each.includes(id))) }
}

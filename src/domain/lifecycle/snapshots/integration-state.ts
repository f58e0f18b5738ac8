/** Reads and stores the state of an integration. A resource that did not change since the last time is not read again. */
import { notFound } from '../../documents/documents.ts'
import { DomainError } from '../../errors.ts'
import { membershipRules } from '../../access/membership.ts'
import type { ScriptAuthors } from '../../access/code-rights.ts'
import type { ChangedResource, SnapshotRules, StoredDefinition } from '../../ports/snapshots.ts'
import { canonical, definitionFormat, toDefinition, hashText, type Definition, type Hash } from '../../definitions/definition.ts'
import { parseTree, buildTree, formatTree, type TreeNode, type Tree } from './tree.ts'
import type { Doc } from '../../ports/document.ts'
import type { RowsOf } from '../../ports/store.ts'

/** Resources of one state. All of their hashes are in memory at once while states are compared. */
const maxResources = 10_000

/** What a clone takes along, but for connections that are only registered: no step is bound to them, so the integration works the same without. */
const closureRules: SnapshotRules = {
  ...membershipRules,
  unless: [...membershipRules.unless, '_registeredConnectionIds'],
  format: definitionFormat,
  limit: maxResources + 1,
}

export interface State {
  readonly hash: Hash
  readonly tree: Tree
}

/** Its definitions and its tree are kept when this returns, so that a revision can name them. */
export async function readState(rows: RowsOf<'snapshots'>, envId: string, integrationId: string): Promise<State> {
  await rows.snapshots.lockForPruning(envId)
  const { known, changed } = await rows.snapshots.readResources(envId, integrationId, closureRules)
  const nodes = parseTree(known)
  const count = nodes.length + changed.length
  if (count === 0) throw notFound('integrations')
  if (count > maxResources)
    throw new DomainError(
      'too_many_resources',
      `More than ${maxResources.toLocaleString('en')} documents belong to the integration.`,
      '_id',
    )
  if (changed.length === 0) return persistTree(rows, envId, nodes)
  const fresh = changed.map(toStateNode)
  await rows.snapshots.persistDefinitions(envId, fresh, fresh)
  return persistTree(rows, envId, buildTree([...nodes, ...fresh]))
}

function toStateNode({ collection, id, version, text }: ChangedResource): TreeNode & StoredDefinition & Pick<ChangedResource, 'version'> {
  const doc = JSON.parse(text) as Doc
  const definition = canonical(toDefinition(collection, doc))
  const { _authorIntegrationIds: authors } = doc as ScriptAuthors
  return { collection, id, version, text: definition, hash: hashText(definition), ...(authors && { authors }) }
}

export async function persistTree(rows: RowsOf<'snapshots'>, envId: string, tree: Tree): Promise<State> {
  const text = formatTree(tree)
  const hash = hashText(text)
  if (!(await rows.snapshots.hasTree(envId, hash))) await rows.snapshots.persistTree(envId, hash, text)
  return { hash, tree }
}

export async function loadTree(rows: RowsOf<'snapshots'>, envId: string, hash: Hash): Promise<Tree> {
  const nodes = await rows.snapshots.readTree(envId, hash)
  if (nodes === undefined) throw new Error(`the state ${hash} is named and not kept`)
  return parseTree(nodes)
}

/** The definitions of these hashes, as a function that answers each. */
export async function loadDefinitions(
  rows: RowsOf<'snapshots'>,
  envId: string,
  hashes: readonly Hash[],
): Promise<(hash: Hash) => Definition> {
  const texts = await rows.snapshots.readDefinitions(envId, [...new Set(hashes)])
  const parsed = new Map<Hash, Definition>()
  return (hash) => {
    const known = parsed.get(hash)
    if (known) return known
    const text = texts.get(hash)
    if (text === undefined) throw new Error(`the definition ${hash} is named and not kept`)
    const definition = JSON.parse(text) as Definition
    parsed.set(hash, definition)
    return definition
  }
}

/** Keeps definitions that no document has yet, and answers their hashes in the same order. */
export async function persistDefinitions(
  rows: RowsOf<'snapshots'>,
  envId: string,
  definitions: readonly Definition[],
): Promise<readonly Hash[]> {
  const kept = definitions.map((definition) => {
    const text = canonical(definition)
    return { text, hash: hashText(text) }
  })
  if (kept.length > 0) await rows.snapshots.persistDefinitions(envId, kept, [])
  return kept.map(({ hash }) => hash)
}

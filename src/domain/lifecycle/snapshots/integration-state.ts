/** The state of an integration, read and kept. A resource that did not change since it was last looked at is not read again. */
import { notFound } from '../../documents/documents.ts'
import { DomainError } from '../../errors.ts'
import type { Reach, Resource } from '../../ports/snapshots.ts'
import { canonical, definitionFormat, definitionOf, hashOf, type Definition, type Hash } from '../../definitions/definition.ts'
import { treeFrom, treeOf, treeText, type Node, type Tree } from './tree.ts'
import type { Doc } from '../../ports/document.ts'
import type { Rows } from '../../ports/store.ts'

/** Resources of one state. All of their hashes are in memory at once while states are compared. */
const maxResources = 10_000

/** What a clone takes along, but for connections that are only registered: no step is bound to them, so the integration works the same without. */
const reach: Reach = {
  used: ['connections', 'exports', 'imports', 'asynchelpers', 'scripts', 'lookupcaches', 'tools'],
  owned: ['flows', 'exports', 'imports', 'asynchelpers', 'lookupcaches', 'tools', 'apis'],
  unless: '(^|[.])_(runNext|keepDelta|registeredConnectionIds)',
  format: definitionFormat,
  limit: maxResources + 1,
}

export interface State {
  readonly hash: Hash
  readonly tree: Tree
}

/** Its definitions and its tree are kept when this returns, so that a revision can name them. */
export async function stateOf(rows: Rows, envId: string, integrationId: string): Promise<State> {
  await rows.states.hold(envId)
  const found = await rows.states.resources(envId, integrationId, reach)
  if (found.length === 0) throw notFound('integrations')
  if (found.length > maxResources)
    throw new DomainError(
      'too_many_resources',
      `More than ${maxResources.toLocaleString('en')} documents belong to the integration.`,
      '_id',
    )
  const fresh = found.filter(({ hash }) => hash === null).map(read)
  if (fresh.length > 0) await rows.states.keep(envId, fresh, fresh)
  const known: readonly Node[] = found.flatMap(({ collection, id, hash }) => (hash === null ? [] : [{ collection, id, hash }]))
  return keepTree(rows, envId, treeOf([...known, ...fresh]))
}

function read({ collection, id, version, text }: Resource): Node & { version: string; text: string } {
  const definition = canonical(definitionOf(collection, JSON.parse(text as string) as Doc))
  return { collection, id, version, text: definition, hash: hashOf(definition) }
}

export async function keepTree(rows: Rows, envId: string, tree: Tree): Promise<State> {
  const text = treeText(tree)
  const hash = hashOf(text)
  if (!(await rows.states.hasTree(envId, hash))) await rows.states.keepTree(envId, hash, text)
  return { hash, tree }
}

export async function treeAt(rows: Rows, envId: string, hash: Hash): Promise<Tree> {
  const nodes = await rows.states.tree(envId, hash)
  if (nodes === undefined) throw new Error(`the state ${hash} is named and not kept`)
  return treeFrom(nodes)
}

/** The definitions of these hashes, as a function that answers each. */
export async function definitionsAt(rows: Rows, envId: string, hashes: readonly Hash[]): Promise<(hash: Hash) => Definition> {
  const texts = await rows.states.definitions(envId, [...new Set(hashes)])
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
export async function keepDefinitions(rows: Rows, envId: string, definitions: readonly Definition[]): Promise<readonly Hash[]> {
  const kept = definitions.map((definition) => {
    const text = canonical(definition)
    return { text, hash: hashOf(text) }
  })
  if (kept.length > 0) await rows.states.keep(envId, kept, [])
  return kept.map(({ hash }) => hash)
}

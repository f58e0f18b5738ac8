/** What a deleted integration takes along: its flows, and what of its contents nothing outside uses. Connections, scripts and lookup caches stay. */
import type { Collection } from '../../contract/resources/index.ts'
import type { Context } from '../context.ts'
import { moveToBin } from './move-to-bin.ts'
import { isStep } from './step-paths.ts'
import { stopFlows } from './flow.ts'
import type { Key } from '../ports/document.ts'
import type { RowsOf } from '../ports/store.ts'
import { formatKey } from '../keys.ts'

/** Documents that are made for flows, or work like them, and go with the last that uses them. */
const kinds = ['exports', 'imports', 'asynchelpers', 'tools', 'apis'] as const satisfies readonly Collection[]
const isOfKind = ({ collection }: Key): boolean => (kinds as readonly string[]).includes(collection)

export async function removeContents(rows: RowsOf<'audit' | 'documents' | 'jobs'>, ctx: Context, integration: string): Promise<void> {
  const { envId } = ctx.caller
  const flows = await rows.documents.findReferring(envId, 'flows', [integration], 'integrations')
  await moveToBin(rows, ctx, 'flows', flows, integration)
  await stopFlows(rows, ctx, flows)
  const candidates = await listMembers(rows, envId, integration, flows)
  // Whoever begins to use one of them now is either seen by the next statement or waits, and then finds it gone.
  await rows.documents.lockKeys(envId, candidates)
  const kept = await findKept(rows, envId, candidates)
  for (const kind of kinds) {
    const ids = candidates.filter((key) => key.collection === kind && !kept.has(formatKey(key))).map(({ id }) => id)
    await moveToBin(rows, ctx, kind, ids, integration)
  }
}

/** The steps of these flows, what names the integration, and what these use in turn. */
async function listMembers(
  rows: RowsOf<'documents'>,
  envId: string,
  integration: string,
  flows: readonly string[],
): Promise<readonly Key[]> {
  const members = new Map<string, Key>()
  let found: Key[] = (await rows.documents.listReferences(envId, 'flows', flows)).filter(isStep)
  for (const collection of kinds) {
    const own = await rows.documents.findReferring(envId, collection, [integration], 'integrations')
    found.push(...own.map((id) => ({ collection, id })))
  }
  while (found.length > 0) {
    const fresh = found.filter((key) => isOfKind(key) && !members.has(formatKey(key)))
    for (const key of fresh) members.set(formatKey(key), { collection: key.collection, id: key.id })
    found = (await listUses(rows, envId, fresh)).map(({ to }) => to)
  }
  return [...members.values()]
}

/** Those that a document outside uses, and what these use in turn. What only uses each other is not kept. */
async function findKept(rows: RowsOf<'documents'>, envId: string, candidates: readonly Key[]): Promise<ReadonlySet<string>> {
  const uses = Map.groupBy(await listUses(rows, envId, candidates), ({ from }) => formatKey(from))
  const kept = new Set<string>()
  let found = await rows.documents.findUsed(envId, candidates)
  while (found.length > 0) {
    const fresh = found.map(formatKey).filter((name) => !kept.has(name))
    for (const name of fresh) kept.add(name)
    found = fresh.flatMap((name) => uses.get(name) ?? []).map(({ to }) => to)
  }
  return kept
}

/** Who of these refers to what. */
async function listUses(rows: RowsOf<'documents'>, envId: string, keys: readonly Key[]): Promise<readonly { from: Key; to: Key }[]> {
  const uses: { from: Key; to: Key }[] = []
  for (const collection of kinds) {
    const ids = keys.filter((key) => key.collection === collection).map(({ id }) => id)
    const references = ids.length > 0 ? await rows.documents.listReferences(envId, collection, ids) : []
    uses.push(...references.map((to) => ({ from: { collection, id: to.from }, to })))
  }
  return uses
}

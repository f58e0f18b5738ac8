/** Files of the integration itself, merged with it: what was changed in the files since they were made, and what was changed in the integration since. */
import type { IntegrationDocument } from '../../../contract/document.ts'
import { isDeepStrictEqual } from 'node:util'
import { remapIds } from '../../definitions/remap-ids.ts'
import type { Context } from '../../context.ts'
import { diffFields } from '../compare/field-diff.ts'
import type { Definition, Hash } from '../../definitions/definition.ts'
import { readName } from '../compare/diff-format.ts'
import { rebaseFiles } from './rebase-files.ts'
import { findParts } from './file-parts.ts'
import { manifestPath, invalidFile } from './archive-layout.ts'
import { matchLineEnds } from './script-files.ts'
import { toNote, type Remark } from './file-notes.ts'
import type { DefinedResource } from './state-files.ts'
import type { ParsedFiles } from './read-files.ts'
import { ownPlace, type Counterpart } from '../snapshots/lineage.ts'
import { draftRevision, type Draft, type NoChange } from '../open-revision.ts'
import { newRevision, type Note } from '../revision.ts'
import { loadDefinitions, persistDefinitions, persistTree, readState } from '../snapshots/integration-state.ts'
import { canBeDisabled } from '../disabled-flags.ts'
import { indexTree, nodeKey, parseTree, buildTree, type TreeNode, type Tree } from '../snapshots/tree.ts'
import type { RowsOf } from '../../ports/store.ts'

export interface Opening {
  readonly draft: Draft | NoChange
  readonly notes: readonly Note[]
}

export async function openOwnFiles(
  rows: RowsOf<'dependencies' | 'documents' | 'files' | 'revisions' | 'snapshots'>,
  ctx: Context,
  integration: IntegrationDocument,
  sent: ParsedFiles,
  description: string,
): Promise<Opening> {
  const { envId } = ctx.caller
  const now = await readState(rows, envId, integration._id)
  const base = sent.base === undefined ? undefined : await readBase(rows, envId, integration._id, sent.base)
  const sides = await readSides(rows, envId, sent, now.tree, base)
  const ids = await readKnownIds(rows, ctx, integration, sent)
  const { state, unused } = findParts(
    sides.elsewhere,
    sent.state.map((each) => matchLineEnds({ ...each, definition: remapIds(each.definition, ids) }, [sides.base?.(each), sides.now(each)])),
    integration._id,
  )
  await refuseForeignDocuments(rows, envId, [...now.tree, ...(base ?? [])], sent)
  refuseUnknownGroups(sent, state, sides)
  const remarks = [
    ...(base ? [] : [noBase]),
    ...unused.map((each): Remark => ({
      code: 'unused_file',
      of: each,
      message: 'nothing of the integration uses it, so it is no part of it and was left out.',
    })),
    ...findEditedConnections(state, sides),
    ...findNewerHere(state, sides),
    ...findArrivals(state, sides),
  ]
  const notes = remarks.map((remark) => toNote(remark, sent.paths))
  const files = await persistState(rows, envId, state)
  const drawn = await rebaseFiles(rows, ctx, integration, { files, ...(sent.base !== undefined && { base: sent.base }) }, [])
  const fields = { type: 'pull', status: 'inprogress', description, filesHash: files, ...(notes.length > 0 && { notes }) } as const
  const doc = newRevision(ctx, { _id: integration._id, name: readName(integration) }, { ...fields, ...drawn.fields })
  const { theirs, counterparts } = drawn
  const draft = await draftRevision(rows, ctx, {
    doc,
    work: { files, theirs, counterparts, ...(sent.base !== undefined && { base: sent.base }) },
  })
  return { draft, notes }
}

const noBase: Remark = {
  code: 'no_base',
  file: manifestPath,
  message:
    'it names no base, so nobody could tell what was changed here since the files were made: they took the place of the whole integration.',
}

/** A state that this integration was in, or that files of it held. */
async function readBase(rows: RowsOf<'snapshots'>, envId: string, integrationId: string, hash: Hash): Promise<Tree> {
  const nodes = await rows.snapshots.readTree(envId, hash)
  const tree = nodes === undefined ? [] : parseTree(nodes)
  if (tree.some(({ collection, id }) => collection === 'integrations' && id === integrationId)) return tree
  throw invalidFile(
    manifestPath,
    `its base ${hash} is no state of the integration that is kept here. Export the files again and change those, or leave base out to replace the integration by the files.`,
  )
}

/** The resources that files hold, as they are here, and as they were in the base. */
interface FileSides {
  readonly now: (of: Pick<TreeNode, 'collection' | 'id'>) => Definition | undefined
  /** Undefined where the files name no base. */
  readonly base: ((of: Pick<TreeNode, 'collection' | 'id'>) => Definition | undefined) | undefined
  /** What is here and in no file. */
  readonly elsewhere: readonly DefinedResource[]
}

async function readSides(
  rows: RowsOf<'snapshots'>,
  envId: string,
  { state }: ParsedFiles,
  now: Tree,
  base: Tree | undefined,
): Promise<FileSides> {
  const names = new Set(state.map(nodeKey))
  const among = (tree: Tree): Tree => tree.filter((node) => names.has(nodeKey(node)))
  const load = await loadDefinitions(
    rows,
    envId,
    [...now, ...among(base ?? [])].map(({ hash }) => hash),
  )
  const at = (tree: Tree) => {
    const hashes = indexTree(among(tree))
    return (of: Pick<TreeNode, 'collection' | 'id'>): Definition | undefined => {
      const hash = hashes.get(nodeKey(of))
      return hash === undefined ? undefined : load(hash)
    }
  }
  const elsewhere = now.flatMap((node) =>
    names.has(nodeKey(node)) ? [] : [{ collection: node.collection, id: node.id, definition: load(node.hash) }],
  )
  return { now: at(now), base: base && at(base), elsewhere }
}

/** What stands here for ids in the files: connections that somebody chose before, and groups that are there under the name of a new one. */
async function readKnownIds(
  rows: RowsOf<'documents' | 'files'>,
  ctx: Context,
  integration: IntegrationDocument,
  { newGroups }: ParsedFiles,
): Promise<ReadonlyMap<string, string>> {
  const place = ownPlace(ctx, integration._id)
  const chosen = await rows.files.listPairs(place, integration._id)
  const targets = chosen.map(({ collection, targetId: id }) => ({ collection, id }))
  const absent = new Set((await rows.documents.lockTargets(place.envId, targets)).map(({ id }) => id))
  const groups = newGroups.flatMap(({ list, name, id }): [string, string][] => {
    const known = integration[list]?.find((group) => group.name === name)
    return known?._id === undefined ? [] : [[id, known._id]]
  })
  return new Map([
    ...chosen.filter(({ targetId }) => !absent.has(targetId)).map(({ sourceId, targetId }) => [sourceId, targetId] as const),
    ...groups,
  ])
}

export async function recordChoices(
  rows: RowsOf<'files'>,
  ctx: Context,
  integrationId: string,
  counterparts: readonly Counterpart[],
): Promise<void> {
  const pairs = counterparts.map(({ collection, from, to }) => ({ collection, sourceId: from, targetId: to }))
  await rows.files.addPairs(ownPlace(ctx, integrationId), integrationId, pairs)
}

/** What is there and was no part of the integration is not taken over by sending a file of its id. */
async function refuseForeignDocuments(rows: RowsOf<'documents'>, envId: string, own: Tree, { state, paths }: ParsedFiles): Promise<void> {
  const known = new Set(own.map(({ id }) => id))
  for (const { collection, id } of state) {
    if (known.has(id) || collection === 'connections') continue
    if ((await rows.documents.readText(envId, collection, id)) !== undefined)
      throw invalidFile(paths.get(id) ?? `${collection}/${id}.json`, 'the document is there, and is no part of the integration.')
  }
}

/** One that was there before is none of the files' doing. */
function refuseUnknownGroups({ unknownGroups, paths }: ParsedFiles, state: readonly DefinedResource[], { now }: FileSides): void {
  const byPath = new Map(state.map((each) => [paths.get(each.id), each]))
  for (const { path, field, group } of unknownGroups) {
    const each = byPath.get(path)
    if (each && now(each)?.[field] !== group) throw invalidFile(path, `${field}: the integration has no group ${group}.`)
  }
}

function findEditedConnections(state: readonly DefinedResource[], { now, base }: FileSides): Remark[] {
  return state.flatMap((each): Remark[] => {
    if (each.collection !== 'connections') return []
    const here = now(each)
    if (!here || isDeepStrictEqual(here, each.definition) || isDeepStrictEqual(base?.(each), each.definition)) return []
    const fields = diffFields(here, each.definition).map(({ path }) => path)
    const [field] = fields
    return [
      {
        code: 'connection_kept',
        of: each,
        ...(field !== undefined && { field }),
        message: `files change no connection: ${fields.join(', ')} stays as it is here.`,
      },
    ]
  })
}

/** What changed here since the files were made, and that they do not have. */
function findNewerHere(state: readonly DefinedResource[], { now, base }: FileSides): Remark[] {
  return state.flatMap((each): Remark[] => {
    const [here, was] = [now(each), base?.(each)]
    if (each.collection === 'connections' || !was || isDeepStrictEqual(here, was) || isDeepStrictEqual(here, each.definition)) return []
    const fields = here ? diffFields(was, here).map(({ path }) => path) : []
    const what = here
      ? `it was changed here since the files were made (${fields.join(', ')})`
      : 'it was deleted here since the files were made'
    return [
      {
        code: 'newer_here',
        of: each,
        message: `${what}; that stays unless the files change the same. Export them again to have it in the files.`,
      },
    ]
  })
}

function findArrivals(state: readonly DefinedResource[], { now, base }: FileSides): Remark[] {
  return state.flatMap((each): Remark[] =>
    canBeDisabled(each) && !now(each) && each.definition.disabled !== true && !isDeepStrictEqual(base?.(each), each.definition)
      ? [{ code: 'arrives_disabled', of: each, message: 'it is new here and arrives disabled, until somebody enables it.' }]
      : [],
  )
}

export async function persistState(rows: RowsOf<'snapshots'>, envId: string, state: readonly DefinedResource[]): Promise<Hash> {
  const hashes = await persistDefinitions(
    rows,
    envId,
    state.map(({ definition }) => definition),
  )
  const nodes = state.map(({ collection, id }, i): TreeNode => ({ collection, id, hash: hashes[i] as Hash }))
  return (await persistTree(rows, envId, buildTree(nodes))).hash
}

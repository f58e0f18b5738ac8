/** A revision: what is stored of one, how it is looked up, and how it is refused. */
import type { Static } from 'typebox'
import type { included } from '../../contract/operations/lifecycle/pulls-and-reverts.ts'
import type {
  DoneChange,
  FileNote,
  Revision,
  RevisionWarning,
  revisionStatuses,
  revisionTypes,
} from '../../contract/operations/lifecycle/revisions.ts'
import { recordAct, type AuditedAct } from '../audit/audit-entry.ts'
import type { Mention } from '../definitions/mentions.ts'
import { notFound } from '../documents/documents.ts'
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'
import type { InstallStep } from './install/install-steps.ts'
import type { Counterpart } from './snapshots/lineage.ts'
import type { Hash } from '../definitions/definition.ts'
import type { Resolution } from './merge/merge-states.ts'
import type { Doc } from '../ports/document.ts'
import type { RowsOf } from '../ports/store.ts'

export type Included = (typeof included)[number]

export interface RevisionDoc extends Doc {
  readonly _integrationId: string
  readonly type: (typeof revisionTypes)[number]
  readonly status: (typeof revisionStatuses)[number]
  readonly _fromIntegrationId: string
  readonly _fromIntegrationEnvId: string
  readonly fromIntegrationName: string
  readonly description: string
  readonly beforeRevisionHash: Hash
  readonly transactionHash?: Hash
  readonly afterRevisionHash?: Hash
  readonly _revertToRevisionId?: string
  readonly revertToRevisionHash?: Hash
  readonly _createdByUserId: string
  readonly installSteps: readonly InstallStep[]
  readonly error?: string
  /** Of an open one: why its result could not be saved. */
  readonly problems?: readonly { readonly type: string; readonly _id: string; readonly path: string; readonly message: string }[]
  /** Of a pull: resources that changed on the other side, of which the change was reverted here. */
  readonly leftOut?: readonly { readonly type: string; readonly _id: string; readonly name: string }[]
  /** Resources that it would remove, were they not in use. */
  readonly kept?: readonly { readonly type: string; readonly _id: string; readonly name: string; readonly message: string }[]
  /** Of files: what they hold and what does not happen, or not as somebody may expect. */
  readonly notes?: readonly Note[]
  /** Of files: the hash of the state that they hold. */
  readonly filesHash?: Hash
  /** What it does beyond its integration. */
  readonly warnings?: readonly Warning[]
  /** Of a pull: texts with ids of the other side. */
  readonly mentions?: readonly Mention[]
}

export type Warning = Static<typeof RevisionWarning>
export type Note = Static<typeof FileNote>
/** What became of a resource. */
export type AppliedChange = Static<typeof DoneChange>

/** What it takes to carry a pull or a revert out. Trees go by their hash, and lie in the environment of the integration by default. */
interface RevisionWork {
  /** What both sides had in common when it was opened; the base where it is absent. */
  readonly common?: Hash
  /** What the merge goes from. */
  readonly base?: Hash
  /** What the integration shall become, but for what it changed itself. */
  readonly theirs?: Hash
  /** Of a revert: the state to go back to, as it was. */
  readonly target?: Hash
  /** Of a pull: the state of the source that it takes in, in the environment of the source. */
  readonly source?: Hash
  /** Ids of what it brings along, and what stands for them here. */
  readonly counterparts?: readonly Counterpart[]
  readonly resolutions?: readonly Resolution[]
  /** The state of the source was sent as files, and is not the one that it is in. */
  readonly isSent?: boolean
  /** These files are of an integration on another server. */
  readonly isForeign?: boolean
  /** Of files of the integration itself: the state that they hold. */
  readonly files?: Hash
  readonly include?: readonly Included[]
  /** Secrets that install steps asked for, sealed. Gone once it is applied, failed or canceled. */
  readonly secrets?: string
}

export interface StoredRevision {
  readonly doc: RevisionDoc
  readonly work: RevisionWork
}

/** As callers get it. `changes`: what was done, once it was applied. */
export const toRevisionResponse = (
  { problems, warnings, leftOut, kept, notes, mentions, ...doc }: RevisionDoc,
  changes?: readonly AppliedChange[],
): Static<typeof Revision> => ({
  ...doc,
  installSteps: doc.installSteps.map((step) => ({ ...step })),
  ...(leftOut && { leftOut: [...leftOut] }),
  ...(kept && { kept: [...kept] }),
  ...(notes && { notes: [...notes] }),
  ...(changes && { changes: [...changes] }),
  ...(problems && { problems: [...problems] }),
  ...(warnings && { warnings: [...warnings] }),
  ...(mentions && { mentions: [...mentions] }),
})

export const revisionNotFound = (): DomainError => new DomainError('not_found', 'Revision not found.', '_revisionId')

export async function findRevision(
  rows: RowsOf<'documents' | 'revisions'>,
  envId: string,
  integrationId: string,
  id: string,
  lock: 'find' | 'lock' = 'find',
): Promise<StoredRevision> {
  const found = await rows.revisions[lock](envId, integrationId, id)
  if (found) return found as unknown as StoredRevision
  throw (await rows.documents.readText(envId, 'integrations', integrationId)) === undefined ? notFound('integrations') : revisionNotFound()
}

/** Every tree of the environment that a revision names. */
const listTrees = ({ doc, work }: StoredRevision): readonly Hash[] => [
  ...new Set(
    [doc.beforeRevisionHash, doc.afterRevisionHash, work.common, work.base, work.theirs, work.target, work.files].filter(
      (hash) => hash !== undefined,
    ),
  ),
]

export const addRevision = (rows: RowsOf<'revisions'>, envId: string, revision: StoredRevision): Promise<boolean> =>
  rows.revisions.add(envId, revision.doc._integrationId, revision as never, listTrees(revision))

export async function writeRevision(rows: RowsOf<'revisions'>, ctx: Context, { doc, work }: StoredRevision): Promise<StoredRevision> {
  const revision = { doc: { ...doc, lastModified: ctx.now().toISOString() }, work }
  await rows.revisions.write(ctx.caller.envId, doc._integrationId, revision as never, listTrees(revision))
  return revision
}

/** What was done with it goes on record. */
export const recordRevision = (
  rows: RowsOf<'audit'>,
  ctx: Context,
  event: AuditedAct['event'],
  { _id, ...doc }: RevisionDoc,
  told: object = {},
): Promise<void> =>
  recordAct(rows, ctx, {
    event,
    collection: 'revisions',
    _id,
    name: doc.description,
    details: { _integrationId: doc._integrationId, type: doc.type, status: doc.status, ...told },
  })

/** The fields that every revision begins with. */
export function newRevision(
  ctx: Context,
  integration: { readonly _id: string; readonly name: string; readonly envId?: string },
  fields: Pick<RevisionDoc, 'type' | 'status' | 'description' | 'beforeRevisionHash'> & Partial<RevisionDoc>,
): RevisionDoc {
  const at = ctx.now().toISOString()
  return {
    _id: ctx.newId(),
    _integrationId: integration._id,
    _fromIntegrationId: integration._id,
    _fromIntegrationEnvId: integration.envId ?? ctx.caller.envId,
    fromIntegrationName: integration.name,
    _createdByUserId: ctx.caller.userId,
    installSteps: [],
    createdAt: at,
    lastModified: at,
    ...fields,
  }
}

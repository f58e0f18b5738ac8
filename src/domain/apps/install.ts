/** Installs an app: makes its integration, which the steps complete. Runs nothing of the publisher's. */
import { createHash } from 'node:crypto'
import type { Input, Result } from '../../contract/operation.ts'
import type { connectors as operations } from '../../contract/operations/connectors.ts'
import { defaultLimit, maxLimit } from '../../contract/paging.ts'
import { resources } from '../../contract/resources/index.ts'
import type { JsonPage, JsonText } from '../answer.ts'
import { copyOf, stacksOf } from '../clone/copy.ts'
import { portable } from '../clone/remap.ts'
import type { Closure } from '../clone/closure.ts'
import { notFound } from '../documents.ts'
import { DomainError } from '../errors.ts'
import type { Context, Doc, Rows } from '../ports.ts'
import type { License } from '../ports/licenses.ts'
import { isValid } from './app.ts'
import { editionOf, flowsFor } from './editions.ts'
import { installed } from './finish.ts'
import { functionsIn } from './functions-named.ts'
import { putIntegration } from './integration.ts'
import { connectorOf } from './licenses.ts'
import { pageOf } from './license-answer.ts'
import { membersFor, templateClosure } from './package.ts'
import { stepsOf, type Step } from './step.ts'

type Ops = typeof operations
/** Licences of one account for one app that are looked through. */
const maxLicenses = 1000

interface Offer {
  readonly connectorEnvId: string
  readonly connector: Doc
  /** Absent for an app of the account's own. */
  readonly license: License | undefined
}

/** An app of the account's own, or a published one that it has a licence for. To everybody else there is no such connector. */
async function offerOf(rows: Rows, ctx: Context, id: string, licenseId: string | undefined): Promise<Offer> {
  const { envId, accountId } = ctx.caller
  const licenses = (await rows.licenses.ofAccount(accountId, id, 0, maxLicenses)).filter(
    ({ _id }) => licenseId === undefined || _id === licenseId,
  )
  const own = await rows.documents.find(envId, 'connectors', id)
  const free = licenses.find((each) => each.integrationId === undefined && isValid(each, ctx.now()))
  if (own && licenseId === undefined) return { connectorEnvId: envId, connector: own.doc, license: free }
  const [first] = licenses
  const theirs = first && (await rows.documents.find(first.connectorEnvId, 'connectors', id))
  if (!first || !theirs || (theirs.doc['published'] !== true && !own)) throw notFound('connectors')
  if (free) return { connectorEnvId: first.connectorEnvId, connector: theirs.doc, license: free }
  throw licenses.some((each) => each.integrationId === undefined)
    ? new DomainError('license_expired', 'The licence has expired.', '_licenseId')
    : new DomainError('license_in_use', 'Every licence of the account for the app is in use.', '_licenseId')
}

export async function install(ctx: Context, { params, body }: Input<Ops['installConnector']>): Promise<JsonText> {
  return ctx.store.transaction(async (rows) => {
    const offer = await offerOf(rows, ctx, params._id, body?._licenseId)
    const { connectorEnvId, connector, license } = offer
    const closure = await templateClosure(rows, connectorEnvId, connector)
    const doc = { ...rootOf(ctx, closure, connector), name: body?.name ?? connector['name'], ...(body?.tag && { tag: body.tag }) } as Doc
    const { envId, accountId, userId } = ctx.caller
    if (license && !(await rows.licenses.attach(accountId, license._id, envId, doc._id)))
      throw new DomainError('license_in_use', 'Another installation uses the licence.', '_licenseId')
    const text = await putIntegration(rows, ctx, undefined, doc)
    await rows.apps.add({
      envId,
      integrationId: doc._id,
      accountId,
      userId,
      connectorEnvId,
      connectorId: params._id,
      rootId: doc._id,
      ...(license?.editionId !== undefined && { editionId: license.editionId }),
      needsLicense: license !== undefined,
      installedAt: doc.createdAt,
    })
    const installation = await rows.apps.find(envId, doc._id)
    const isDone = stepsOf(doc, 'installSteps').length === 0 && !(Array.isArray(doc['install']) && doc['install'].length > 0)
    return isDone && installation ? installed(rows, ctx, { installation, doc, connector, license, parent: undefined }) : text
  })
}

/** The template's own document, its steps open, and nothing in it that leads into the publisher's environment but scripts and stacks. */
function rootOf(ctx: Context, closure: Closure, connector: Doc): Doc {
  const { members } = closure
  const root = withoutConnections(closure.root)
  const elsewhere = [
    ...members.filter(({ collection }) => collection === 'scripts').map(({ entry }) => entry.doc._id),
    ...stacksOf(closure),
  ]
  const copy = copyOf(
    { root, members: [root] },
    {
      connectionMap: new Map(),
      crossing: true,
      standing: new Map(elsewhere.map((id) => [id, id])),
      envId: ctx.caller.envId,
      userId: ctx.caller.userId,
      at: ctx.now().toISOString(),
      newId: ctx.newId,
      rootFields: { _registeredConnectionIds: [] },
    },
  )
  const [made] = copy.documents
  if (!made) throw new Error('the copy of a template has no integration')
  const doc = made.entry.doc
  return {
    ...doc,
    mode: 'install',
    _connectorId: connector._id,
    _parentId: undefined,
    ...Object.fromEntries(
      (['installSteps', 'uninstallSteps', 'changeEditionSteps'] as const).flatMap((list) => openSteps(closure, doc, list)),
    ),
  }
}

/** Steps and cards name connections of the template, which nobody else has. They stay without: a list loses the items that hold nothing but a reference to nowhere. */
function withoutConnections({ collection, entry }: Closure['root']): Closure['root'] {
  const lists = (['install', 'installSteps', 'uninstallSteps', 'changeEditionSteps'] as const).filter((list) =>
    Array.isArray(entry.doc[list]),
  )
  const stripped = lists.map((list) => [list, (entry.doc[list] as Step[]).map(({ _connectionId: _none, ...step }) => step)])
  return { collection, entry: { ...entry, doc: { ...entry.doc, ...Object.fromEntries(stripped) } } }
}

/** A step that sets up a connection of the template says what that is like, without its secrets. */
function openSteps(
  { root, members }: Closure,
  doc: Doc,
  list: 'installSteps' | 'uninstallSteps' | 'changeEditionSteps',
): [string, unknown][] {
  if (doc[list] === undefined) return []
  const before = stepsOf(root.entry.doc, list)
  const modelOf = (id: unknown): object | undefined => {
    const connection = members.find(({ collection, entry }) => collection === 'connections' && entry.doc._id === id)
    return connection && { _id: id, ...portable('connections', connection.entry.doc) }
  }
  return [
    [
      list,
      stepsOf(doc, list).map((step, place) => {
        const model = modelOf(before[place]?.['_connectionId'])
        return { ...step, completed: false, ...(model && step['sourceConnection'] === undefined && { sourceConnection: model }) }
      }),
    ],
  ]
}

export async function preview(
  ctx: Context,
  { params }: Input<Ops['previewInstallConnector']>,
): Promise<Result<Ops['previewInstallConnector']>> {
  const { connectorEnvId, connector, license } = await offerOf(ctx.store, ctx, params._id, undefined)
  const closure = await templateClosure(ctx.store, connectorEnvId, connector)
  const { doc } = closure.root.entry
  const flows = flowsFor(editionOf(connector, license?.editionId), false)
  const members = membersFor(closure, flows).filter(({ collection }) => collection !== 'scripts' && collection !== 'integrations')
  const scripts = new Map<string, { name: string; sha256: string }>()
  for (const { collection, entry } of closure.members)
    if (collection === 'scripts')
      scripts.set(entry.doc._id, { name: String(entry.doc['name']), sha256: hashOf(String(entry.doc['content'])) })
  return {
    name: String(connector['name']),
    ...(typeof connector['description'] === 'string' && { description: connector['description'] }),
    ...(typeof doc['version'] === 'string' && { version: doc['version'] }),
    installSteps: stepsOf(doc, 'installSteps') as never,
    install: (Array.isArray(doc['install']) ? doc['install'] : []) as never,
    objects: members.map(({ collection, entry }) => ({ model: resources[collection].model, name: String(entry.doc['name']) })),
    functions: closure.members
      .flatMap(({ collection, entry }) => functionsIn(collection, entry.doc))
      .map((each) => {
        const script = each._scriptId === undefined ? undefined : scripts.get(each._scriptId)
        return { ...each, ...(script && { script: script.name, sha256: script.sha256 }) }
      }),
  }
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')

export async function listInstallBase(ctx: Context, { params, query }: Input<Ops['listInstallBase']>): Promise<JsonPage> {
  await connectorOf(ctx, params._id)
  const { skip = 0, limit = defaultLimit } = query
  const size = Math.min(limit, maxLimit)
  const found = await ctx.store.apps.base(ctx.caller.envId, params._id, skip, size + 1)
  const answered = found.map(({ installation, email, ...told }) => ({
    _integrationId: installation.integrationId,
    installedAt: installation.installedAt,
    ...(email !== undefined && { user: { email } }),
    ...(installation.rootId !== installation.integrationId && { _parentId: installation.rootId }),
    ...told,
    ...(installation.editionId !== undefined && { _editionId: installation.editionId }),
    paused: installation.pausedAt !== undefined,
  }))
  return pageOf(answered, skip, size)
}

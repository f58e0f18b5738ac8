/** Installs an app: makes its integration, which the steps complete. Runs nothing of the publisher's. */
import type { ConnectorDocument, IntegrationDocument } from '../../contract/document.ts'
import type { Input, Result } from '../../contract/operation.ts'
import type { connectors as operations } from '../../contract/operations/apps/connectors.ts'
import { resources } from '../../contract/resources/index.ts'
import type { JsonPage, JsonText } from '../result.ts'
import { resolveTargetEnvironment } from '../clone/bindings.ts'
import { buildCopy } from '../clone/copy.ts'
import { portable } from '../definitions/remap-ids.ts'
import { environmentBound } from '../access/extent.ts'
import { findReferences } from '../references.ts'
import { publishersOwn } from '../app-rights/ownership.ts'
import type { Context } from '../context.ts'
import type { Pair } from '../ports/clones.ts'
import { recordTemplate } from './template/template-bases.ts'
import { findEdition, listEditionFlows } from '../app-rights/editions.ts'
import { completeInstall } from './finish.ts'
import { putIntegration } from './integration.ts'
import { readConnector } from './licenses.ts'
import type { Installed } from '../ports/apps.ts'
import { asTexts, readPage } from '../paging.ts'
import { useLicense } from '../app-code/license-use.ts'
import { findOffer, createTrialLicense } from './installable-app.ts'
import { selectMembers, publisherIds, readTemplateClosure, type TemplateClosure } from './template/template.ts'
import { collectAppCode, checkCodeHash } from '../app-code/approved-code.ts'
import { listSteps } from './steps/step.ts'

type Ops = typeof operations

export async function installConnector(asked: Context, { params, body }: Input<Ops['installConnector']>): Promise<JsonText> {
  const ctx = { ...asked, caller: { ...asked.caller, envId: await resolveTargetEnvironment(asked, body?._envId) } }
  return ctx.store.transaction(async (rows) => {
    const offer = await findOffer(rows, ctx, params._id, { licenseId: body?._licenseId })
    const { connectorEnvId, connector } = offer
    const closure = await readTemplateClosure(rows, connectorEnvId, connector)
    const code = await collectAppCode(rows, connectorEnvId, closure)
    checkCodeHash(code, body?.sha256)
    const root = buildRoot(ctx, closure, connector)
    const doc = { ...root.doc, name: body?.name ?? connector.name, ...(body?.tag && { tag: body.tag }) }
    const { envId, accountId, userId } = ctx.caller
    const license = offer.isTrial ? await createTrialLicense(rows, ctx, offer) : offer.license
    if (license) await useLicense(rows, ctx, license, { envId, rootId: doc._id })
    // Its publisher's code is held, so that nobody removes it meanwhile; what is gone is no reason to leave the rest.
    const elsewhere = findReferences(resources.integrations.stored, doc).filter(({ collection }) => publishersOwn.has(collection))
    await rows.documents.lockTargets(connectorEnvId, elsewhere)
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
      shown: code.hashes,
      installedAt: doc.createdAt,
    })
    // Its groups have their ids from now on: flows that come with a later step go into them.
    await rows.clones.addPairs({ envId, integrationId: doc._id }, root.pairs)
    await recordTemplate(rows, { envId, integrationId: doc._id }, [closure.root])
    const installation = await rows.apps.find(envId, doc._id)
    const isDone = listSteps(doc, 'installSteps').length === 0 && !doc.install?.length
    return isDone && installation ? completeInstall(rows, ctx, { installation, doc, connector, license, parent: undefined }) : text
  })
}

/** The template's own document, its steps open, and nothing in it that leads into the publisher's environment but scripts and stacks. */
function buildRoot(
  ctx: Context,
  closure: TemplateClosure,
  connector: ConnectorDocument,
): { readonly doc: IntegrationDocument; readonly pairs: readonly Pair[] } {
  const root = withoutConnections(closure.root)
  const copy = buildCopy(
    { root, members: [root] },
    {
      connectionMap: new Map(),
      crossing: true,
      standing: publisherIds(closure),
      envId: ctx.caller.envId,
      userId: ctx.caller.userId,
      at: ctx.now().toISOString(),
      newId: ctx.newId,
      rootFields: { _registeredConnectionIds: [] },
    },
  )
  const [made] = copy.documents
  if (!made) throw new Error('the copy of a template has no integration')
  const { _parentId: _none, ...doc } = made.entry.doc as IntegrationDocument
  const steps = (['installSteps', 'uninstallSteps', 'changeEditionSteps'] as const).flatMap((list) => openSteps(closure, doc, list))
  return {
    doc: { ...doc, mode: 'install', _connectorId: connector._id, ...Object.fromEntries(steps) },
    pairs: copy.pairs,
  }
}

/** Steps and cards name connections of the template, which nobody else has. They stay without: a list loses the items that hold nothing but a reference to nowhere. */
function withoutConnections({ collection, entry }: TemplateClosure['root']): TemplateClosure['root'] {
  const lists = ['install', 'installSteps', 'uninstallSteps', 'changeEditionSteps'] as const
  const stripped = lists.flatMap((list) => {
    const steps: readonly { readonly _connectionId?: string }[] | undefined = entry.doc[list]
    return steps ? [[list, steps.map(({ _connectionId: _none, ...step }) => step)]] : []
  })
  return { collection, entry: { ...entry, doc: { ...entry.doc, ...Object.fromEntries(stripped) } } }
}

/** A step that sets up a connection of the template says what that is like, without its secrets. */
function openSteps(
  { root, members }: TemplateClosure,
  doc: IntegrationDocument,
  list: 'installSteps' | 'uninstallSteps' | 'changeEditionSteps',
): [string, unknown][] {
  if (doc[list] === undefined) return []
  const before = listSteps(root.entry.doc, list)
  const modelOf = (id: unknown): object | undefined => {
    const connection = members.find(({ collection, entry }) => collection === 'connections' && entry.doc._id === id)
    return connection && { _id: id, ...portable('connections', connection.entry.doc) }
  }
  return [
    [
      list,
      listSteps(doc, list).map((step, place) => {
        const model = modelOf(before[place]?._connectionId)
        return { ...step, completed: false, ...(model && step.sourceConnection === undefined && { sourceConnection: model }) }
      }),
    ],
  ]
}

export async function previewInstallConnector(
  ctx: Context,
  { params, query }: Input<Ops['previewInstallConnector']>,
): Promise<Result<Ops['previewInstallConnector']>> {
  const { connectorEnvId, connector, license } = await findOffer(ctx.store, ctx, params._id, { toShow: true })
  const closure = await readTemplateClosure(ctx.store, connectorEnvId, connector)
  const { doc } = closure.root.entry
  const flows = listEditionFlows(findEdition(connector, license?.editionId), false)
  const members = selectMembers(closure, flows).filter(({ collection }) => collection !== 'scripts' && collection !== 'integrations')
  const { functions, scripts, sha256 } = await collectAppCode(ctx.store, connectorEnvId, closure, query._scriptId)
  return {
    name: connector.name,
    ...(connector.description !== undefined && { description: connector.description }),
    ...(doc.version !== undefined && { version: doc.version }),
    installSteps: [...listSteps(doc, 'installSteps')],
    install: doc.install ?? [],
    objects: members.map(({ collection, entry }) => ({ model: resources[collection].model, name: entry.doc.name ?? '' })),
    functions: [...functions],
    scripts: scripts.map((script) => ({ ...script, functions: [...script.functions] })),
    sha256,
  }
}

export async function listInstallBase(ctx: Context, { params, query }: Input<Ops['listInstallBase']>): Promise<JsonPage> {
  await readConnector(ctx, params._id)
  const { apps } = ctx.store
  const read = (skip: number, limit: number) => apps.listInstallations(ctx.caller.envId, params._id, environmentBound(ctx), skip, limit)
  return readPage(query, read, (found) => asTexts(found.map(toInstalledResponse)))
}

const toInstalledResponse = ({ installation, email, ...told }: Installed): object => ({
  _integrationId: installation.integrationId,
  installedAt: installation.installedAt,
  ...(email !== undefined && { user: { email } }),
  ...(installation.rootId !== installation.integrationId && { _parentId: installation.rootId }),
  ...told,
  ...(installation.editionId !== undefined && { _editionId: installation.editionId }),
  paused: installation.pausedAt !== undefined,
})

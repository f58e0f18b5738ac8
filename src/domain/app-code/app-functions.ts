/** Calls functions of an Integration App, one at a time for each installation, with the rights of the app in the account that installed it. */
import type { AnyBody, IntegrationDocument } from '../../contract/document.ts'
import type { Collection } from '../../contract/resources/index.ts'
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'
import type { Installation, AppRights } from '../ports/apps.ts'
import { runScript, type FunctionReference } from '../scripts/run-script.ts'
import { readApp, type App } from './installation.ts'
import { clearFailure, recordFailure } from './app-failure.ts'
import { toLicenseResponse } from './license-answer.ts'
import { openJournaledStore } from './journaled-store.ts'
import { readAppRights } from '../app-rights/rights.ts'
import { restrictToApproved } from './approved-code.ts'
import { leaseMs, undoChanges, undoAbandonedOne } from './undo.ts'
import type { Identity } from '../ports/accounts.ts'
import type { RowsOf } from '../ports/store.ts'

/** How often whoever is at an installation says that they are alive. Milliseconds. */
const aliveMs = 3000

/** What an operation of an app has in hand while it works. */
export interface Work {
  readonly app: App
  /** Who may reach the app's resources: the app itself. */
  readonly asApp: Context
  call(callee: FunctionReference, options: object, field: string): Promise<unknown>
}

/**
 * Nobody else is at the installation meanwhile. What `work` and the functions it calls write through the context that it gets is undone where it fails, or
 * where its server dies: all but what they sent elsewhere.
 */
export async function withApp<T>(
  asked: Context,
  integrationId: string,
  doing: string,
  work: (work: Work, ctx: Context) => Promise<T>,
): Promise<T> {
  const { installation } = await readApp(asked.store, asked, integrationId)
  const { envId, rootId } = installation
  const who = await claimInstallation(asked, installation, integrationId, doing)
  const rest = startHeartbeat(asked, installation, who)
  const ctx = { ...asked, store: openJournaledStore(asked, installation, who) }
  try {
    // Only now is it what it will be while we work.
    await ctx.store.transaction((rows) => clearFailure(rows, ctx, integrationId))
    const app = await readApp(ctx.store, ctx, integrationId)
    const rights = { ...(await readAppRights(ctx.store, app.installation)), claim: { rootId, who } }
    const asApp = { ...ctx, caller: appCaller(ctx), app: rights }
    const code = asPublisher(ctx, app.installation, app.doc.mode, asApp)
    const result = await work(
      { app, asApp, call: (callee, options, field) => runScript(code, preferScript(callee), options, toCallOptions(app, field)) },
      ctx,
    )
    await ctx.store.transaction(async (rows) => {
      await rows.appUndoLog.clear(installation)
      await rows.apps.release(envId, rootId, who)
    })
    return result
  } catch (error) {
    await undoAndRelease(asked, installation, who, async (rows) => {
      // Whoever has the app did not ask for an update, and is told by its integration alone.
      if (doing === 'update' && error instanceof DomainError) await recordFailure(rows, asked, integrationId, doing, error.message)
    }).catch((cause: unknown) => {
      // It is done all the same, once the claim has run out.
      asked.log.error({ err: cause, integrationId }, 'what a function of an app did could not be taken back yet')
    })
    throw error
  } finally {
    rest()
  }
}

/** One statement at a time: it waits where a function's own write holds the row. Answers how to end it. */
function startHeartbeat(ctx: Context, { envId, rootId }: Installation, who: string): () => void {
  let isSaying = false
  const timer = setInterval(() => {
    if (isSaying) return
    isSaying = true
    void ctx.store.apps
      .extend(envId, rootId, who, leaseMs)
      .catch(() => {})
      .finally(() => {
        isSaying = false
      })
  }, aliveMs)
  timer.unref()
  return () => clearInterval(timer)
}

/** A stack serves what no script holds. */
const preferScript = ({ _scriptId, _stackId, function: name }: FunctionReference): FunctionReference => ({
  function: name,
  ...(_scriptId === undefined ? { _stackId } : { _scriptId }),
})

/** Answers by what name the installation is claimed. What somebody left behind who died at it is put back first. */
async function claimInstallation(ctx: Context, { envId, rootId }: Installation, integrationId: string, doing: string): Promise<string> {
  const who = ctx.newId()
  const claim = async (): Promise<boolean> => ctx.store.apps.claim(envId, rootId, { who, ms: leaseMs, integrationId, doing })
  if ((await claim()) || ((await undoAbandonedOne(ctx, { envId, rootId })) && (await claim()))) return who
  throw new DomainError('conflict', 'Another step of the app is being carried out. Try again when it is over.')
}

/** Unless somebody took over, who does it then. */
async function undoAndRelease(
  ctx: Context,
  of: Installation,
  who: string,
  then: (rows: RowsOf<'documents'>) => Promise<void>,
): Promise<void> {
  await ctx.store.transaction(async (rows) => {
    if (!(await rows.apps.holdsClaim(of.envId, of.rootId, who))) return
    await undoChanges(rows, ctx, of)
    await then(rows)
    await rows.apps.release(of.envId, of.rootId, who)
  })
}

/** The app has its own rights, whoever takes the step: all of them in what is the app's, and nothing else. */
function appCaller({ caller }: Context): Identity {
  const { reach: _reach, ashareId: _share, ...rest } = caller
  return { ...rest, level: 'manage' }
}

const toCallOptions = ({ installation }: App, field: string) => ({
  field,
  type: 'setting' as const,
  _connectorId: installation.connectorId,
  place: [installation.integrationId],
})

/**
 * Scripts and stacks are looked up where the publisher has them. They run in an isolate of this account and app, shared with no other, and what they log
 * stays here: it may tell of the account's data.
 */
function asPublisher(ctx: Context, installation: Installation, mode: IntegrationDocument['mode'], onBehalf: Context): Context {
  const { envId, connectorEnvId, connectorId } = installation
  const home = `${envId}/${connectorId}`
  const { scripts, stacks } = mode === 'install' ? restrictToApproved(ctx, installation) : ctx
  return {
    ...ctx,
    caller: { ...ctx.caller, envId: connectorEnvId },
    onBehalf,
    stacks,
    scripts: {
      call: ({ log: _log, ...call }, options) => scripts.call({ ...call, envId: home }, options),
      callEach: ({ log: _log, ...call }, options, shared) => scripts.callEach({ ...call, envId: home }, options, shared),
    },
  }
}

/** Where functions are called that a document of an app names, such as its settings form: as the app. Anywhere else, as whoever calls. */
export async function resolveCallContext(ctx: Context, collection: Collection, doc: Fields): Promise<Context> {
  const installation = await findInstallation(ctx, collection, doc)
  if (!installation) return ctx
  const integration = await ctx.store.documents.find(ctx.caller.envId, 'integrations', installation.integrationId)
  const rights = await readAppRights(ctx.store, installation)
  return asPublisher(ctx, installation, integration?.doc.mode, { ...ctx, caller: appCaller(ctx), app: rights })
}

type Fields = AnyBody & { readonly _id?: string }

/** Where the app is installed that a document is one of. */
async function findInstallation(ctx: Context, collection: Collection, doc: Fields): Promise<Installation | undefined> {
  const id = collection === 'integrations' ? doc._id : doc._integrationId
  if (doc._connectorId === undefined || id === undefined) return undefined
  const installation = await ctx.store.apps.find(ctx.caller.envId, id)
  return installation?.connectorId === doc._connectorId ? installation : undefined
}

/** The rights of the app that a document is one of. */
export async function findAppRights(ctx: Context, collection: Collection, doc: Fields): Promise<AppRights | undefined> {
  const installation = await findInstallation(ctx, collection, doc)
  return installation && readAppRights(ctx.store, installation)
}

/** The documented options of steps and forms. */
export const buildFunctionOptions = ({ doc, parent, license }: App): object => ({
  resource: doc,
  license: license && !parent ? toLicenseResponse(license) : undefined,
  ...(parent && { parentResource: parent, parentLicense: license && toLicenseResponse(license) }),
  _integrationId: doc._id,
})

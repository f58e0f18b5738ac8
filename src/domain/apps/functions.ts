/** Calls the functions of an Integration App: the publisher's code, with the rights of the app in the account that installed it, one at a time. */
import type { Collection } from '../../contract/resources/index.ts'
import { DomainError } from '../errors.ts'
import type { Context, Identity } from '../ports.ts'
import type { Installation } from '../ports/apps.ts'
import { runScript, type FunctionOf } from '../scripts.ts'
import { appOf, type App } from './app.ts'
import { Journal } from './journal.ts'
import { answeredLicense } from './license-answer.ts'
import { rightsOf } from './rights.ts'

/** A function may take a minute, and some operations call two. Whoever died at it holds others up no longer than this. Milliseconds. */
const claimMs = 180_000

/** What an operation of an app has in hand while it works. */
export interface Work {
  readonly app: App
  readonly journal: Journal
  /** Who may reach the app's resources: the app itself. */
  readonly asApp: Context
  call(callee: FunctionOf, options: object, field: string): Promise<unknown>
}

/**
 * Nobody else is at the installation meanwhile. Where `work` fails, everything that its functions did in the app is undone: all but entries of lookup
 * caches, values of state, runs that were started, what they did with their one-time token, and what they sent elsewhere.
 */
export async function withApp<T>(ctx: Context, integrationId: string, work: (work: Work) => Promise<T>): Promise<T> {
  const { installation } = await appOf(ctx.store, ctx, integrationId)
  const { envId, rootId } = installation
  const who = ctx.newId()
  const now = ctx.now()
  const isFree = await ctx.store.apps.claim(envId, rootId, who, now.toISOString(), new Date(now.getTime() + claimMs).toISOString())
  if (!isFree) throw new DomainError('conflict', 'Another step of the app is being carried out. Try again when it is over.')
  const journal = new Journal()
  try {
    // Only now is it what it will be while we work.
    const app = await appOf(ctx.store, ctx, integrationId)
    const asApp = { ...ctx, caller: appCaller(ctx), app: await rightsOf(ctx.store, app.installation) }
    return await work({
      app,
      journal,
      asApp,
      call: (callee, options, field) =>
        runScript(asPublisher(ctx, app.installation, { ...asApp, journal }), callee, options, howOf(app, field)),
    })
  } catch (error) {
    await journal.undo(ctx)
    throw error
  } finally {
    await ctx.store.apps.release(envId, rootId, who)
  }
}

/** The app has its own rights, whoever takes the step: all of them in what is the app's, and nothing else. */
function appCaller({ caller }: Context): Identity {
  const { reach: _reach, ashareId: _share, ...rest } = caller
  return { ...rest, level: 'manage' }
}

const howOf = ({ installation }: App, field: string) => ({ field, type: 'setting' as const, _connectorId: installation.connectorId })

/**
 * Scripts and stacks are looked up where the publisher has them. They run in an isolate of this account and app, shared with no other, and what they log
 * stays here: it may tell of the account's data.
 */
function asPublisher(ctx: Context, { envId, connectorEnvId, connectorId }: Installation, onBehalf: Context): Context {
  const home = `${envId}/${connectorId}`
  return {
    ...ctx,
    caller: { ...ctx.caller, envId: connectorEnvId },
    onBehalf,
    scripts: {
      call: ({ log: _log, ...call }, options) => ctx.scripts.call({ ...call, envId: home }, options),
      callEach: ({ log: _log, ...call }, options, shared) => ctx.scripts.callEach({ ...call, envId: home }, options, shared),
    },
  }
}

/** Where functions are called that a document of an app names, such as its settings form: as the app. Anywhere else, as whoever calls. */
export async function contextOf(ctx: Context, collection: Collection, doc: Readonly<Record<string, unknown>>): Promise<Context> {
  const id = collection === 'integrations' ? doc['_id'] : doc['_integrationId']
  if (doc['_connectorId'] === undefined || typeof id !== 'string') return ctx
  const installation = await ctx.store.apps.find(ctx.caller.envId, id)
  if (!installation || installation.connectorId !== doc['_connectorId']) return ctx
  return asPublisher(ctx, installation, { ...ctx, caller: appCaller(ctx), app: await rightsOf(ctx.store, installation) })
}

/** The documented options of steps and forms. */
export const optionsOf = ({ doc, parent, license }: App): object => ({
  resource: doc,
  license: license && !parent ? answeredLicense(license) : undefined,
  ...(parent && { parentResource: parent, parentLicense: license && answeredLicense(license) }),
  _integrationId: doc._id,
})

/** What Integration Apps and those who installed them may make of documents, and whose code these name. */
import { resources, type Collection } from '../../contract/resources/index.ts'
import { enforceAppOwnership, findCheckedReferences, refuseRemovalFromApp, stampAppFields } from '../app-rights/ownership.ts'
import { platformFields } from '../app-rights/rights.ts'
import type { Context } from '../context.ts'
import type { Doc } from '../ports/document.ts'
import type { WritePolicy } from '../write-policy.ts'
import { findReferences } from '../references.ts'
import { findAppRights, resolveCallContext } from './app-functions.ts'
import { filterOtherEditions, notInEdition } from './edition-contents.ts'
import { findApp } from './installation.ts'
import { toLicenseResponse } from './license-answer.ts'
import { findDependentInstallations, refuseInstalled } from './publisher.ts'

type Body = Readonly<Record<string, unknown>>

/** Name code that is asked before a document is stored. */
const codeFields = ['preSave', 'settingsForm', 'flowGroupings'] as const

export const appWritePolicy: WritePolicy<Context> = {
  stamp: stampAppFields,
  allow: enforceAppOwnership,
  findChecked: findCheckedReferences,
  refuseRemoval: refuseRemovalFromApp,
  listUsersElsewhere: findDependentInstallations,

  /** Of what is an app's, users send what they change: the code that is asked about it stays as it is. */
  async keep(ctx, collection, before) {
    if (ctx.app || !(await findAppRights(ctx, collection, before))) return undefined
    return Object.fromEntries(codeFields.flatMap((field) => (before[field] === undefined ? [] : [[field, before[field]]])))
  },

  async refuseUsedElsewhere(rows, envId, collection, id) {
    if (resources[collection].keptWhileInstalled) await refuseInstalled(rows, envId, collection, id)
  },

  async findUnusable(rows, ctx, asked, restored) {
    const flows = restored.filter(({ collection }) => collection === 'flows').map(({ doc }) => doc)
    const strays = await filterOtherEditions(rows, ctx, flows)
    const stray = strays.find(({ _id }) => _id === asked.id)
    if (stray) throw notInEdition(stray)
    return strays
  },

  /** What an app makes is the app's, and so is the code that it names. Of what it has, only the app itself says which code that is. */
  async readCodeContext(ctx, collection, doc, isNew = false) {
    const code = await resolveCallContext(ctx, collection, isNew && ctx.app ? { ...doc, _connectorId: ctx.app.connectorId } : doc)
    return { code, isOwn: isNew || code === ctx || ctx.app !== undefined }
  },

  async readHookRights(ctx, collection, before, sent) {
    const rights = ctx.app ? undefined : await findAppRights(ctx, collection, before)
    if (!rights) return undefined
    const named = findReferences(resources[collection].body, sent).map(({ id }) => id)
    return { ctx: { ...ctx, app: { ...rights, named } }, limit: (ready) => limitHookChanges(collection, before, ready) }
  },

  /** A child of an Integration App goes by its parent's. */
  async readLicenses(ctx, integration) {
    const { _id, _connectorId } = integration
    const app = _connectorId !== undefined && typeof _id === 'string' ? await findApp(ctx.store, ctx, _id) : undefined
    return app?.license ? { [app.parent ? 'parentLicense' : 'license']: toLicenseResponse(app.license) } : {}
  },
}

/** Where an installation stands is the platform's to say. */
function limitHookChanges(collection: Collection, before: Doc, ready: Body): Body {
  if (collection !== 'integrations') return ready
  const kept = platformFields.filter((field) => before[field] !== undefined || field in ready).map((field) => [field, before[field]])
  return { ...ready, ...Object.fromEntries(kept) }
}

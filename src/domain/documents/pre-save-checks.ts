/** Runs preSave scripts and settings forms before a document is stored, outside the transaction: scripts take time, and no lock is held. */
import type { AnyBody } from '../../contract/document.ts'
import { isDeepStrictEqual } from 'node:util'
import { resources, type Collection } from '../../contract/resources/index.ts'
import type { PreSave } from '../../contract/shared/pre-save.ts'
import { isObject } from '../../contract/walk.ts'
import { DomainError, type Problem } from '../errors.ts'
import { runFormInit, readInitOptions } from './form-init.ts'
import type { Context } from '../context.ts'
import { runPreSave, readPreSave } from './pre-save.ts'
import { checkReferenceAccess } from '../access/reference-access.ts'
import { checkWriteAccess } from '../access/access.ts'
import { limitToCode, findIntegrationIds, type IntegrationIds } from '../access/code-rights.ts'
import { findReferences } from '../references.ts'
import { toScript } from '../scripts/run-script.ts'
import { findSettingsProblems } from './settings-check.ts'
import type { Doc } from '../ports/document.ts'

type Body = AnyBody

/** Problems named in one answer at the most. */
const maxProblems = 20
/** Fields that name code. */
const codeFields = ['preSave', 'settingsForm', 'flowGroupings'] as const

/** Whether there is anything to be asked before this document is stored. */
export const hasPreSaveChecks = (collection: Collection, doc: Body): boolean =>
  readPreSave(collection, doc) !== undefined || listForms(doc).some(({ of: { settingsForm } }) => isObject(settingsForm))

/** What is to be stored. Refuses what the script refuses, and settings that their form does not let people enter. */
export async function runPreSaveChecks(ctx: Context, collection: Collection, sent: Body, old: Doc | undefined): Promise<Body> {
  const { code, isOwn } = await ctx.writePolicy.readCodeContext(ctx, collection, old ?? sent, !old)
  // Of somebody else's, another is refused when it is to be saved, and not run before.
  if (old && !isOwn && codeFields.some((field) => !isDeepStrictEqual(sent[field], old[field]))) return sent
  await checkReferenceAccess(ctx, collection, sent, old)
  const place = await findSavedIntegrationIds(ctx, collection, sent, old)
  // Code that acts as its owner is that owner's, whatever it names.
  const asScript = code === ctx ? await contextForHook(ctx, readPreSave(collection, sent), place) : code
  const ready = await runPreSave(asScript, collection, sent, old, place)
  if (ready !== sent && code === ctx) await checkScriptReferences(ctx, asScript, collection, { sent, ready, old })
  const problems: Problem[] = []
  for (const { of, at } of listForms(ready)) problems.push(...(await findFormProblems({ ctx, code, place }, ready, of, at, old)))
  const [first, ...more] = problems.slice(0, maxProblems)
  if (first) throw new DomainError(first.code, first.message, first.field, more)
  return ready
}

/** As what the script acts: what it makes meanwhile is its own afterwards too. */
async function contextForHook(ctx: Context, hook: PreSave | undefined, place: IntegrationIds): Promise<Context> {
  const script = hook?._scriptId === undefined ? undefined : await ctx.store.documents.find(ctx.caller.envId, 'scripts', hook._scriptId)
  return script ? limitToCode(ctx, place, toScript(script.doc)) : ctx
}

/** What a script adds is named by those who wrote it, who would get at it through the document: it has to be theirs as well as the caller's. */
async function checkScriptReferences(
  ctx: Context,
  asScript: Context,
  collection: Collection,
  { sent, ready, old }: { readonly sent: Body; readonly ready: Body; readonly old: Doc | undefined },
): Promise<void> {
  await checkReferenceAccess(ctx, collection, ready, old)
  const { body, stored } = resources[collection]
  const known = [...findReferences(body, sent), ...(old ? findReferences(stored, old) : [])]
  await checkWriteAccess(asScript, ctx.store, collection, ready, findReferences(body, ready), known)
}

/** Where it lies already, and where it is to lie. */
async function findSavedIntegrationIds(ctx: Context, collection: Collection, sent: Body, old: Doc | undefined): Promise<IntegrationIds> {
  const before = old && (await findIntegrationIds(ctx, collection, old._id))
  const { _integrationId } = sent
  return typeof _integrationId === 'string' ? [...new Set([...(before ?? []), _integrationId])] : before
}

/** What has settings and a form for them: the document, and the groups in it. */
function listForms(doc: Body): { readonly of: Body; readonly at: string }[] {
  const { flowGroupings } = doc
  const groups = Array.isArray(flowGroupings) ? (flowGroupings as unknown[]) : []
  return [{ of: doc, at: '' }, ...groups.flatMap((of, i) => (isObject(of) ? [{ of, at: `flowGroupings.${i}.` }] : []))]
}

/** Settings that stay as they were are not asked about: their form may have changed since, and that is not what is being saved. */
async function findFormProblems(
  { ctx, code, place }: { readonly ctx: Context; readonly code: Context; readonly place: IntegrationIds },
  doc: Body,
  of: Body,
  at: string,
  old: Doc | undefined,
): Promise<readonly Problem[]> {
  const { settings, settingsForm } = of
  if (!isObject(settings) || !isObject(settingsForm)) return []
  const before = old && listForms(old).find((each) => each.at === at)
  if (isDeepStrictEqual(settings, before?.of.settings)) return []
  const surroundings = await readInitOptions(ctx, code, { ...old, ...doc }, settingsForm)
  const options = at === '' ? { resource: of, ...surroundings } : { ...surroundings, resource: of, parentResource: doc }
  const form = await runFormInit(code, settingsForm, options, { field: `${at}settingsForm`, place })
  return findSettingsProblems(form, settings, `${at}settings`)
}

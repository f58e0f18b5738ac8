/** A settings form as people get to see it: what is stored, completed by its `init` script. */
import type { License } from '../../contract/license.ts'
import { isObject } from '../../contract/walk.ts'
import { canSee } from '../access/access.ts'
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'
import type { IntegrationIds } from '../access/code-rights.ts'
import { runScript, toScript } from '../scripts/run-script.ts'
import { findStorageProblem } from '../limits/json-limits.ts'
import type { Doc } from '../ports/document.ts'

export interface InitOptions {
  readonly parentResource?: Doc
  readonly license?: License
  readonly parentLicense?: License
}

/** What an `init` script is told of where its integration stands. `code` is as what it acts. */
export async function readInitOptions(
  ctx: Context,
  code: Context,
  integration: Readonly<Record<string, unknown>>,
  form: unknown,
): Promise<InitOptions> {
  const { _parentId } = integration
  const isTold = typeof _parentId === 'string' && (code !== ctx || (await canSeeParent(ctx, _parentId, form)))
  const parent = isTold ? await ctx.store.documents.find(ctx.caller.envId, 'integrations', _parentId) : undefined
  return { ...(parent && { parentResource: parent.doc }), ...(await ctx.writePolicy.readLicenses(ctx, integration)) }
}

/** The parent is another integration: of it a script is told what both its caller and those who wrote it may look at. */
async function canSeeParent(ctx: Context, parentId: string, form: unknown): Promise<boolean> {
  const { init } = (isObject(form) ? form : {}) as { init?: { _scriptId?: string } }
  const script = init?._scriptId && (await ctx.store.documents.find(ctx.caller.envId, 'scripts', init._scriptId))
  const { _authorIntegrationIds: authors = [parentId] } = script ? toScript(script.doc) : {}
  return authors.includes(parentId) && canSee(ctx, { collection: 'integrations', id: parentId })
}

/** Without a script, and without a form, what is stored. */
export async function runFormInit(
  ctx: Context,
  stored: unknown,
  options: object,
  { field, place }: { readonly field: string; readonly place: IntegrationIds },
): Promise<Record<string, unknown>> {
  const { form = {}, init } = (isObject(stored) ? stored : {}) as { form?: unknown; init?: { _scriptId?: string; function?: string } }
  if (!init?._scriptId) return isObject(form) ? form : {}
  const made = await runScript(ctx, init, options, { field: `${field}.init`, place })
  if (!isObject(made)) throw new DomainError('script_error', 'The init function has to return the form.', `${field}.init`)
  const problem = findStorageProblem(made)
  if (problem) throw problem
  // Some functions return the whole of settingsForm, with the form in it.
  const { form: whole, fieldMap } = made
  return isObject(whole) && fieldMap === undefined ? whole : made
}

/** preSave: a script that may change or refuse an integration, export or import before it is stored. It runs ahead of the transaction, and holds no lock. */
import { resources, type Collection } from '../../contract/resources/index.ts'
import { acceptBounded } from '../accept-body.ts'
import type { PreSave } from '../../contract/shared/pre-save.ts'
import { isObject } from '../../contract/walk.ts'
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'
import type { IntegrationIds } from '../access/code-rights.ts'
import { runScript } from '../scripts/run-script.ts'
import { maskSecrets } from '../secrets.ts'
import { findStorageProblem } from '../limits/json-limits.ts'
import { validator } from '../validation.ts'
import type { Doc } from '../ports/document.ts'

type Body = Readonly<Record<string, unknown>>

const checks = new Map<Collection, ReturnType<typeof validator>>()

/** The script that is to see this document before it is stored. */
export function readPreSave(collection: Collection, doc: Body): PreSave | undefined {
  const has = Object.hasOwn(resources[collection].body.properties, 'preSave')
  const { preSave: hook } = has ? doc : { preSave: undefined }
  const { _scriptId } = isObject(hook) ? hook : { _scriptId: undefined }
  return isObject(hook) && typeof _scriptId === 'string' ? hook : undefined
}

/** What is to be stored instead of `sent`, checked as if a client had sent it. A throw of the script refuses the save. */
export async function runPreSave(
  ctx: Context,
  collection: Collection,
  sent: Body,
  old: Doc | undefined,
  place: IntegrationIds,
): Promise<Body> {
  const hook = readPreSave(collection, sent)
  if (!hook) return sent
  const { body, stored } = resources[collection]
  const { masked, restore } = maskSecrets(body, sent)
  const newResource = old ? { ...masked, _id: old._id } : masked
  const returned = await runScript(ctx, hook, { newResource, ...(old && { oldResource: old }) }, { field: 'preSave', place })
  if (!isObject(returned)) throw new DomainError('script_error', 'preSave has to return the resource.', 'preSave')
  const problem = findStorageProblem(returned)
  if (problem) throw problem
  const accepted = acceptBounded(stored, returned).value as Record<string, unknown>
  restore(accepted)
  const check = checks.get(collection) ?? validator(body, 'body')
  checks.set(collection, check)
  check(accepted)
  return accepted
}

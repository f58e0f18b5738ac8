/** Secrets that a resource cannot do without. Definitions hold none, so what comes from elsewhere comes without them, and a step asks for them. */
import type { ExportDocument, Unchecked } from '../../../contract/document.ts'
import type { Collection } from '../../../contract/resources/index.ts'
import { mask } from '../../../contract/kit.ts'
import { isObject } from '../../../contract/walk.ts'
import { toDefinition, type Definition } from '../../definitions/definition.ts'
import { isSecrets, makeSecretsStep, type InstallStep, type SecretsStep } from './install-steps.ts'
import type { Doc, Key } from '../../ports/document.ts'
import type { RowsOf } from '../../ports/store.ts'

/** What a webhook has to know to tell its sender, by its `verify`. */
const ofWebhook: Readonly<Record<string, string>> = { token: 'token', secret_url: 'token', hmac: 'key', basic: 'password' }

const readVerify = ({ verify }: Unchecked<NonNullable<ExportDocument['webhook']>>): string => String(verify)

const canNeedSecrets = (collection: Collection): boolean => collection === 'exports' || collection === 'apis'

/** Dotted paths. */
function findNeededSecrets(collection: Collection, definition: Definition): readonly string[] {
  const { webhook, shipworks } = definition
  if (collection === 'exports' && isObject(webhook)) {
    const field = ofWebhook[readVerify(webhook)]
    return field === undefined ? [] : [`webhook.${field}`]
  }
  return collection === 'apis' && isObject(shipworks) ? ['shipworks.password'] : []
}

/** The definition as it would be sent by somebody who knows its secrets. */
export const withMasks = (collection: Collection, definition: Definition): Definition =>
  withSecrets(definition, Object.fromEntries(findNeededSecrets(collection, definition).map((path) => [path, mask])))

const isAt = (doc: Definition, path: string): boolean => {
  const [block = '', field = ''] = path.split('.')
  const holder = doc[block]
  return isObject(holder) && holder[field] === mask
}

/** What the original has of that, where there is one to look at. */
function findMissingSecrets(collection: Collection, definition: Definition, source: Doc | undefined): readonly string[] {
  const needed = findNeededSecrets(collection, definition)
  if (!source) return needed
  const more = collection === 'exports' && isObject(definition.distributed) ? ['distributed.bearerToken'] : []
  return [...needed, ...more].filter((path) => isAt(source, path))
}

/** At paths whose object is not there nothing is set. */
export function withSecrets(body: Definition, values: Readonly<Record<string, string>>): Definition {
  return Object.entries(values).reduce<Definition>((result, [path, value]) => {
    const [block = '', field = ''] = path.split('.')
    const holder = result[block]
    return isObject(holder) ? { ...result, [block]: { ...holder, [field]: value } } : result
  }, body)
}

export interface ArrivingResource {
  readonly collection: Collection
  /** Of the resource here. */
  readonly id: string
  readonly definition: Definition
  /** What it was made after, on the other side. */
  readonly source?: Key
}

/** A step for each resource that comes to need a secret which it does not have here. What lies in the recycle bin comes back with its own. */
export async function buildSecretsSteps(
  rows: RowsOf<'documents' | 'snapshots'>,
  { envId, otherEnvId }: { readonly envId: string; readonly otherEnvId?: string },
  arriving: readonly ArrivingResource[],
  earlier: readonly InstallStep[],
): Promise<readonly SecretsStep[]> {
  const found: SecretsStep[] = []
  for (const { collection, id, definition, source } of arriving) {
    if (!canNeedSecrets(collection)) continue
    const original = source && otherEnvId !== undefined ? await rows.documents.find(otherEnvId, collection, source.id) : undefined
    const needed = findMissingSecrets(collection, definition, original?.doc)
    if (needed.length === 0) continue
    const own = (await rows.documents.find(envId, collection, id))?.doc
    if (!own && (await rows.snapshots.filterStored(envId, collection, [id])).length > 0) continue
    const fields = own ? needed.filter((path) => !isHeld(own, collection, path)) : needed
    if (fields.length === 0) continue
    const before = earlier.filter(isSecrets).find((step) => step._resourceId === id && String(step.fields) === String(fields))
    found.push(before ?? makeSecretsStep({ collection, id }, definition, fields))
  }
  return found
}

/** There, or missed here before anything came. */
const isHeld = (own: Doc, collection: Collection, path: string): boolean =>
  isAt(own, path) || findNeededSecrets(collection, toDefinition(collection, own)).includes(path)

/** Detects that a saved document keeps its secrets but sends them to another host, where somebody could read them. */
import { mask } from '../../contract/kit.ts'
import { resources, type Collection } from '../../contract/resources/index.ts'
import { isObject } from '../../contract/walk.ts'
import { isAdministratorInPerson } from '../access/access.ts'
import { DomainError, type Problem } from '../errors.ts'
import type { Change, FieldChange } from '../ports/audit.ts'
import type { Context } from '../context.ts'
import type { HiddenEntry } from '../secrets.ts'
import type { Doc } from '../ports/document.ts'

/** Types whose secrets are sent to an address that stands in the same document, and that nobody who may change it can read. */
const sent: ReadonlySet<Collection> = new Set(['connections', 'iclients'])

/**
 * Fields that say neither where requests go nor how they carry the secrets, by the last names of their paths, as long as no template of the document reads
 * one of that name. All others do: what a new field does is not known here.
 */
const elsewhere: ReadonlySet<string> = new Set(
  `name externalId assistant debugDate settings settingsForm method body published
  formType _borrowConcurrencyFromConnectionId mediaType successMediaType errorMediaType concurrencyLevel targetConcurrencyLevel retryHeader rateLimit
  isRest encryptedFields unencryptedFields failStatusCode failPath failValues failures useNewAuthFailSchema successPath
  successValues allowArrayforSuccessPath errorPath pingSuccessPath pingSuccessValues pingFailurePath pingFailureValues`.split(/\s+/),
)

/** Hold keys of people's own, which have no meaning here. */
const free: ReadonlySet<string> = new Set(['settings', 'unencrypted'])

const readName = ({ name }: { readonly name?: unknown }): string => (typeof name === 'string' ? name : '')

/** Of headers, those that say which host is meant. */
const routing = (headers: unknown): unknown =>
  Array.isArray(headers)
    ? headers.filter((each) => /^(?:host|forwarded|x-forwarded-host)$/i.test(isObject(each) ? readName(each) : ''))
    : []

/** A relative address stays at its host. */
const relative = /^(?!\s*[a-z][a-z0-9+.-]*:|\s*\/\/)[^{}]*$/i
const staysAtHost = (path: string, value: unknown): boolean =>
  /relativeURI$/i.test(path) && (value === undefined || value === null || (typeof value === 'string' && relative.test(value)))

/** An address without a template, at the same origin and as the same user. */
function isSameHost(old: unknown, now: unknown): boolean {
  if (typeof old !== 'string' || typeof now !== 'string' || /\{\{/.test(old + now)) return false
  const [a, b] = [URL.parse(old), URL.parse(now)]
  return a !== null && b !== null && /^https?:$/.test(a.protocol) && a.origin === b.origin && a.username === b.username
}

/** Dotted paths of what leads elsewhere in the second document, both with their secrets masked. The mask where no secret is, is a text like any other. */
function findMovedFields(collection: Collection, before: Doc, after: Doc, secrets: readonly string[]): string[] {
  const found: string[] = []
  const templates = (JSON.stringify([before, after]).match(/\{\{[^}]*\}\}/g) ?? []).join()
  const compare = (path: string, name: string, old: unknown, now: unknown): void => {
    if (old === now || secrets.includes(path) || (old === mask && now === undefined)) return
    if (elsewhere.has(name) && !templates.includes(name)) return
    if (name === 'headers') return compare(`${path}.host`, 'host', routing(old), routing(now))
    if (!free.has(name) && isObject(old ?? now) && isObject(now ?? old)) {
      const [a, b] = [(old ?? {}) as Doc, (now ?? {}) as Doc]
      for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) compare(path === '' ? key : `${path}.${key}`, key, a[key], b[key])
    } else if (JSON.stringify(old) !== JSON.stringify(now) && !isSameHost(old, now) && !(staysAtHost(path, old) && staysAtHost(path, now)))
      found.push(path)
  }
  const fields = Object.keys(resources[collection].body.properties)
  for (const field of fields) compare(field, field, before[field], after[field])
  return found
}

/** Refuses a change that sends kept secrets elsewhere, of callers below administrator. Answers what the record says of it where it is done. */
export function findMovedSecrets(
  ctx: Context,
  collection: Collection,
  before: Doc | undefined,
  { doc, kept, changed }: HiddenEntry,
): FieldChange[] {
  if (!before || kept.length === 0 || !sent.has(collection)) return []
  const [moved] = findMovedFields(collection, before, doc, [...kept, ...changed])
  if (moved === undefined) return []
  // They know what they do, and clients of integrator.io count on it.
  if (isAdministratorInPerson(ctx))
    return kept.map((fieldPath) => ({ fieldPath, oldValue: mask, newValue: `${mask} (kept while ${moved} changed)` }))
  const [first, ...more] = kept.map((field): Problem => ({
    code: 'invalid_secret',
    message: `${moved} changes where ${field} is sent, and it is the mask of a secret. Send the secret itself again.`,
    field,
  }))
  throw new DomainError('invalid_secret', first?.message ?? '', first?.field, more)
}

export const withMovedSecrets = (change: Change, moved: readonly FieldChange[]): Change =>
  moved.length === 0 ? change : { ...change, fieldChanges: [...change.fieldChanges, ...moved] }

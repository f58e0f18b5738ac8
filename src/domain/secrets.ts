/** Takes the secrets out of a document before it is stored and puts them back for the engine. Between the two, everybody sees the mask. */
import type { TSchema } from 'typebox'
import { mask } from '../contract/kit.ts'
import { isObject, visitMarked, type Path } from '../contract/walk.ts'
import { DomainError } from './errors.ts'
import type { Vault } from './context.ts'
import type { Doc, Entry } from './ports/document.ts'

/** JSON Pointer (`/http/auth/token/token`) to secret value. Names may hold dots: PGP keys go by any name. */
type Secrets = Record<string, unknown>
const pointerTo = (path: Path): string => path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
const pathOf = (pointer: string): Path =>
  pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))

/** Binds sealed secrets to their document: moved to another row they do not open. */
const vaultContext = (envId: string, id: string): string => `${envId}/${id}`

/** A document as it is stored, and the dotted paths of the secrets that are others than before, and of those that were kept by their mask. */
export interface HiddenEntry<D extends Doc = Doc> extends Entry<D> {
  readonly changed: readonly string[]
  readonly kept: readonly string[]
}

/** The document with masks, and its secrets sealed. A value that is the mask keeps what `before` held at the same place. */
export function hideSecrets<D extends Doc>(
  vault: Vault,
  envId: string,
  schema: TSchema,
  doc: D,
  before: Entry | undefined,
): HiddenEntry<D> {
  const earlier: Secrets = before ? openSecrets(vault, envId, before) : {}
  const secrets: Secrets = {}
  const changed: string[] = []
  const kept: string[] = []
  const paths = secretPaths(schema, doc)
  // Most documents have no secrets, and need no copy to hide them in.
  const masked = paths.length > 0 ? structuredClone(doc) : doc
  for (const path of paths) {
    const key = pointerTo(path)
    const field = path.join('.')
    const value = valueAt(doc, path)
    if (value !== mask) secrets[key] = value
    else if (Object.hasOwn(earlier, key)) {
      secrets[key] = earlier[key]
      kept.push(field)
    } else
      throw new DomainError(
        'invalid_secret',
        `${field} is the mask of a secret, and no secret is stored there. Send the secret itself.`,
        field,
      )
    if (secrets[key] !== earlier[key]) changed.push(field)
    setAt(masked, path, mask)
  }
  const sealed = Object.keys(secrets).length > 0 ? vault.seal(JSON.stringify(secrets), vaultContext(envId, doc._id)) : undefined
  return { doc: masked, secrets: sealed, changed, kept }
}

/** A document that is not stored yet, with masks, for code that must not see its secrets; `restore` puts back those whose mask is still in place. */
export function maskSecrets<D extends object>(schema: TSchema, doc: D): { readonly masked: D; restore(changed: object): void } {
  const paths = secretPaths(schema, doc)
  const masked = paths.length > 0 ? structuredClone(doc) : doc
  for (const path of paths) setAt(masked, path, mask)
  return {
    masked,
    restore(changed) {
      const there = new Set(secretPaths(schema, changed).map(pointerTo))
      for (const path of paths) if (there.has(pointerTo(path)) && valueAt(changed, path) === mask) setAt(changed, path, valueAt(doc, path))
    },
  }
}

/** The document as the engine needs it. Never hand the result to anything that answers, logs or stores. */
export function revealSecrets<D extends Doc>(vault: Vault, envId: string, entry: Entry<D>): D {
  const doc = structuredClone(entry.doc)
  for (const [key, value] of Object.entries(openSecrets(vault, envId, entry))) setAt(doc, pathOf(key), value)
  return doc
}

/** Every secret of an opened document, as texts. */
export const listSecrets = (schema: TSchema, doc: object): string[] =>
  secretPaths(schema, doc).flatMap((path) => textsIn(valueAt(doc, path)))

/** However deep: bodies are bounded in depth when they come in. Some are sent as the text of an object. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'number') return [String(value)]
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(textsIn)
  if (typeof value !== 'string') return []
  return /^\s*[[{]/.test(value) ? [value, ...textsIn(parsed(value))] : [value]
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

const openSecrets = (vault: Vault, envId: string, entry: Entry): Secrets =>
  entry.secrets === undefined ? {} : (JSON.parse(vault.open(entry.secrets, vaultContext(envId, entry.doc._id))) as Secrets)

function secretPaths(schema: TSchema, doc: object): Path[] {
  const found: Path[] = []
  visitMarked('x-secret', schema, doc, (shape, value, path) => {
    if (!shape['x-secret']) return true
    if (value != null && value !== '') found.push(path)
    return false
  })
  return found
}

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((at, key) => (at as Record<string | number, unknown>)[key], value)

function setAt(doc: object, path: Path, value: unknown): void {
  const parent = valueAt(doc, path.slice(0, -1))
  const last = path.at(-1)
  if (last !== undefined && (isObject(parent) || Array.isArray(parent))) (parent as Record<string | number, unknown>)[last] = value
}

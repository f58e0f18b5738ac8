/** Builds the audit entry of a document change: who made it, and each changed field, with secrets masked. */
import type { Collection } from '../../contract/resources/index.ts'
import { isObject } from '../../contract/walk.ts'
import type { Change, FieldChange } from '../ports/audit.ts'
import type { Context } from '../context.ts'
import { maskTokens } from '../mask-tokens.ts'
import type { Doc } from '../ports/document.ts'

/** Changes of one entry. A rewrite of a whole mapping is told by the first of them. */
const maxChanges = 200
/** Characters of one value. */
const maxValue = 4096
/** Objects within objects that are looked into; what lies deeper is one value. */
const maxDepth = 10

/** Change with every write, and say nothing of it. */
const silent: ReadonlySet<string> = new Set(['lastModified'])

interface DocumentChange {
  readonly event: Change['event']
  readonly collection: Collection | 'ashares' | 'accesstokens' | 'licenses'
  readonly before?: Doc | undefined
  readonly after?: Doc | undefined
  /** Paths of secrets that are others than before: the documents show the mask in both. */
  readonly secrets?: readonly string[]
}

/** The entry for a change of a document by the caller. */
export function buildChange(ctx: Context, { event, collection, before, after, secrets = [] }: DocumentChange): Change {
  const doc = (after ?? before) as Doc
  const changes = event === 'delete' ? [] : diffDocuments(before ?? {}, after ?? {}, secrets)
  const { revisionId } = ctx
  const fieldChanges = revisionId === undefined ? changes : [...changes, { fieldPath: '_revisionId', newValue: revisionId }]
  return {
    _id: ctx.newId(),
    accountId: ctx.caller.accountId,
    time: ctx.now().toISOString(),
    userId: ctx.caller.userId,
    callId: ctx.caller.reach?.callId,
    source: 'api',
    event,
    collection,
    resourceId: doc._id,
    name: typeof doc.name === 'string' ? maskTokens(doc.name) : undefined,
    fieldChanges,
  }
}

function diffDocuments(before: object, after: object, secrets: readonly string[]): FieldChange[] {
  const found: FieldChange[] = []
  const add = (path: string, old: unknown, now: unknown): void => {
    if (found.length < maxChanges)
      found.push({
        fieldPath: maskTokens(path),
        ...(old !== undefined && { oldValue: short(old) }),
        ...(now !== undefined && { newValue: short(now) }),
      })
  }
  const compare = (path: string, old: unknown, now: unknown, depth: number): void => {
    if (secrets.includes(path)) add(path, old, now)
    else if (isObject(old) && isObject(now) && depth < maxDepth) {
      for (const key of new Set([...Object.keys(old), ...Object.keys(now)]))
        if (depth > 0 || !silent.has(key)) compare(path === '' ? key : `${path}.${key}`, old[key], now[key], depth + 1)
    } else if (Array.isArray(old) && Array.isArray(now) && old.length === now.length && depth < maxDepth)
      for (const [i, item] of old.entries()) compare(`${path}.${i}`, item, now[i], depth + 1)
    else if (JSON.stringify(old) !== JSON.stringify(now)) add(path, old, now)
  }
  compare('', before, after, 0)
  return found
}

function short(value: unknown): unknown {
  const text = JSON.stringify(value)
  if (text.length > maxValue) return `(${text.length} characters)`
  const kept = maskTokens(text)
  return kept === text ? value : (JSON.parse(kept) as unknown)
}

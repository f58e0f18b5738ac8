/** Connectors: the editions of an app are in an order without gaps, so that of any two one is the larger. */
import type { ConnectorDocument, Unchecked } from '../../contract/document.ts'
import { isObject } from '../../contract/walk.ts'
import { listEditions, type SentEdition } from '../app-rights/editions.ts'
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'
import type { Rule } from './rule.ts'

export const connectorRule: Rule<'connectors'> = {
  async beforeReplace(rows, ctx, doc) {
    const before = await rows.documents.find(ctx.caller.envId, 'connectors', doc._id)
    const kept = new Set(listEditions(doc).map(({ _id }) => _id))
    const gone = before ? listEditions(before.doc).flatMap(({ _id }) => (kept.has(_id) ? [] : [_id])) : []
    if (gone.length > 0 && (await rows.licenses.usesEdition(ctx.caller.envId, doc._id, gone)))
      throw new DomainError('edition_delete_not_allowed', 'There are licences for an edition that is left out.', 'twoDotZero.editions')
  },
  async afterWrite(rows, ctx, doc) {
    if (doc.trialEnabled) await rows.licenses.offerTrial(ctx.caller.envId, doc._id)
  },
  prepare(ctx, body, before) {
    const { twoDotZero } = body
    const editions = readEditions(twoDotZero)
    const orders = editions.map(({ order }) => order).filter((order) => order !== undefined)
    const inOrder = orders.length === 0 || (orders.length === editions.length && editions.every((_, place) => orders.includes(place)))
    if (inOrder)
      return isObject(twoDotZero) && editions.length > 0
        ? { ...body, twoDotZero: { ...twoDotZero, editions: identified(ctx, editions, before) } }
        : body
    const field = 'twoDotZero.editions'
    throw new DomainError('invalid_field', `${field} must be ordered from 0 without gaps: 0, 1, 2 for three editions.`, field)
  },
}

/** Licences name editions by id, so one without it gets one; one that is sent again under its name keeps its id. */
function readEditions(twoDotZero: unknown): readonly Unchecked<SentEdition>[] {
  const { editions } = isObject(twoDotZero) ? twoDotZero : { editions: [] }
  return Array.isArray(editions) ? editions.filter(isObject) : []
}

function identified(ctx: Context, editions: readonly Unchecked<SentEdition>[], before: ConnectorDocument | undefined): readonly object[] {
  const known = new Map<unknown, string>((before ? listEditions(before) : []).map(({ displayName, _id }) => [displayName, _id]))
  return editions.map((edition) =>
    edition._id === undefined ? { _id: known.get(edition.displayName) ?? ctx.newId(), ...edition } : edition,
  )
}

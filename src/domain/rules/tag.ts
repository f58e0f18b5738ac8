/** Tags: the label goes by two names, and errors know the tag by a short id. */
import { randomBytes } from 'node:crypto'
import { DomainError } from '../errors.ts'
import type { Rule } from './rule.ts'

/** Eight characters; there are some 10^14 of them. */
const idBytes = 6

export const tagRule: Rule<'tags'> = {
  prepare(_ctx, body, before) {
    const isNew = body.tag !== undefined && body.tag !== before?.tag
    const label = isNew ? body.tag : (body.name ?? body.tag)
    if (label === undefined) throw new DomainError('missing_required_field', 'Expected field: tag to be present.', 'tag')
    return { ...body, tag: label, name: label, tagId: before?.tagId ?? randomBytes(idBytes).toString('base64url') }
  },
}

/** Connectors: the editions of an app are in an order without gaps, so that of any two one is the larger. */
import { isObject } from '../../contract/walk.ts'
import { DomainError } from '../errors.ts'
import type { Rule } from './rule.ts'

export const connectorRule: Rule = {
  prepare(_ctx, body) {
    const { twoDotZero } = body
    const editions = isObject(twoDotZero) && Array.isArray(twoDotZero['editions']) ? twoDotZero['editions'].filter(isObject) : []
    const orders = editions.map(({ order }) => order).filter((order) => order !== undefined)
    const inOrder = orders.length === 0 || (orders.length === editions.length && editions.every((_, place) => orders.includes(place)))
    if (inOrder) return body
    const field = 'twoDotZero.editions'
    throw new DomainError('invalid_field', `${field} must be ordered from 0 without gaps: 0, 1, 2 for three editions.`, field)
  },
}

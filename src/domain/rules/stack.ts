/** Stacks: the token of a server stack is made here, with the stack, and is no client's to set. */
import { randomBytes } from 'node:crypto'
import { isObject } from '../../contract/walk.ts'
import type { Rule } from './rule.ts'

/** Twice as many hex digits. */
const tokenBytes = 32
export const makeSystemToken = (): string => randomBytes(tokenBytes).toString('hex')

export const stackRule: Rule<'stacks'> = {
  /** What is stored is shown as its mask, which keeps it. */
  prepare(_ctx, body, before) {
    const { server } = body
    if ((body.type ?? before?.type) !== 'server' || !isObject(server)) return body
    return { ...body, server: { systemToken: before?.server?.systemToken ?? makeSystemToken(), ...server } }
  },
}

/** Connections: one that a clone came with is offline until somebody has filled it in. */
import type { Rule } from './rule.ts'

export const connectionRule: Rule = {
  prepare: (_ctx, body, before) => (before?.['offline'] === true ? { ...body, offline: false } : body),
}

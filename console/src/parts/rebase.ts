/** What was edited while a save ran, carried over to what the server has stored: no edit is lost, and what the server wrote stays. */
import { isObject } from '../../../src/contract/is-object.ts'
import { isSame } from './is-same.ts'

/** `sent` was saved and became `stored`; by then it was edited into `now`. */
export function rebase(sent: unknown, now: unknown, stored: unknown): unknown {
  if (isSame(now, sent)) return stored
  if (Array.isArray(sent) && Array.isArray(now) && Array.isArray(stored) && sent.length === now.length && sent.length === stored.length)
    return now.map((each: unknown, i) => rebase(sent[i], each, stored[i]))
  if (!isObject(sent) || !isObject(now) || !isObject(stored)) return now
  const names = new Set([...Object.keys(stored), ...Object.keys(now)])
  const pairs = [...names].map((name) => [name, rebase(sent[name], now[name], stored[name])] as const)
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined))
}

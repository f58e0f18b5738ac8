/** Which connection a script means, where it runs a virtual export or import. */
import { isObject } from '../contract/walk.ts'

/** Named beside the step, or by it. */
export function connectionIn(said: unknown): unknown {
  if (!isObject(said)) return undefined
  const step = said['export'] ?? said['import']
  return said['_connectionId'] ?? said['connectionId'] ?? (isObject(step) ? step['_connectionId'] : undefined)
}

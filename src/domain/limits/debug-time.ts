/** Bounds how far ahead something may be recorded in full: nobody forgets to end it. */
import { maxDebugMs } from '../../contract/operations/documents/patches.ts'
import { DomainError } from '../errors.ts'
import type { World } from '../context.ts'

export function checkDebugTime({ now }: Pick<World, 'now'>, time: number, field: string): void {
  if (time > now().getTime() + maxDebugMs) throw new DomainError('invalid_field', `${field} must be within an hour from now.`, field)
}

/** Whether a caller may do what an operation does. */
import type { Operation } from '../contract/operation.ts'
import { DomainError } from './errors.ts'
import type { Level } from './ports.ts'

const reach: Readonly<Record<Level, number>> = { owner: 3, administrator: 2, manage: 1, monitor: 0 }

export function mustReach(level: Level, { access, summary }: Operation): void {
  if (reach[level] < reach[access])
    throw new DomainError('access_denied', `"${summary}" asks for the access level ${access}, and you have ${level}.`)
}

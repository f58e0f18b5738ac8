/** What a file is called on a server until it is complete. */
import { createHash } from 'node:crypto'

/** Hidden, and the same for the same writer. */
export const draftName = (by: string, name: string): string =>
  `.sluice-${createHash('sha256').update(`${by} ${name}`).digest('hex').slice(0, 32)}.part`

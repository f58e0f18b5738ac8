/** How much of a processor another process has had: on a busy machine far less than the time that passed. */
import { readFileSync } from 'node:fs'

/** Milliseconds of a tick in which Linux tells it to programs. */
const tickMs = 10

/** Milliseconds since it began; undefined where the system does not tell, or the process is gone. */
export function processorMs(pid: number | undefined): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name of the program stands in brackets and may hold anything; of what follows the 12th and 13th are its own time and that of the system for it.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const ticks = Number(fields[11]) + Number(fields[12])
    return Number.isFinite(ticks) ? ticks * tickMs : undefined
  } catch {
    return undefined
  }
}

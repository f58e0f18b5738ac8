/** Detects that the parent process has ended: whoever kills npm, or what stands between it and the server, passes no signal on. */
import { isAlive } from '../store/embedded/server-process.ts'

/** In milliseconds. */
const lookMs = 500

const parent = process.ppid

export function onParentGone(then: () => void): void {
  const timer = setInterval(() => {
    // Elsewhere an orphan gets another parent; on Windows it keeps the number of the one it had.
    if (process.ppid === parent && isAlive(parent)) return
    clearInterval(timer)
    then()
  }, lookMs)
  timer.unref()
}

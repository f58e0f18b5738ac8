/** Names a home folder where the machine knows none, as for the arbitrary users that containers run with: libraries ask for it as they are loaded, and Node throws. */
import { homedir } from 'node:os'

export function ensureHomeFolder(env: NodeJS.ProcessEnv): void {
  try {
    homedir()
  } catch {
    // Debian's name for what is not there: nothing is read from it, and nothing written.
    env['HOME'] = '/nonexistent'
  }
}

/** The Chromium of the machine, where it has one. */
import { existsSync } from 'node:fs'

export const chromiumPath = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(
  (path) => path && existsSync(path),
)

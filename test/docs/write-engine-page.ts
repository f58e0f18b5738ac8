/** `npm run fields`: writes docs/engine.md. */
import { writeFileSync } from 'node:fs'
import { enginePage } from './engine-page.ts'

writeFileSync(new URL('../../docs/engine.md', import.meta.url), enginePage())

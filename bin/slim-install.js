// Runs after an installation: what is left of it is half as large.
import { fileURLToPath } from 'node:url'
import { removeUnusedFiles } from './unused-files.js'

removeUnusedFiles(fileURLToPath(new URL('..', import.meta.url)))

// `node bin/run.js demo/main.ts`: another program of this folder. Without one it only says whether the packages are installed.
import { ownNode, run } from './own-node.js'

const [file, ...args] = process.argv.slice(2)
if (file === undefined) ownNode()
else await run(file, args)

/** Loads a library when it is first used: what a server loads at its start it waits for, and keeps in memory whether anybody needs it or not. */
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** `T` is the type of the module: `import type * as Diff from 'diff'`, then `lazyLoad<typeof Diff>('diff')`. */
export function lazyLoad<T>(name: string): () => T {
  let loaded: T | undefined
  return () => (loaded ??= require(name) as T)
}

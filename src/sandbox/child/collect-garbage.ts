/** How garbage is collected where nothing counts it: V8 gives the function for that to whoever is made while its flag is up, and no script is. */
import { setFlagsFromString } from 'node:v8'
import type IVM from 'isolated-vm'

/** The process's own. From here on the flag is down. */
export function createCollector(): () => void {
  const { gc } = globalThis
  setFlagsFromString('--no-expose-gc')
  if (!Reflect.deleteProperty(globalThis, 'gc')) Reflect.set(globalThis, 'gc', undefined)
  return gc as () => void
}

/** An isolate's, from a context that no script sees. Made in one go while no call is at work, so that no script's context can be made meanwhile. */
export function createIsolateCollector(isolate: IVM.Isolate): IVM.Reference<() => void> {
  setFlagsFromString('--expose-gc')
  try {
    return isolate.createContextSync().evalClosureSync('return () => gc()', [], { result: { reference: true } })
  } finally {
    setFlagsFromString('--no-expose-gc')
  }
}

/**
 * Takes out of the process's own JavaScript what leads outside, before any script runs: modules, bindings, addons, sockets, signals. Whoever gets out of an
 * isolate into this JavaScript finds nothing to go on with; whoever runs machine code is held by what the system keeps from the process (os-isolation.ts).
 */
import { builtinModules, registerHooks } from 'node:module'
import { constants } from 'node:os'

/** Node puts every module of its own into the globals of a program that comes over the command line. */
const modules = builtinModules.filter((name) => name !== 'process' && name !== 'console')
const globals = [...modules, 'fetch', 'WebSocket', 'EventSource', 'BroadcastChannel', 'MessageChannel', 'MessagePort', 'require']
const ofProcess =
  'binding _linkedBinding dlopen getBuiltinModule mainModule execve report moduleLoadList openStdin loadEnvFile kill _kill _debugProcess _debugEnd chdir setuid seteuid setgid setegid setgroups initgroups'

/** Answers how the process ends itself: at once, and without a word. */
export function removeNodeGlobals(): () => never {
  const { _kill: signal, pid, stdin, stdout } = process as typeof process & { _kill(pid: number, signal: number): void }
  const refuse = (): never => {
    throw new Error('Nothing is imported here.')
  }
  registerHooks({ resolve: refuse, load: refuse })
  for (const name of globals) Reflect.deleteProperty(globalThis, name)
  for (const name of ofProcess.split(' ')) Reflect.deleteProperty(process, name)
  for (const pipe of [stdin, stdout]) for (const layer of [pipe, (pipe as unknown as { _handle: object })._handle]) closeDoors(layer)
  return () => {
    signal(pid, constants.signals.SIGKILL)
    throw new Error('ended')
  }
}

/** A pipe is a socket that happens to have begun as one: what it inherits can begin others. */
function closeDoors(thing: object): void {
  for (let at: object | null = thing; at !== null && at !== Object.prototype; at = Reflect.getPrototypeOf(at))
    for (const door of ['connect', 'bind', 'listen']) Reflect.deleteProperty(at, door)
}

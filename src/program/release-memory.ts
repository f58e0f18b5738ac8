/** Gives back what a start or a load needed: V8 collects that by itself, but keeps the memory for what may come, and for an idle server nothing comes. */
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** How often it is looked at whether the program is idle, in milliseconds. */
const lookMs = 2000
/** Of a processor, in that time: heartbeats and looks at the queue take a hundredth. */
const idleShare = 0.1
/** How much the heap has to have grown since the last time. Bytes. */
const worthIt = 8 * 1024 * 1024

type Collect = (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void

/** Takes 50 to 100 ms of a processor, in which nothing else is done. */
export function releaseMemory(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as Collect
  // Nobody else gets it.
  setFlagsFromString('--no-expose-gc')
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}

/** Whenever the program is idle and its heap has grown; after its start for the first time. */
export function releaseMemoryWhenIdle(): void {
  const spent = (): number => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  }
  let before = spent()
  let kept = 0
  const look = (): void => {
    const now = spent()
    const isIdle = now - before < idleShare * lookMs
    before = now
    if (!isIdle || getHeapStatistics().total_heap_size < kept + worthIt) return
    releaseMemory()
    kept = getHeapStatistics().total_heap_size
    before = spent()
  }
  setInterval(look, lookMs).unref()
}

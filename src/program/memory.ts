/** How much memory the program keeps beyond what it needs: V8 by itself lets a small heap grow to four times of that, and hardly gives any back. */
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** How far the heap grows, beyond what was in use after a collection, until the next one. Per cent. */
const growth = 50

/** A hundred flows at once take 80 MB less, a large file 30 MB less than where the heap may double, and not measurably longer. */
export function boundHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${growth}`)
}

/** V8 would put objects straight among the old ones where those of the same line of code once outlived others, and keep all that they hold until it collects the whole heap: pages that were through long ago. */
export function keepNewApart(): void {
  setFlagsFromString('--no-allocation-site-pretenuring')
}

/** How often it is looked at whether the program is idle, in milliseconds. */
const lookMs = 2000
/** Of a processor, in that time: heartbeats and looks at the queue take a hundredth. */
const idleShare = 0.1
/** How much the heap has to have grown since the last time. Bytes. */
const worthIt = 8 * 1024 * 1024

type Collect = (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void

/** Gives back what a start or a load needed. Takes 50 to 100 ms of a processor, in which nothing else is done. */
export function releaseMemory(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as Collect
  // Nobody else gets it.
  setFlagsFromString('--no-expose-gc')
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}

/** Whenever the program is idle and its heap has grown; after its start for the first time. V8 keeps the memory for what may come, and for an idle server nothing comes. */
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

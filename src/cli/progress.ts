/** A bar for what takes longer than a second, where a person watches. */
import type { SingleBar } from 'cli-progress'

/** Before that nothing is shown. Milliseconds. */
const quietMs = 1000

export interface Progress {
  /** `total` may grow while work is under way. */
  update(done: number, total: number): void
  stop(): void
}

/** On stderr, and only where that is a terminal. */
export async function startProgress(what: string): Promise<Progress> {
  if (!process.stderr.isTTY) return { update: () => {}, stop: () => {} }
  const { default: progress } = await import('cli-progress')
  const began = performance.now()
  let bar: SingleBar | undefined
  return {
    update(done, total) {
      if (performance.now() - began < quietMs) return
      if (!bar) {
        bar = new progress.SingleBar(
          { format: `${what} {bar} {value}/{total}`, clearOnComplete: true, hideCursor: true, stream: process.stderr },
          progress.Presets.shades_classic,
        )
        bar.start(total, done)
      }
      bar.setTotal(total)
      bar.update(done)
    },
    stop: () => bar?.stop(),
  }
}

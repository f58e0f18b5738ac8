/** Reads a file over a way that breaks: from where it broke off, a few times. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Chunks } from '../../formats/format.ts'
import { FileFailure } from './failure.ts'

/** Without a byte between them. */
const maxBreaks = 3
/** Before it is read on, doubled each time. Milliseconds. */
const waitMs = 500

interface Way {
  /** Throws a `FileFailure` that passes where the way broke. */
  from(offset: number): Chunks
  readonly size: number
  readonly signal: AbortSignal
  readonly firstWait?: number | undefined
}

export async function* readOn({ from, size, signal, firstWait = waitMs }: Way): AsyncGenerator<Uint8Array> {
  let at = 0
  for (let breaks = 0; at < size;) {
    try {
      for await (const chunk of from(at)) {
        at += chunk.length
        breaks = 0
        yield chunk
      }
      if (at < size) throw new FileFailure('file_changed', 'It became shorter while it was read.')
    } catch (error) {
      breaks += 1
      if (!(error instanceof FileFailure) || !error.passing || breaks > maxBreaks) throw error
      await pause(firstWait * 2 ** (breaks - 1), undefined, { signal }).catch(() => signal.throwIfAborted())
    }
  }
}

/** Leaves files alone that are still being written: one that was changed a moment ago is looked at again a little later, and taken where it is as it was. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Listed } from './next-files.ts'
import type { Found, OpenFile } from '../transport.ts'

/** Precision of a time that a server lists without seconds, and of one without parts of a second. Milliseconds. */
const minuteMs = 60_000
const secondMs = 1000

/** How much later a file may have been changed than its time says. */
const precisionOf = ({ lastModified, isToTheMinute }: Found): number =>
  isToTheMinute ? minuteMs : lastModified.endsWith('.000Z') ? secondMs : 0

/** How one look at a folder is made. */
type List = () => Promise<Listed<Found>>

export interface Settling {
  /** A look at a folder, and what tells of each of its files whether it is as a whole there. */
  look(list: List): Promise<Listed<Found> & { readonly isWhole: (file: Found) => Promise<boolean> }>
  /** Undefined where it is another one than was found, and still changes. */
  open(found: Found, open: () => Promise<OpenFile>): Promise<OpenFile | undefined>
}

/** Where files appear as a whole. */
export const settled: Settling = {
  look: async (list) => ({ ...(await list()), isWhole: async () => true }),
  open: (_found, open) => open(),
}

/** `settleMs` is how long a file has to be as it is. */
export function createSettling(settleMs: number, signal: AbortSignal): Settling {
  if (settleMs === 0) return settled
  const wait = (ms: number): Promise<void> => pause(Math.max(0, ms), undefined, { signal }).catch(() => signal.throwIfAborted())
  return {
    async look(list) {
      const begun = Date.now()
      const listed = await list()
      const ended = Date.now()
      const isOld = (file: Found): boolean => begun - Date.parse(file.lastModified) >= settleMs + precisionOf(file)
      const lookAgain = async (): Promise<ReadonlyMap<string, Found>> => {
        await wait(ended + settleMs - Date.now())
        const { found } = await list()
        return new Map(found.map((file) => [file.name, file]))
      }
      let later: ReturnType<typeof lookAgain> | undefined
      return {
        ...listed,
        async isWhole(file) {
          // One whose time is not known, or comes from a clock that goes ahead, is not old.
          if (isOld(file)) return true
          const again = (await (later ??= lookAgain())).get(file.name)
          return again?.size === file.size && again.lastModified === file.lastModified
        },
      }
    },
    async open(found, open) {
      const file = await open()
      // Some servers list other sizes than they tell of one file: only what changes again is still being written.
      if (file.size === found.size) return file
      await file.close()
      await wait(settleMs)
      const again = await open()
      if (again.version === file.version) return again
      await again.close()
      return undefined
    },
  }
}

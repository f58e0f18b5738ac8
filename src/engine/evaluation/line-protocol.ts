/** What the server and a process that evaluates say to each other: lines, each a letter and JSON. */

import type { Stage } from './stage.ts'

export interface Asked {
  /** Of the stage; the stage itself comes with it where the process may not have it. */
  readonly key: string
  readonly stage?: Stage
  readonly inputs: readonly unknown[]
  /** What `_PARENT` in the inputs is the place of (evaluation/pack-parents.ts). */
  readonly parents: readonly unknown[]
  readonly known: Known
  /** Each result is told as soon as it is there, so that it is known which record a process ended at. */
  readonly oneByOne?: boolean
}

/** Answers of lookup caches: cache, key, and the value where there is one. */
export type Known = readonly (readonly [cacheId: string, key: string, found?: readonly [unknown]])[]

/** `C` compiled; `N` the stage is needed; `R` results, in order; `D` done, with the keys that caches are to be asked for; `F` the stage cannot work; `B` a fault of the program. */
export type Letter = 'C' | 'N' | 'R' | 'D' | 'F' | 'B'
export type WhatIsAsked = readonly (readonly [cacheId: string, keys: readonly string[]])[]

/** Calls `take` with every line that is whole by now. Throws on one that is longer than `longest`. */
export function lineReader(longest: number, take: (line: string) => void): (chunk: Buffer) => void {
  let parts: Buffer[] = []
  let held = 0
  return (chunk) => {
    let from = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      parts.push(chunk.subarray(from, end))
      take((parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)).toString())
      parts = []
      held = 0
      from = end + 1
    }
    if (from < chunk.length) parts.push(chunk.subarray(from))
    held += chunk.length - from
    if (held > longest) throw new Error(`a line of ${held} bytes`)
  }
}

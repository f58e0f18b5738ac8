/** What scripts wrote to their console while somebody wanted to know. */
import type { LogLine } from './scripts.ts'

export interface ScriptLine extends LogLine {
  readonly time: string
  /** The function that was called. */
  readonly function: string
}

export interface LogFilter {
  readonly level?: string
  readonly after?: string
  readonly until?: string
  readonly limit: number
}

export interface ScriptLogs {
  /** Keeps the newest lines of a script and drops the others. */
  add(envId: string, scriptId: string, lines: readonly ScriptLine[], keep: number): Promise<void>
  /** Newest first. */
  page(envId: string, scriptId: string, filter: LogFilter): Promise<readonly ScriptLine[]>
}

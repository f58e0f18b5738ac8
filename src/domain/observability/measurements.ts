/** What is measured as it happens, told to whoever listens in this program: nobody, unless metrics are asked for. Nothing here has an id: what counts is how often and how long. */
import { channel, type Channel } from 'node:diagnostics_channel'

export interface Measurements {
  /** A run was taken up: for the first time, so long after it was asked for, or again after another worker had left or lost it. */
  readonly runStarted: { readonly status: 'started' | 'resumed'; readonly waitedMs?: number }
  /** `ms` since it was first taken up; absent where no worker ever had it. */
  readonly runEnded: { readonly status: 'completed' | 'failed' | 'canceled'; readonly ms?: number }
  /** A worker has a run more, or one less. */
  readonly runsUnderWay: { readonly by: 1 | -1 }
  /** Committed pages. */
  readonly records: { readonly success: number; readonly error: number; readonly ignored: number }
  /** A run was put into the queue so long after the minute that its schedule names. */
  readonly scheduled: { readonly lateMs: number }
  /** `result` says how the call of a script ended, `answer` where it went well. */
  readonly scriptCalled: { readonly result: string; readonly ms: number }
  readonly requestAnswered: { readonly operation: string; readonly status: number; readonly ms: number }
  /** One try at an application: `status` is that of HTTP, or whether it went well. */
  readonly outgoing: { readonly adaptor: string; readonly status: string; readonly ms: number }
}

const names = [
  'runStarted',
  'runEnded',
  'runsUnderWay',
  'records',
  'scheduled',
  'scriptCalled',
  'requestAnswered',
  'outgoing',
] as const satisfies readonly (keyof Measurements)[]

const channels = Object.fromEntries(names.map((name) => [name, channel(`sluice:${name}`)])) as Readonly<Record<keyof Measurements, Channel>>

export function measure<Name extends keyof Measurements>(name: Name, what: Measurements[Name]): void {
  channels[name].publish(what)
}

/** Whether anybody listens, for what would cost something to find out. */
export const isMeasured = (name: keyof Measurements): boolean => channels[name].hasSubscribers

type Listeners = { readonly [Name in keyof Measurements]: (what: Measurements[Name]) => void }

/** Answers what ends it. */
export function onMeasured(listeners: Listeners): () => void {
  const heard = names.map((name) => [channels[name], listeners[name] as (what: unknown) => void] as const)
  for (const [each, listener] of heard) each.subscribe(listener)
  return () => {
    for (const [each, listener] of heard) each.unsubscribe(listener)
  }
}

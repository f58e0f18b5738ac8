/** `oneToMany`: splits a record into the children to import, and joins their results into the result of the record. */
import { createHash } from 'node:crypto'
import type { Failure, FlowRecord, SinkStep, SentChild } from '../adaptor.ts'
import { listChildren, toChildRecord } from '../values/one-to-many-children.ts'
import type { Submitted } from './submit-records.ts'

/** Characters of the answer about one child that are kept while its record waits to be sent again: retry data is a row for each record. */
const maxKept = 20_000

/** What became of a record; of one that failed, which of its children are imported all the same. */
export interface JoinedResult extends Submitted {
  readonly sent?: readonly SentChild[]
  /** What became of each of its children. */
  readonly children?: readonly Submitted['outcome'][]
}

export interface RecordChildren {
  /** What is still to be imported. */
  readonly open: readonly FlowRecord[]
  /** From what became of those, in order, to what became of the record. */
  join(submitted: readonly Submitted[]): JoinedResult
}

const passThrough = ([submitted]: readonly Submitted[]): JoinedResult => submitted ?? { outcome: { kind: 'ignored' }, warnings: [] }
export const noChildren: RecordChildren = { open: [], join: passThrough }

/** Each child sees the record it comes from as `_PARENT`. A child that was imported before is not sent again, unless somebody has changed it. */
export function splitRecord(doc: SinkStep['doc'], record: FlowRecord, sent: readonly SentChild[] = []): RecordChildren {
  const children = listChildren(doc, record)
  if (!children) return { open: [record], join: passThrough }
  const left = [...sent]
  const known = children.map((child): SentChild | undefined => {
    const print = left.length > 0 ? hashChild(child) : undefined
    const position = left.findIndex((each) => each.print === print)
    return position < 0 ? undefined : left.splice(position, 1)[0]
  })
  const openChildren = children.filter((_, i) => !known[i])
  return {
    open: openChildren.map((child) => toChildRecord(child, record)),
    join(submitted) {
      const remaining = submitted.values()
      return joinResults(
        children.map((child, i) => {
          const before = known[i]
          if (before) return { child, submitted: { outcome: { kind: 'done', response: before.response }, warnings: [] } }
          return { child, submitted: remaining.next().value as Submitted }
        }),
      )
    },
  }
}

const hashChild = (child: unknown): string => createHash('sha256').update(JSON.stringify(child)).digest('base64')

interface SubmittedChild {
  readonly child: unknown
  readonly submitted: Submitted
}

/** A record failed if any of its children did. */
function joinResults(children: readonly SubmittedChild[]): JoinedResult {
  const warnings = children.flatMap(({ submitted }) => submitted.warnings)
  const failures = children.flatMap(({ submitted: { outcome } }): readonly Failure[] => (outcome.kind === 'failed' ? outcome.failures : []))
  const done = children.flatMap(({ child, submitted: { outcome } }) =>
    outcome.kind === 'done' ? [{ child, response: outcome.response }] : [],
  )
  if (failures.length > 0) {
    const [exchange] = children.flatMap(({ submitted: { outcome } }) => (outcome.kind === 'failed' ? (outcome.exchange ?? []) : []))
    const sent = done.map(({ child, response }): SentChild => ({ print: hashChild(child), response: trimResponse(response) }))
    const outcome: Submitted['outcome'] = { kind: 'failed', failures: [...failures, ...warnings], ...(exchange && { exchange }) }
    return { outcome, warnings: [], ...(sent.length > 0 && { sent }) }
  }
  const outcome: Submitted['outcome'] =
    done.length > 0 ? { kind: 'done', response: mergeResponses(done.map(({ response }) => response)) } : { kind: 'ignored' }
  return { outcome, warnings, children: children.map(({ submitted }) => submitted.outcome) }
}

type Response = Readonly<Record<string, unknown>>

/** Ids and bodies of all children, in their order; the rest is that of the last one. */
function mergeResponses(responses: readonly Response[]): Response {
  const listed = (name: string): object =>
    responses.some((each) => each[name] !== undefined) ? { [name]: responses.map((each) => each[name]) } : {}
  return { ...responses.at(-1), ...listed('id'), ...listed('_json') }
}

function trimResponse({ headers: _headers, ...response }: Response): Response {
  if (JSON.stringify(response).length <= maxKept) return response
  const { _json, ...short } = response
  return short
}

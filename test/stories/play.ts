/** Plays the steps of a story against a server: fills in what earlier steps saved, asks, and says how the answer differs from what the page shows. */
import { readFileSync } from 'node:fs'
import { archiveOf, filesIn } from '../harness/archives.ts'
import { differenceIn } from '../harness/fits.ts'
import { until } from '../harness/flows.ts'
import type { Step } from './read-story.ts'

/** A run of a flow takes a second; a busy machine gets many times that. Milliseconds. */
const patience = 60_000

/** What steps know of each other, and of the server. */
export interface Stage {
  readonly url: string
  /** Where files lie that a story names. */
  readonly folder: URL
  /** What `${NAME}` is, tokens included. */
  readonly values: Map<string, unknown>
  readonly archives: Map<string, Buffer>
}

/** `${NAME}`: what was saved under it. `${file:NAME}`: the text of a file beside the story, as part of a JSON text. */
const filled = ({ values, folder }: Stage, text: string): string =>
  text.replaceAll(/\$\{(file:)?([\w.-]+)\}/g, (_whole, file: string | undefined, name: string) => {
    if (file !== undefined) return JSON.stringify(readFileSync(new URL(name, folder), 'utf8')).slice(1, -1)
    if (!values.has(name)) throw new Error(`nothing was saved as ${name}`)
    return String(values.get(name))
  })

/** An archive that was kept, with fields of its files changed as the body of the step says. */
async function changedArchive(stage: Stage, name: string, changes: string | undefined): Promise<Buffer> {
  const kept = stage.archives.get(name)
  if (!kept) throw new Error(`no archive was kept as ${name}`)
  const files = await filesIn(kept)
  for (const [path, fields] of Object.entries(JSON.parse(changes ?? '{}') as Record<string, object>))
    files[path] = JSON.stringify({ ...(JSON.parse(files[path] ?? 'null') as object), ...fields }, null, 2)
  return archiveOf(files)
}

async function ask(stage: Stage, { method, path, headers: { as, archive, lacks, ...headers }, body }: Step) {
  const text = body === undefined ? undefined : filled(stage, body)
  const sent = archive === undefined ? text : await changedArchive(stage, archive, text)
  const response = await fetch(stage.url + filled(stage, path), {
    method,
    headers: {
      authorization: `Bearer ${filled(stage, `\${${as ?? 'OWNER'}}`)}`,
      ...(sent !== undefined && { 'content-type': archive === undefined ? 'application/json' : 'application/zip' }),
      ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, filled(stage, value)])),
    },
    ...(sent !== undefined && { body: sent as string }),
  })
  return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()), lacks }
}

/** Undefined where the answer is what the page shows. */
async function differenceOf(stage: Stage, step: Step): Promise<string | undefined> {
  const { status, bytes, lacks } = await ask(stage, step)
  if (status !== step.status) return `it answered ${status}: ${bytes.toString().slice(0, 2000)}`
  if (step.into !== undefined) stage.archives.set(step.into, bytes)
  if (lacks !== undefined && bytes.includes(lacks)) return `it holds ${lacks}`
  if (step.expected === undefined) return undefined
  const found: unknown = bytes.length === 0 ? undefined : JSON.parse(bytes.toString())
  const saved = new Map<string, unknown>()
  const difference = differenceIn(JSON.parse(filled(stage, step.expected)), found, saved)
  if (difference !== undefined) return `the answer${difference}: ${bytes.toString().slice(0, 2000)}`
  for (const [name, value] of saved) stage.values.set(name, value)
  return undefined
}

export async function play(stage: Stage, step: Step): Promise<string | undefined> {
  if (!step.isAwaited) return differenceOf(stage, step)
  let last: string | undefined
  await until(async () => ((last = await differenceOf(stage, step)) === undefined ? true : undefined), patience).catch(() => undefined)
  return last
}

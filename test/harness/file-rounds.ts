/**
 * Rounds of files that a flow reads, archives, gathers and writes while somebody is killed at random moments: no file is lost, none is half visible under its
 * final name, and what comes twice is a file that was about to be archived.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'vitest'
import { callStage, goesOnMs, killOne, startOneRun, type Stage } from './kill-stage.ts'

/** Records of each file that is read, and files of a round. */
const perFile = 60
const files = 8
/** Records in a file of an import that writes batches. */
export const batchSize = 150
/** Until somebody is killed, at the most. Milliseconds. */
const killWithinMs = 1500

interface Named {
  readonly name: string
  readonly text: string
}

/** Where a flow reads and writes. */
export interface Ground {
  readonly stage: Stage
  readonly flowId: string
  /** Lays a file where the flow reads. */
  put(name: string, text: string): void
  /** Names of the files that wait there, and of those in the archive. */
  waiting(): readonly string[]
  archived(): readonly string[]
  /** What was written, by the import that wrote it: files whose names begin with the id of their run. `batches` are no larger than `batchSize`. */
  readonly written: Readonly<Record<string, () => readonly Named[]>>
  /** A file to whose end the runs wrote, a record a line. */
  grown?(): string
  /** Ends the sessions of the servers. */
  dropAll(): void
}

const idsIn = (text: string): number[] =>
  text.startsWith('[') ? (JSON.parse(text) as { id: number }[]).map(({ id }) => id) : text.trimEnd().split('\n').slice(1).map(Number)

/** A file that is there is whole, and what is written once more is the same. */
function look({ written }: Ground, seen: Map<string, string>): void {
  for (const [kind, list] of Object.entries(written))
    for (const { name, text } of list()) {
      const before = seen.get(`${kind}/${name}`)
      // Of a file that is cut off this is not so.
      const end = name.endsWith('.json') ? ']' : '\n'
      expect({ kind, name, text: before ?? text, end: text.at(-1) }).toEqual({ kind, name, text, end })
      seen.set(`${kind}/${name}`, text)
    }
}

/** The newest errors of each step. */
async function errorsOf({ stage, flowId }: Ground): Promise<string> {
  const { body: flow } = await callStage(stage, 'GET', `/v1/flows/${flowId}`)
  const steps = [...(flow.pageGenerators as { _exportId: string }[]), ...(flow.pageProcessors as { _importId: string }[])]
  const lists = steps.map(async (step) => {
    const id = '_exportId' in step ? step._exportId : step._importId
    return (await callStage(stage, 'GET', `/v1/flows/${flowId}/${id}/errors`)).body
  })
  return JSON.stringify(await Promise.all(lists)).slice(0, 5000)
}

/** Kills while the run goes on; answers how often. */
async function killDuring(ground: Ground, seen: Map<string, string>, jobId: string, left: number): Promise<number> {
  const { stage } = ground
  let times = 0
  for (let end = Date.now() + goesOnMs; ;) {
    look(ground, seen)
    const job = (await callStage(stage, 'GET', `/v1/jobs/${jobId}`)).body
    if (job.status === 'completed') {
      if (job.numError !== 0) throw new Error(`records failed: ${await errorsOf(ground)}`)
      return times
    }
    if (['failed', 'canceled'].includes(job.status as string) || Date.now() > end)
      throw new Error(`the run does not go on: ${JSON.stringify(job)}`)
    if (times >= left) {
      await pause(50)
      continue
    }
    for (const kill = Date.now() + Math.random() * killWithinMs; Date.now() < kill; await pause(10)) look(ground, seen)
    if (Math.random() < 0.2) ground.dropAll()
    else await killOne(stage)
    times += 1
    end = Date.now() + goesOnMs
  }
}

/** All that was written in a round is there, once for each time that its file was read. */
function expectAll({ written }: Ground, ids: ReadonlySet<number>, jobIds: readonly string[], again: number): void {
  for (const [kind, list] of Object.entries(written)) {
    const ofRound = list()
      .filter(({ name }) => jobIds.some((jobId) => name.startsWith(jobId)))
      .map(({ text }) => idsIn(text))
    // No file of a run holds a record twice, and nothing comes twice but what was read twice.
    for (const some of ofRound) expect([kind, new Set(some).size]).toEqual([kind, some.length])
    const all = ofRound.flat()
    expect([kind, new Set(all)]).toEqual([kind, ids])
    expect(all.length - ids.size).toBeLessThanOrEqual(again * perFile)
    if (kind === 'batches') expect(Math.max(...ofRound.map(({ length }) => length))).toBeLessThanOrEqual(batchSize)
  }
}

/** As many rounds as it takes to kill so often; answers how often that was. */
export async function holdRounds(ground: Ground, kills: number, tell: (line: string) => void): Promise<number> {
  const { stage, flowId } = ground
  const seen = new Map<string, string>()
  let [done, rounds, next, twice, grown] = [0, 0, 1, 0, 0]
  while (done < kills) {
    const ids = new Set<number>()
    for (let file = 0; file < files; file++) {
      const records = Array.from({ length: perFile }, () => ({ id: next++ }))
      for (const { id } of records) ids.add(id)
      ground.put(`${rounds}-${file}.json`, JSON.stringify(records))
    }
    const jobIds: string[] = []
    let again = 0
    for (let times = 0, left: readonly string[] = ['all']; left.length > 0; left = ground.waiting()) {
      // What a killed worker was about to archive is read once more.
      if (jobIds.length > 0) again += left.length
      expect(jobIds.length === 0 ? 0 : left.length).toBeLessThanOrEqual(times * 4)
      const jobId = await startOneRun(stage, flowId)
      jobIds.push(jobId)
      times = await killDuring(ground, seen, jobId, kills - done)
      done += times
    }
    look(ground, seen)
    expectAll(ground, ids, jobIds, again)
    if (ground.grown) {
      const all = idsIn(ground.grown()).slice(grown)
      expect(new Set(all)).toEqual(ids)
      expect(all.length - ids.size).toBeLessThanOrEqual(again * perFile)
      grown += all.length
    }
    const archived = ground.archived()
    for (let file = 0; file < files; file++) expect(archived.some((name) => name.endsWith(`${rounds}-${file}.json`))).toBe(true)
    rounds += 1
    twice += again
    tell(`${done} kills, ${rounds} rounds of ${files} files, ${twice} files read twice so far`)
  }
  tell([...stage.victims].map(([name, times]) => `${name} ${times} times`).join(', '))
  return done
}

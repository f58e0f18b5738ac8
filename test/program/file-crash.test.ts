/**
 * Files that are read, archived, gathered and written, here and on a file server, while the server, workers, the database and the sessions of the file server
 * are killed at random moments: no file is lost, none is half visible under its final name, and what comes twice is a file that was about to be archived.
 * `KILLS=200 npx vitest run` of this file kills so often.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { isInstalled, sshd, startSshd, type SftpServer } from '../harness/file-servers.ts'
import { make } from '../harness/flows.ts'
import { beginStage, callStage, goesOnMs, killOne, startOneRun, type Stage } from '../harness/kill-stage.ts'

const kills = Number(process.env['KILLS'] ?? 4)
const pageSize = 10
/** Records of each file that is read, and files of a round. */
const perFile = 60
const files = 8
/** Records in a file of the second import. */
const batchSize = 150
/** Until somebody is killed, at the most. Milliseconds. */
const killWithinMs = 1500

interface Ground {
  readonly stage: Stage
  readonly server: SftpServer
  /** Of the environment that the flows are in. */
  readonly own: string
  readonly flowId: string
  /** Files that were seen under their final names, by their paths, as they were then. */
  readonly seen: Map<string, string>
}

const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith('.')) : [])

/** Where files come to, and what each of them holds. */
const folders = ({ own, server }: Pick<Ground, 'own' | 'server'>) => ({
  run: join(own, 'runs'),
  batches: join(server.home, 'batches'),
  pages: join(server.home, 'pages'),
})

const idsIn = (text: string): number[] =>
  text.startsWith('[') ? (JSON.parse(text) as { id: number }[]).map(({ id }) => id) : text.trimEnd().split('\n').slice(1).map(Number)

/** A file that is there is whole, and what is written once more is the same. */
function look(ground: Ground): void {
  for (const folder of Object.values(folders(ground)))
    for (const name of namesIn(folder)) {
      const path = join(folder, name)
      const text = readFileSync(path, 'utf8')
      const before = ground.seen.get(path)
      // Of a file that is cut off this is not so.
      const end = name.endsWith('.json') ? ']' : '\n'
      expect({ path, text: before ?? text, end: text.at(-1) }).toEqual({ path, text, end })
      ground.seen.set(path, text)
    }
}

async function layGround(): Promise<Ground> {
  const root = mkdtempSync(join(tmpdir(), 'sluice-files-'))
  const server = await startSshd()
  onTestFinished(() => {
    server.stop()
    rmSync(root, { recursive: true })
  })
  const stage = await beginStage({ SLUICE_FILES: root, SLUICE_PAGES_IN_FLIGHT: '4' })
  const maker = { call: (method: string, path: string, body?: unknown) => callStage(stage, method, path, body) }
  const { port, username, key, fingerprint } = server
  const disk = (await make(maker, 'connections', { name: 'disk', type: 'filesystem', filesystem: { ping: { directoryPath: '/' } } }))
    ._id as string
  const ftp = { type: 'sftp', hostURI: '127.0.0.1', port, username, authKey: key, hostKey: fingerprint, userDirectoryIsRoot: true }
  const remote = (await make(maker, 'connections', { name: 'server', type: 'ftp', ftp }))._id as string
  await callStage(stage, 'GET', `/v1/connections/${disk}/ping`)
  const own = join(root, readdirSync(root)[0] ?? 'none')
  mkdirSync(join(own, 'in'))
  const source = {
    name: 'source',
    adaptorType: 'FileSystemExport',
    _connectionId: disk,
    pageSize,
    filesystem: { directoryPath: 'in' },
    file: { type: 'json', backupPath: 'archive' },
  }
  const { _id: _exportId } = await make(maker, 'exports', source)
  const sinks = [
    {
      adaptorType: 'FileSystemImport',
      _connectionId: disk,
      filesystem: { directoryPath: 'runs' },
      file: { type: 'json', fileName: '{{job._id}}.json' },
    },
    {
      adaptorType: 'FTPImport',
      _connectionId: remote,
      ftp: { directoryPath: 'batches', fileName: '{{job._id}}-{{record.id}}.csv' },
      file: { type: 'csv', batchSize },
    },
    {
      adaptorType: 'FTPImport',
      _connectionId: remote,
      ftp: { directoryPath: 'pages', fileName: '{{job._id}}-{{record.id}}.csv', inProgressFileName: '.{{record.id}}.part' },
      file: { type: 'csv', skipAggregation: true },
    },
  ]
  const pageProcessors: object[] = []
  for (const [n, sink] of sinks.entries())
    pageProcessors.push({ type: 'import', _importId: (await make(maker, 'imports', { name: `sink ${n}`, ...sink }))._id })
  const flowId = (await make(maker, 'flows', { name: 'flow', pageGenerators: [{ _exportId }], pageProcessors }))._id as string
  return { stage, server, own, flowId, seen: new Map() }
}

/** Kills while the run goes on; answers how often. */
async function killDuring(ground: Ground, jobId: string, left: number): Promise<number> {
  const { stage, server } = ground
  let times = 0
  for (let end = Date.now() + goesOnMs; ;) {
    look(ground)
    const job = (await callStage(stage, 'GET', `/v1/jobs/${jobId}`)).body
    if (job.status === 'completed') {
      expect(job).toMatchObject({ numError: 0 })
      return times
    }
    if (['failed', 'canceled'].includes(job.status as string) || Date.now() > end)
      throw new Error(`the run does not go on: ${JSON.stringify(job)}`)
    if (times >= left) {
      await pause(50)
      continue
    }
    for (const kill = Date.now() + Math.random() * killWithinMs; Date.now() < kill; await pause(10)) look(ground)
    if (Math.random() < 0.2) server.dropAll()
    else await killOne(stage)
    times += 1
    end = Date.now() + goesOnMs
  }
}

/** All that was written in a round is there, once for each time that its file was read. */
function expectAll(ground: Ground, ids: ReadonlySet<number>, jobIds: readonly string[], again: number): void {
  const ofRound = (folder: string): number[][] =>
    namesIn(folder)
      .filter((name) => jobIds.some((jobId) => name.startsWith(jobId)))
      .map((name) => idsIn(readFileSync(join(folder, name), 'utf8')))
  for (const [kind, folder] of Object.entries(folders(ground))) {
    const written = ofRound(folder)
    // No file of a run holds a record twice, and nothing comes twice but what was read twice.
    for (const some of written) expect([kind, new Set(some).size]).toEqual([kind, some.length])
    const all = written.flat()
    expect([kind, new Set(all)]).toEqual([kind, ids])
    expect(all.length - ids.size).toBeLessThanOrEqual(again * perFile)
    if (kind === 'batches') expect(Math.max(...written.map(({ length }) => length))).toBeLessThanOrEqual(batchSize)
  }
}

describe.skipIf(!isInstalled(sshd, 'openssh-server'))('files', () => {
  test('none is lost and none half visible, whoever is killed and when', { timeout: 240_000 + kills * 30_000 }, async () => {
    const ground = await layGround()
    const { stage, own, flowId } = ground
    let [done, rounds, next, twice] = [0, 0, 1, 0]
    while (done < kills) {
      const ids = new Set<number>()
      for (let file = 0; file < files; file++) {
        const records = Array.from({ length: perFile }, () => ({ id: next++ }))
        for (const { id } of records) ids.add(id)
        writeFileSync(join(own, 'in', `${rounds}-${file}.json`), JSON.stringify(records))
      }
      const jobIds: string[] = []
      let again = 0
      for (let times = 0, left: string[] = ['all']; left.length > 0; left = namesIn(join(own, 'in'))) {
        // What a killed worker was about to archive is read once more.
        if (jobIds.length > 0) again += left.length
        expect(jobIds.length === 0 ? 0 : left.length).toBeLessThanOrEqual(times * 4)
        const jobId = await startOneRun(stage, flowId)
        jobIds.push(jobId)
        times = await killDuring(ground, jobId, kills - done)
        done += times
      }
      look(ground)
      expectAll(ground, ids, jobIds, again)
      const archived = namesIn(join(own, 'archive'))
      for (let file = 0; file < files; file++) expect(archived.some((name) => name.endsWith(`${rounds}-${file}.json`))).toBe(true)
      rounds += 1
      twice += again
      if (process.env['KILLS'])
        process.stdout.write(`${done} kills, ${rounds} rounds of ${files} files, ${twice} files read twice so far\n`)
    }
    if (process.env['KILLS']) process.stdout.write(`${[...stage.victims].map(([name, times]) => `${name} ${times} times`).join(', ')}\n`)
  })
})

/**
 * Files that are read, archived, gathered and written, here and on a file server, while the server, workers, the database and the sessions of the file server
 * are killed at random moments. `KILLS=200 npx vitest run` of this file kills so often.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { batchSize, holdRounds, type Ground } from '../harness/file-rounds.ts'
import { isInstalled, sshd, startSshd } from '../harness/file-servers.ts'
import { make } from '../harness/flows.ts'
import { beginStage, callStage } from '../harness/kill-stage.ts'
import { startS3 } from '../harness/s3-server.ts'
import { startVsftpd, vsftpd } from '../harness/vsftpd.ts'

const kills = Number(process.env['KILLS'] ?? 4)
const timeout = 240_000 + kills * 30_000
const tell = (line: string): void => void (process.env['KILLS'] && process.stdout.write(`${line}\n`))
const pageSize = 10

const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith('.')) : [])
const filesIn = (folder: string) => namesIn(folder).map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }))

type Stage = Ground['stage']
const makerOf = (stage: Stage) => ({ call: (method: string, path: string, body?: unknown) => callStage(stage, method, path, body) })

async function makeFlow(stage: Stage, sources: readonly object[], sinks: readonly object[]): Promise<string> {
  const maker = makerOf(stage)
  const pageGenerators: object[] = []
  for (const [n, source] of sources.entries())
    pageGenerators.push({ _exportId: (await make(maker, 'exports', { name: `source ${n}`, pageSize, ...source }))._id })
  const pageProcessors: object[] = []
  for (const [n, sink] of sinks.entries())
    pageProcessors.push({ type: 'import', _importId: (await make(maker, 'imports', { name: `sink ${n}`, ...sink }))._id })
  return (await make(maker, 'flows', { name: 'flow', pageGenerators, pageProcessors }))._id as string
}

async function onDiskAndSftp(): Promise<Ground> {
  const root = mkdtempSync(join(tmpdir(), 'sluice-files-'))
  const server = await startSshd()
  onTestFinished(() => {
    server.stop()
    rmSync(root, { recursive: true })
  })
  const stage = await beginStage({ SLUICE_FILES: root, SLUICE_PAGES_IN_FLIGHT: '4' })
  const maker = makerOf(stage)
  const { port, username, key, fingerprint } = server
  const disk = (await make(maker, 'connections', { name: 'disk', type: 'filesystem', filesystem: { ping: { directoryPath: '/' } } }))
    ._id as string
  const ftp = { type: 'sftp', hostURI: '127.0.0.1', port, username, authKey: key, hostKey: fingerprint, userDirectoryIsRoot: true }
  const remote = (await make(maker, 'connections', { name: 'server', type: 'ftp', ftp }))._id as string
  await callStage(stage, 'GET', `/v1/connections/${disk}/ping`)
  const own = join(root, readdirSync(root)[0] ?? 'none')
  mkdirSync(join(own, 'in'))
  const source = {
    adaptorType: 'FileSystemExport',
    _connectionId: disk,
    filesystem: { directoryPath: 'in' },
    file: { type: 'json', backupPath: 'archive' },
  }
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
  return {
    stage,
    flowId: await makeFlow(stage, [source], sinks),
    put: (name, text) => writeFileSync(join(own, 'in', name), text),
    waiting: () => namesIn(join(own, 'in')),
    archived: () => namesIn(join(own, 'archive')),
    written: {
      run: () => filesIn(join(own, 'runs')),
      batches: () => filesIn(join(server.home, 'batches')),
      pages: () => filesIn(join(server.home, 'pages')),
    },
    dropAll: () => server.dropAll(),
  }
}

/** Files lie on both by turns. */
async function onFtpAndS3(): Promise<Ground> {
  const [server, s3] = [await startVsftpd(), await startS3()]
  onTestFinished(() => {
    server.stop()
    return s3.close()
  })
  const stage = await beginStage({ SLUICE_PAGES_IN_FLIGHT: '4' })
  const maker = makerOf(stage)
  const { port, username, password } = server
  const ftp = { type: 'ftp', hostURI: '127.0.0.1', port, username, password, userDirectoryIsRoot: true }
  const remote = (await make(maker, 'connections', { name: 'server', type: 'ftp', ftp }))._id as string
  const buckets = (await make(maker, 'connections', { name: 'buckets', type: 's3', s3: { ...s3.key, endpoint: s3.origin } }))._id as string
  mkdirSync(join(server.home, 'in'))
  for (const bucket of ['incoming', 'archive', 'runs', 'pages']) s3.buckets.set(bucket, new Map())
  const keysIn = (bucket: string): string[] => [...(s3.buckets.get(bucket)?.keys() ?? [])].filter((key) => !key.startsWith('\0'))
  const objectsIn = (bucket: string) =>
    keysIn(bucket).map((name) => ({ name, text: s3.buckets.get(bucket)?.get(name)?.body.toString() ?? '' }))
  const sources = [
    {
      adaptorType: 'FTPExport',
      _connectionId: remote,
      ftp: { directoryPath: 'in', backupDirectoryPath: 'archive' },
      file: { type: 'json' },
    },
    {
      adaptorType: 'S3Export',
      _connectionId: buckets,
      s3: { region: 'us-east-1', bucket: 'incoming', backupBucket: 'archive' },
      file: { type: 'json' },
    },
  ]
  const ofBucket = (bucket: string, fileKey: string) => ({ region: 'us-east-1', bucket, fileKey })
  const sinks = [
    {
      adaptorType: 'S3Import',
      _connectionId: buckets,
      s3: ofBucket('runs', '{{job._id}}.json'),
      file: { type: 'json' },
    },
    {
      adaptorType: 'FTPImport',
      _connectionId: remote,
      ftp: { directoryPath: 'batches', fileName: '{{job._id}}-{{record.id}}.csv' },
      file: { type: 'csv', batchSize },
    },
    {
      adaptorType: 'S3Import',
      _connectionId: buckets,
      s3: ofBucket('pages', '{{job._id}}-{{record.id}}.csv'),
      file: { type: 'csv', skipAggregation: true },
    },
    {
      adaptorType: 'FTPImport',
      _connectionId: remote,
      ftp: { directoryPath: 'grown', fileName: 'all.csv' },
      file: { type: 'csv', append: true },
    },
  ]
  let laid = 0
  return {
    stage,
    flowId: await makeFlow(stage, sources, sinks),
    put(name, text) {
      laid += 1
      if (laid % 2 === 0) s3.put('incoming', name, text)
      else writeFileSync(join(server.home, 'in', name), text)
    },
    waiting: () => [...namesIn(join(server.home, 'in')), ...keysIn('incoming')],
    archived: () => [...namesIn(join(server.home, 'archive')), ...keysIn('archive')],
    written: {
      run: () => objectsIn('runs'),
      batches: () => filesIn(join(server.home, 'batches')),
      pages: () => objectsIn('pages'),
    },
    grown: () => readFileSync(join(server.home, 'grown', 'all.csv'), 'utf8'),
    dropAll() {
      server.dropAll()
      s3.dropAll()
    },
  }
}

describe.skipIf(!isInstalled(sshd, 'openssh-server'))('files on a disk and over SFTP', () => {
  test('none is lost and none half visible, whoever is killed and when', { timeout }, async () => {
    expect(await holdRounds(await onDiskAndSftp(), kills, tell)).toBe(kills)
  })
})

describe.skipIf(!isInstalled(vsftpd, 'vsftpd'))('files over FTP and in buckets', () => {
  const most = process.env['KILLS'] ? kills : 2
  test('none is lost and none half visible, whoever is killed and when, and rows come once to the end of a file', { timeout }, async () => {
    expect(await holdRounds(await onFtpAndS3(), most, tell)).toBe(most)
  })
})

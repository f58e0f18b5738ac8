/** Runs from an SFTP server to it, whose worker is killed at random moments: no file is lost, and none is half there under its final name. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startApi, type Api } from '../harness/api.ts'
import { isInstalled, sshd, startSshd, type SftpServer } from '../harness/file-servers.ts'
import { ended, make, startRun, until } from '../harness/flows.ts'
import { startWorkerProcess } from '../harness/worker-process.ts'

/** More of them by `FILE_KILLS`. */
const kills = Number(process.env['FILE_KILLS'] ?? 3)
const filesIn = 20
const rowsIn = 400
const pageSize = 20

describe.skipIf(!isInstalled(sshd, 'openssh-server'))('files of an SFTP server', () => {
  let api: Api
  let server: SftpServer
  beforeAll(async () => {
    api = await startApi()
    server = await startSshd()
  })
  afterAll(async () => {
    await api.close()
    server.stop()
  })

  const namesIn = (folder: string): string[] => readdirSync(join(server.home, folder)).filter((name) => !name.startsWith('.'))
  /** Throws where one is not whole. */
  const written = (): number[] =>
    namesIn('out').flatMap((name) => {
      const records = JSON.parse(readFileSync(join(server.home, 'out', name), 'utf8')) as { id: string }[]
      expect({ name, records: records.length }).toEqual({ name, records: pageSize })
      return records.map(({ id }) => Number(id))
    })

  it('are not asked for where the server shows another key than it did when it first let the user in, until the connection says it', async () => {
    const changing = await startSshd()
    try {
      const { port, username, key: authKey } = changing
      const ftp = { type: 'sftp', hostURI: '127.0.0.1', port, username, authKey, userDirectoryIsRoot: true }
      const { _id } = await make(api, 'connections', { name: 'changing', type: 'ftp', ftp })
      const pinged = async () => (await api.call('GET', `/v1/connections/${_id as string}/ping`)).body
      const shown = async () => (await api.call('GET', `/v1/connections/${_id as string}`)).body.learnedHostKey
      expect(await shown()).toBeUndefined()
      expect(await pinged()).toEqual({ code: 200 })
      const learned = { fingerprint: changing.fingerprint, since: expect.stringMatching(/^\d{4}-.*Z$/) as string }
      expect(await shown()).toEqual(learned)
      const listed = (await api.call('GET', '/v1/connections')).body as unknown as { _id: string; learnedHostKey?: object }[]
      expect(listed.find((each) => each._id === _id)?.learnedHostKey).toEqual(learned)
      await changing.changeHostKey()
      const told = JSON.stringify(await pinged())
      expect(told).toContain(changing.fingerprint)
      const hostKey = /shows the key (SHA256:[^ ,]+)/.exec(told)?.[1]
      await api.call('PUT', `/v1/connections/${_id as string}`, { name: 'changing', type: 'ftp', ftp: { ...ftp, hostKey } })
      expect(await pinged()).toEqual({ code: 200 })
      // Nobody sets it, and at another address there is another server.
      const other = { name: 'changing', type: 'ftp', ftp: { ...ftp, port: 1 }, learnedHostKey: { fingerprint: 'SHA256:of-mine' } }
      await api.call('PUT', `/v1/connections/${_id as string}`, other)
      expect(await shown()).toBeUndefined()
    } finally {
      changing.stop()
    }
  })

  it('outlive a worker that is killed while they are read, written and moved', async () => {
    mkdirSync(join(server.home, 'in'))
    mkdirSync(join(server.home, 'out'))
    const wide = 'x'.repeat(2000)
    for (let file = 0; file < filesIn; file++) {
      const rows = Array.from({ length: rowsIn }, (_, row) => `${file * rowsIn + row},${wide}`)
      writeFileSync(join(server.home, `in/${String(file).padStart(2, '0')}.csv`), `id,text\n${rows.join('\n')}\n`)
    }
    const ftp = {
      type: 'sftp',
      hostURI: '127.0.0.1',
      port: server.port,
      username: server.username,
      authKey: server.key,
      hostKey: server.fingerprint,
      userDirectoryIsRoot: true,
      concurrencyLevel: 2,
    }
    const _connectionId = (await make(api, 'connections', { name: 'server', type: 'ftp', ftp }))._id as string
    const source = {
      name: 'orders',
      _connectionId,
      pageSize,
      ftp: { directoryPath: 'in', backupDirectoryPath: 'done' },
      file: { type: 'csv', csv: { hasHeaderRow: true } },
    }
    const sink = {
      name: 'files',
      _connectionId,
      ftp: { directoryPath: 'out', fileName: '{{record.id}}.json' },
      file: { type: 'json', skipAggregation: true },
    }
    const _exportId = (await make(api, 'exports', source))._id as string
    const _importId = (await make(api, 'imports', sink))._id as string
    const flow = await make(api, 'flows', {
      name: 'flow',
      pageGenerators: [{ _exportId }],
      pageProcessors: [{ type: 'import', _importId }],
    })
    const id = await startRun(api, flow._id as string)
    for (let kill = 0; kill < kills; kill++) {
      const doomed = await startWorkerProcess(api.config, { SLUICE_PAGES_IN_FLIGHT: '3' })
      const before = namesIn('out').length
      await until(() => (namesIn('out').length > before ? true : undefined), 60_000)
      await pause(Math.random() * 400)
      doomed.kill('SIGKILL')
      await doomed.exit
      written()
      expect(namesIn('in').length + (namesIn('.').includes('done') ? namesIn('done').length : 0), 'a file is here or there').toBe(filesIn)
    }
    expect(namesIn('out').length, 'it was killed in the middle').toBeLessThan((filesIn * rowsIn) / pageSize)
    await startWorkerProcess(api.config)
    expect(await ended(api, id, 120_000)).toMatchObject({ status: 'completed', numError: 0 })
    expect([namesIn('in'), namesIn('done')]).toEqual([[], Array.from({ length: filesIn }, (_, n) => `${String(n).padStart(2, '0')}.csv`)])
    expect(written().toSorted((a, b) => a - b)).toEqual(Array.from({ length: filesIn * rowsIn }, (_, n) => n))
  }, 300_000)
})

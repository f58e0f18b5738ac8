/** Exports and imports of files on an SFTP server: OpenSSH's, with the cases that hold wherever files lie, and what is its own. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { ConnectionDoc } from '../../../src/engine/adaptor.ts'
import { fileServer } from '../../../src/engine/adaptors/ftp/adaptor.ts'
import { isInstalled, sshd, startSshd, type SftpServer } from '../../harness/file-servers.ts'
import type { ConnectionSlots } from '../../../src/engine/around/slots.ts'
import { evaluator } from '../evaluator.ts'
import {
  collectUnacknowledged,
  failureOf,
  filesAtOnce,
  holdChangingFiles,
  holdExportCases,
  holdImportCases,
  run,
  type Changed,
  type Files,
  type Links,
} from './file-cases.ts'
import { ftpConnection, ftpExport, ftpImport, layFiles } from './ftp-ground.ts'
import { aRun, collect, unlimited } from './stage.ts'

const ports = { slots: unlimited, evaluator, privateNetwork: 'allow', firstWait: 1 } as const
const adaptor = fileServer(ports)
const inParts = fileServer({ ...ports, filesAtOnce })

describe.skipIf(!isInstalled(sshd, 'openssh-server'))('an SFTP server', () => {
  let server: SftpServer
  let connection: ConnectionDoc
  beforeAll(async () => {
    server = await startSshd()
    connection = connectionWith({})
  })
  afterAll(() => server.stop())

  const connectionWith = (ftp: object, to = server): ConnectionDoc =>
    ftpConnection({ type: 'sftp', port: to.port, username: to.username, authKey: to.key, hostKey: to.fingerprint, ...ftp })
  const lay = (files: Files, links?: Links, changed?: Changed) => ({
    adaptor: inParts,
    ...layFiles(server.home, files, links, changed),
    read: (path: string) => readFileSync(join(server.home, path), 'utf8'),
  })
  const ground = {
    get connection() {
      return connection
    },
    exportOf: ftpExport,
    importOf: ftpImport,
    lay,
    takes: ({ links }: { readonly links?: object }) => links === undefined,
  }
  holdExportCases(ground, 'file-system/export', 15)
  holdImportCases(ground, 'file-system/import', 8)
  holdExportCases(ground, 'ftp/export', 2)
  holdImportCases(ground, 'ftp/import', 2)

  const pinged = (ftp: object) => adaptor.connections.ping(connectionWith(ftp), run)
  const refused = new Set<ConnectionDoc>()

  describe('lets a user in', () => {
    it.each([
      ['with a key', () => ({})],
      ['with a key that the password opens', () => ({ authKey: server.lockedKey, password: server.passphrase })],
      ['and its own key is not asked for where nothing is said of it', () => ({ hostKey: undefined })],
    ])('%s', async (_name, ftp) => expect(await pinged(ftp())).toBeUndefined())

    it.each([
      ['a user that there is not', () => ({ username: 'nobody-of-this-name' }), 'authentication_failed'],
      ['a wrong password', () => ({ authKey: undefined, password: 'not the password' }), 'authentication_failed'],
      ['a key whose password is wrong', () => ({ authKey: server.lockedKey, password: 'not the password' }), 'invalid_key'],
      ['a key that is none', () => ({ authKey: 'a key' }), 'invalid_key'],
      ['a server with another key', () => ({ hostKey: 'SHA256:another' }), 'host_key_changed'],
      [
        'a server whose key is to be verified and is not known',
        () => ({ hostKey: undefined, enableHostVerification: true }),
        'host_key_unknown',
      ],
      ['a host that there is not', () => ({ hostURI: 'nowhere.invalid' }), 'host_not_found'],
      ['a port where nobody listens', () => ({ port: 1 }), 'connection_refused'],
      ['an address of metadata', () => ({ hostURI: '169.254.169.254' }), 'address_refused'],
    ])('but not %s', async (_name, ftp, code) => {
      refused.clear()
      const told = await adaptor.connections.ping(connectionWith(ftp()), aRun({ refused: (one: ConnectionDoc) => refused.add(one) }))
      expect(told).toMatchObject({ source: 'application', code })
      expect(told?.message).not.toContain('not the password')
      expect(refused.size, 'the connection goes offline where its proof is wrong').toBe(code === 'authentication_failed' ? 1 : 0)
    })

    it('and names the key to pin', async () => {
      const told = await pinged({ hostKey: undefined, enableHostVerification: true })
      expect(told?.message).toContain(server.fingerprint)
    })
  })

  it('has a new key: nothing is sent to it until ftp.hostKey says so', async () => {
    const changing = await startSshd()
    try {
      const own = fileServer({ slots: unlimited, evaluator, privateNetwork: 'allow', firstWait: 1 })
      const to = connectionWith({}, changing)
      expect(await own.connections.ping(to, run)).toBeUndefined()
      await changing.changeHostKey()
      expect(await own.connections.ping(to, run)).toMatchObject({ code: 'host_key_changed' })
    } finally {
      changing.stop()
    }
  })

  it('is not reached on a private network where that is refused', async () => {
    const guarded = fileServer({ slots: unlimited, evaluator, privateNetwork: 'refuse', firstWait: 1 })
    expect(await guarded.connections.ping(connectionWith({}), run)).toMatchObject({ code: 'address_refused' })
    expect(await guarded.connections.ping(connectionWith({ hostURI: 'localhost' }), run)).toMatchObject({ code: 'address_refused' })
  })

  describe('has a file that somebody writes, which', () => {
    holdChangingFiles(ground, (files, changed, settleMs) => ({
      adaptor: fileServer({ ...ports, settleMs }),
      ...layFiles(server.home, files, {}, changed),
      at: (path) => join(server.home, path),
    }))
  })

  it('closes every session in the middle of a file: it is read on from there', async () => {
    const lines = Array.from({ length: 200_000 }, (_, id) => `{"id":${id},"text":"${'x'.repeat(40)}"}`)
    lay({ 'in/a.ndjson': lines.join('\n') })
    let count = 0
    for await (const { records } of adaptor.source.pages({ doc: ftpExport({ pageSize: 1000 }), connection, run }, undefined)) {
      for (const record of records) expect((record as { id: number }).id).toBe(count++)
      if (count % 50_000 === 0) server.dropAll()
    }
    expect(count).toBe(lines.length)
  })

  it('closes every session between pieces of work: the next one signs in anew', async () => {
    const { left } = lay({ 'in/a.json': '[{"id":1}]', 'in/b.json': '[{"id":2}]' })
    const pages = await collectUnacknowledged(adaptor.source.pages({ doc: ftpExport({}), connection, run }, undefined))
    for (const page of pages) {
      server.dropAll()
      await page.ack?.()
    }
    expect(left()).toEqual([])
  })

  it('ends what serves files and keeps the session: the next piece of work signs in anew', async () => {
    const { left } = lay({ 'in/a.json': '[{"id":1}]', 'in/b.json': '[{"id":2}]' })
    const pages = await collectUnacknowledged(adaptor.source.pages({ doc: ftpExport({}), connection, run }, undefined))
    for (const page of pages) {
      server.dropFiles()
      await pause(100)
      await page.ack?.()
    }
    expect(left()).toEqual([])
  })

  it('closes connections before it says anything, as one that lets in no more at a time does: they are opened again', async () => {
    let opened = 0
    const before = createServer((socket) => {
      opened += 1
      if (opened <= 2) return void socket.end()
      const onward = connect(server.port, '127.0.0.1')
      socket.pipe(onward).pipe(socket)
      for (const one of [socket, onward]) one.on('error', () => undefined)
    })
    await new Promise<void>((ready) => before.listen(0, '127.0.0.1', ready))
    onTestFinished(() => void before.close())
    const through = connectionWith({ port: (before.address() as AddressInfo).port })
    lay({ 'in/a.json': '[{"id":1}]' })
    const pages = await collect(adaptor.source.pages({ doc: ftpExport({}), connection: through, run }, undefined))
    expect(pages.map(({ records }) => records)).toEqual([[{ id: 1 }]])
    expect(opened).toBeGreaterThan(2)
  })

  it.each([
    ['kill -9 $$', 'connection_reset', 3],
    ['exit 127', 'sftp_refused', 1],
  ])('has nothing that serves files (%s): %s after %i tries', async (does, code, tries) => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-subsystem-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const count = join(folder, 'count')
    const broken = await startSshd({ subsystem: `/bin/sh -c 'echo >> ${count}; ${does}'` })
    onTestFinished(() => broken.stop())
    const pages = adaptor.source.pages({ doc: ftpExport({}), connection: connectionWith({}, broken), run }, undefined)
    expect(await failureOf(() => collect(pages))).toMatchObject({ code })
    expect(readFileSync(count, 'utf8').length).toBe(tries)
  })

  it('may be read only: a file fails its records, and one that went through stays', async () => {
    const closed = await startSshd({ readOnly: true })
    try {
      const to = connectionWith({}, closed)
      mkdirSync(join(closed.home, 'in'))
      writeFileSync(join(closed.home, 'in/a.json'), '[{"id":1}]')
      const outcomes = await adaptor.sink.write({ doc: ftpImport({ file: { fileName: 'b.json' } }), connection: to, run }, [
        { record: {}, mapped: {} },
      ])
      expect(outcomes).toMatchObject([{ kind: 'failed', failures: [{ code: 'permission_denied' }] }])
      const [page] = await collectUnacknowledged(adaptor.source.pages({ doc: ftpExport({}), connection: to, run }, undefined))
      expect(await failureOf(async () => page?.ack?.())).toMatchObject({ code: 'permission_denied' })
      expect(readFileSync(join(closed.home, 'in/a.json'), 'utf8')).toBe('[{"id":1}]')
    } finally {
      closed.stop()
    }
  })

  it('is asked by as many pieces of work at once as the connection says', async () => {
    const levels = new Set<number>()
    const slots: ConnectionSlots = {
      ...unlimited,
      use: (_owner, level, _signal, work) => {
        levels.add(level)
        return work()
      },
    }
    const own = fileServer({ slots, evaluator, privateNetwork: 'allow' })
    lay({})
    for (const [ftp, fields] of [
      [{}],
      [{ concurrencyLevel: 3 }],
      [{ concurrencyLevel: 3, targetConcurrencyLevel: 4 }, { autoRecoverRateLimitErrors: true }],
    ] as const)
      await own.connections.ping({ ...connectionWith(ftp), ...fields }, run)
    expect([...levels]).toEqual([1, 3, 4])
  })

  it('has paths that begin at its root, unless ftp.userDirectoryIsRoot says that they begin at home', async () => {
    const { left } = lay({ 'in/a.json': '[{"id":1}]' })
    const fromRoot = connectionWith({ userDirectoryIsRoot: false })
    const pages = (to: ConnectionDoc, directoryPath: string) =>
      collect(adaptor.source.pages({ doc: ftpExport({ ftp: { directoryPath } }), connection: to, run }, undefined))
    expect(await failureOf(() => pages(fromRoot, 'in'))).toMatchObject({ code: 'folder_missing' })
    expect(await pages(fromRoot, join(server.home, 'in'))).toHaveLength(1)
    expect(left()).toEqual([])
  })

  it('shows no links, and none is followed to a file', async () => {
    const { left } = lay({ 'in/z.json': '[{"id":3}]' })
    symlinkSync('/etc/hostname', join(server.home, 'in/link.json'))
    const pages = await collect(adaptor.source.pages({ doc: ftpExport({}), connection, run }, undefined))
    expect(pages.flatMap(({ records }) => records)).toEqual([{ id: 3 }])
    expect(left()).toEqual(['in/link.json'])
  })

  it('looks at a folder again when the files that it kept of it are through', async () => {
    const files = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`in/${n}.json`, `[{"id":${n}}]`]))
    const { left } = lay(files)
    const parts = fileServer({ ...ports, filesAtOnce: 120 })
    const pages = await collect(parts.source.pages({ doc: ftpExport({}), connection, run }, undefined))
    const ids = pages.flatMap(({ records }) => records as readonly { readonly id: number }[]).map(({ id }) => String(id))
    expect(ids).toEqual(Array.from({ length: 500 }, (_, n) => String(n)).toSorted())
    expect(left()).toEqual([])
  })

  it('gets a file of many parts as it was written, and reads it again', async () => {
    const { read } = lay({})
    const records = Array.from({ length: 60_000 }, (_, id) => ({ id, text: 'ä'.repeat(40) }))
    await adaptor.sink.write(
      { doc: ftpImport({ file: { fileName: 'all.ndjson' } }), connection, run },
      records.map((record) => ({ record, mapped: record })),
    )
    expect(read('out/all.ndjson')).toBe(records.map((record) => `${JSON.stringify(record)}\n`).join(''))
    const pages = await collect(
      adaptor.source.pages({ doc: ftpExport({ ftp: { directoryPath: 'out' }, pageSize: 1000 }), connection, run }, undefined),
    )
    expect(pages.flatMap((page) => page.records)).toEqual(records)
  })
})

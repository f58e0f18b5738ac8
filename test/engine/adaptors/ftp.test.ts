/** Exports and imports of files on servers for FTP and FTPS: vsftpd, with the cases that hold wherever files lie, and what is its own. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConnectionDoc } from '../../../src/engine/adaptor.ts'
import { fileServer } from '../../../src/engine/adaptors/ftp/adaptor.ts'
import { isInstalled } from '../../harness/file-servers.ts'
import { startVsftpd, vsftpd, type FtpServer } from '../../harness/vsftpd.ts'
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

const kinds = [
  { name: 'a server for FTP', tls: undefined, ftp: { type: 'ftp' } },
  { name: 'a server for FTP that opens the connections for data', tls: undefined, ftp: { type: 'ftp', usePassiveMode: false } },
  { name: 'a server for FTPS', tls: 'explicit', ftp: { type: 'ftps', requireSocketReUse: true } },
  { name: 'a server for FTPS that opens the connections for data', tls: 'explicit', ftp: { type: 'ftps', usePassiveMode: false } },
  { name: 'a server for FTPS from the first byte on', tls: 'implicit', ftp: { type: 'ftps', useImplicitFtps: true } },
] as const

/** All of those that a case needs, as many as may stand side by side. */
describe.skipIf(!isInstalled(vsftpd, 'vsftpd'))('FTP', () => {
  const servers = new Map<string | undefined, FtpServer>()
  beforeAll(async () => {
    for (const tls of [undefined, 'explicit', 'implicit'] as const) servers.set(tls, await startVsftpd(tls ? { tls } : {}))
  })
  afterAll(() => {
    for (const server of servers.values()) server.stop()
  })
  const connectionTo = (server: FtpServer, ftp: object, ssl: object = { ca: server.certificate }): ConnectionDoc => ({
    ...ftpConnection({ port: server.port, username: server.username, password: server.password, ...ftp }),
    ...((ftp as { type?: string }).type === 'ftps' && { ssl }),
  })
  const groundOf = ({ tls, ftp }: (typeof kinds)[number]) => {
    const server = (): FtpServer => servers.get(tls) as FtpServer
    return {
      server,
      get connection() {
        return connectionTo(server(), ftp)
      },
      exportOf: ftpExport,
      importOf: ftpImport,
      lay: (files: Files, links?: Links, changed?: Changed) => ({
        adaptor: inParts,
        ...layFiles(server().home, files, links, changed),
        read: (path: string) => readFileSync(join(server().home, path), 'utf8'),
      }),
      takes: ({ links }: { readonly links?: object }) => links === undefined,
    }
  }

  const plain = groundOf(kinds[0])
  describe('plain', () => {
    holdExportCases(plain, 'file-system/export', 15)
    holdImportCases(plain, 'file-system/import', 8)
    describe('has a file that somebody writes, which', () => {
      holdChangingFiles(plain, (files, changed, settleMs) => ({
        adaptor: fileServer({ ...ports, settleMs }),
        ...layFiles(plain.server().home, files, {}, changed),
        at: (path) => join(plain.server().home, path),
      }))
    })
  })
  describe.each(kinds)('$name', (kind) => {
    const ground = groundOf(kind)
    holdExportCases(ground, 'ftp/export', 2)
    holdImportCases(ground, 'ftp/import', 2)

    it('sends and takes a file of many parts', async () => {
      const { read, left } = ground.lay({})
      const records = Array.from({ length: 20_000 }, (_, id) => ({ id, text: 'ä'.repeat(40) }))
      const { connection } = ground
      const step = { doc: ftpImport({ file: { fileName: 'ä ö.ndjson' } }), connection, run }
      const [outcome] = await adaptor.sink.write(
        step,
        records.map((record) => ({ record, mapped: record })),
      )
      expect(outcome).toMatchObject({ kind: 'done' })
      expect(read('out/ä ö.ndjson')).toBe(records.map((record) => `${JSON.stringify(record)}\n`).join(''))
      const doc = ftpExport({ ftp: { directoryPath: 'out' }, pageSize: 1000 })
      const pages = await collect(adaptor.source.pages({ doc, connection, run }, undefined))
      expect(pages.flatMap((page) => page.records)).toEqual(records)
      expect(left()).toEqual([])
    })
  })

  describe.each([kinds[0], kinds[3]])('$name', (kind) => {
    const ground = groundOf(kind)
    it('closes every session in the middle of a file: it is read on from there', async () => {
      const lines = Array.from({ length: 30_000 }, (_, id) => `{"id":${id},"text":"${'x'.repeat(40)}"}`)
      ground.lay({ 'in/a.ndjson': lines.join('\n') })
      let count = 0
      for await (const { records } of adaptor.source.pages(
        { doc: ftpExport({ pageSize: 1000 }), connection: ground.connection, run },
        undefined,
      )) {
        for (const record of records) expect((record as { id: number }).id).toBe(count++)
        if (count % 10_000 === 0) ground.server().dropAll()
      }
      expect(count).toBe(lines.length)
    })
  })

  const refused = new Set<ConnectionDoc>()
  const pinged = (connection: ConnectionDoc) =>
    adaptor.connections.ping(connection, aRun({ refused: (one: ConnectionDoc) => refused.add(one) }))
  const server = (tls?: 'explicit' | 'implicit'): FtpServer => servers.get(tls) as FtpServer

  describe('a user', () => {
    const ftp = { type: 'ftp' }
    const ftps = { type: 'ftps' }
    it.each([
      ['is let in with the password', () => connectionTo(server(), ftp), undefined],
      ['is not let in with another one', () => connectionTo(server(), { ...ftp, password: 'not the password' }), 'authentication_failed'],
      ['is not let in under another name', () => connectionTo(server(), { ...ftp, username: 'somebody' }), 'authentication_failed'],
      ['is told that a server wants TLS', () => connectionTo(server('explicit'), ftp), 'tls_required'],
      ['is told that a server offers no TLS', () => connectionTo(server(), ftps), 'tls_refused'],
      ['is let in where the certificate of a server is known', () => connectionTo(server('explicit'), ftps), undefined],
      [
        'sends nothing to a server with a certificate that nobody vouches for',
        () => connectionTo(server('explicit'), ftps, {}),
        'tls_failed',
      ],
      [
        'sends nothing to a server with a certificate that nobody vouches for, from the first byte on',
        () => connectionTo(server('implicit'), { ...ftps, useImplicitFtps: true }, {}),
        'tls_failed',
      ],
      [
        'sends nothing to a server whose certificate is for another name',
        () => connectionTo(server('explicit'), { ...ftps, hostURI: 'localhost' }),
        'tls_failed',
      ],
      [
        'sends it where ftp.enableHostVerification says that names do not matter',
        () => connectionTo(server('explicit'), { ...ftps, hostURI: 'localhost', enableHostVerification: false }),
        undefined,
      ],
      ['finds nobody where there is no host', () => connectionTo(server(), { ...ftp, hostURI: 'nowhere.invalid' }), 'host_not_found'],
      ['finds nobody at a port where nobody listens', () => connectionTo(server(), { ...ftp, port: 1 }), 'connection_refused'],
      ['does not reach an address of metadata', () => connectionTo(server(), { ...ftp, hostURI: '169.254.169.254' }), 'address_refused'],
    ])('%s', async (_name, to, code) => {
      refused.clear()
      const told = await pinged(to())
      expect(told?.code).toBe(code)
      expect(told?.message ?? '').not.toContain('not the password')
      expect(refused.size, 'the connection goes offline where its proof is wrong').toBe(code === 'authentication_failed' ? 1 : 0)
    })

    it('does not reach a private network where that is refused', async () => {
      const guarded = fileServer({ slots: unlimited, evaluator, privateNetwork: 'refuse', firstWait: 1 })
      expect(await guarded.connections.ping(connectionTo(server(), ftp), run)).toMatchObject({ code: 'address_refused' })
      const named = connectionTo(server(), { ...ftp, hostURI: 'localhost' })
      expect(await guarded.connections.ping(named, run)).toMatchObject({ code: 'address_refused' })
    })
  })

  it('tells the names of a folder with many files, which is looked at again when those that were kept are through', async () => {
    const { connection } = plain
    plain.lay({})
    mkdirSync(join(plain.server().home, 'in'))
    for (let n = 0; n < 2_000; n++) writeFileSync(join(plain.server().home, `in/${n}.json`), '[]')
    const parts = fileServer({ ...ports, filesAtOnce: 700 })
    const doc = ftpExport({ file: { output: 'metadata' }, pageSize: 1_000 })
    const pages = await collect(parts.source.pages({ doc, connection, run }, undefined))
    const names = pages.flatMap(({ records }) => records as readonly { readonly fileMeta: { readonly fileName: string } }[])
    expect(names.map(({ fileMeta }) => fileMeta.fileName)).toEqual(Array.from({ length: 2_000 }, (_, n) => `${n}.json`).toSorted())
    const some = ftpExport({ ftp: { fileNameStartsWith: '199' } })
    expect(await collect(adaptor.source.pages({ doc: some, connection, run }, undefined))).toHaveLength(11)
  })

  it('shows no links', async () => {
    const { left } = plain.lay({ 'in/z.json': '[{"id":3}]' })
    symlinkSync('/etc/hostname', join(plain.server().home, 'in/link.json'))
    const pages = await collect(adaptor.source.pages({ doc: ftpExport({}), connection: plain.connection, run }, undefined))
    expect(pages.flatMap(({ records }) => records)).toEqual([{ id: 3 }])
    expect(left()).toEqual(['in/link.json'])
  })

  it('has paths that begin at its root, unless ftp.userDirectoryIsRoot says that they begin where the user comes to', async () => {
    const { left } = plain.lay({ 'in/a.json': '[{"id":1}]' })
    const fromRoot = connectionTo(plain.server(), { type: 'ftp', userDirectoryIsRoot: false })
    const pages = (directoryPath: string) =>
      collect(adaptor.source.pages({ doc: ftpExport({ ftp: { directoryPath } }), connection: fromRoot, run }, undefined))
    expect(await failureOf(() => pages('in'))).toMatchObject({ code: 'folder_missing' })
    expect(await pages(join(plain.server().home, 'in'))).toHaveLength(1)
    expect(left()).toEqual([])
  })

  it('may be read only: a file fails its records, and one that went through stays', async () => {
    const closed = await startVsftpd({ readOnly: true })
    try {
      const connection = connectionTo(closed, { type: 'ftp' })
      mkdirSync(join(closed.home, 'in'))
      writeFileSync(join(closed.home, 'in/a.json'), '[{"id":1}]')
      const outcomes = await adaptor.sink.write({ doc: ftpImport({ file: { fileName: 'b.json' } }), connection, run }, [
        { record: {}, mapped: {} },
      ])
      expect(outcomes).toMatchObject([{ kind: 'failed', failures: [{ code: 'permission_denied' }] }])
      const [page] = await collectUnacknowledged(adaptor.source.pages({ doc: ftpExport({}), connection, run }, undefined))
      expect(await failureOf(async () => page?.ack?.())).toMatchObject({ code: 'permission_denied' })
      expect(readFileSync(join(closed.home, 'in/a.json'), 'utf8')).toBe('[{"id":1}]')
    } finally {
      closed.stop()
    }
  })
})

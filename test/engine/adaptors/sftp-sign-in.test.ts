/** How SFTP signs in: passwords, and keys of servers that are learned when they first let the user in. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { openUnkeptSessions } from '../../../src/domain/sessions/sessions.ts'
import type { ConnectionDoc, Run } from '../../../src/engine/adaptor.ts'
import { fileServer } from '../../../src/engine/adaptors/ftp/adaptor.ts'
import { isInstalled, sshd, startSshd, type SftpServer } from '../../harness/file-servers.ts'
import { startSshPeer } from '../../harness/ssh-peer.ts'
import { evaluator } from '../evaluator.ts'
import { failureOf } from './file-cases.ts'
import { ftpConnection, ftpExport } from './ftp-ground.ts'
import { aRun, collect, unlimited } from './stage.ts'

/** Another one each time, as another worker has. */
const worker = () => fileServer({ slots: unlimited, evaluator, privateNetwork: 'allow', firstWait: 1 })
const ping = (connection: ConnectionDoc, run: Run = aRun()) => worker().connections.ping(connection, run)

describe('a password', () => {
  const peer = async (options: Parameters<typeof startSshPeer>[0] = {}) => {
    const started = await startSshPeer(options)
    onTestFinished(() => started.stop())
    return started
  }

  it.each(['password', 'keyboard-interactive'] as const)('lets the user in by the method %s, and another one does not', async (method) => {
    const { port, username, password, tried } = await peer({ method })
    expect(await ping(ftpConnection({ type: 'sftp', port, username, password }))).toBeUndefined()
    expect(tried).toContain(method)
    const refused: ConnectionDoc[] = []
    const told = await ping(
      ftpConnection({ type: 'sftp', port, username, password: 'not the password' }),
      aRun({ refused: (one: ConnectionDoc) => refused.push(one) }),
    )
    expect(told).toMatchObject({ code: 'authentication_failed' })
    expect(told?.message).not.toContain('not the password')
    expect(refused).toHaveLength(1)
  })

  it('is sent again where the server ends each session after its answer', async () => {
    const { port, username, password } = await peer({ closesAfterEach: true })
    const to = ftpConnection({ type: 'sftp', port, username, password })
    expect(await ping(to)).toBeUndefined()
    const reading = () => collect(worker().source.pages({ doc: ftpExport({}), connection: to, run: aRun() }, undefined))
    expect(await failureOf(reading)).toMatchObject({ source: 'application' })
  })
})

describe.skipIf(!isInstalled(sshd, 'openssh-server'))('the key of a server', () => {
  const started = async (): Promise<SftpServer> => {
    const server = await startSshd()
    onTestFinished(() => server.stop())
    return server
  }
  const connectionTo = ({ port, username, key }: SftpServer, ftp: object = {}) =>
    ftpConnection({ type: 'sftp', port, username, authKey: key, ...ftp })
  const changed = async (server: SftpServer): Promise<string> => {
    await server.changeHostKey()
    const told = await ping(connectionTo(server, { enableHostVerification: true }))
    return /SHA256:\S+(?=\.)/.exec(told?.message ?? '')?.[0] as string
  }

  it('is learned when it first lets the user in, by all workers, and another one is refused until ftp.hostKey says it', async () => {
    const server = await started()
    const run = aRun({ sessions: openUnkeptSessions() })
    const to = connectionTo(server)
    expect(await ping(to, run)).toBeUndefined()
    expect(await ping(to, run)).toBeUndefined()
    expect(await ping(connectionTo(server, { enableHostVerification: true }), run), 'it is known by now').toBeUndefined()
    const shown = await changed(server)
    expect(shown).not.toBe(server.fingerprint)
    const told = await ping(to, run)
    expect(told).toMatchObject({ source: 'application', code: 'host_key_changed' })
    expect(told?.message).toContain(shown)
    expect(told?.message).toContain(server.fingerprint)
    expect(await ping(connectionTo(server, { hostKey: shown }), run)).toBeUndefined()
  })

  it('is not learned of a server that does not let the user in', async () => {
    const server = await started()
    const run = aRun({ sessions: openUnkeptSessions() })
    expect(await ping(connectionTo(server, { username: 'nobody-of-this-name' }), run)).toMatchObject({ code: 'authentication_failed' })
    await server.changeHostKey()
    expect(await ping(connectionTo(server), run)).toBeUndefined()
  })

  it('is that of one address: another one has its own', async () => {
    const run = aRun({ sessions: openUnkeptSessions() })
    const [one, other] = [await started(), await started()]
    expect(await ping(connectionTo(one), run)).toBeUndefined()
    // The same connection, which leads elsewhere now.
    expect(await ping(connectionTo(other), run)).toBeUndefined()
    await other.changeHostKey()
    expect(await ping(connectionTo(other), run)).toMatchObject({ code: 'host_key_changed' })
  })
})

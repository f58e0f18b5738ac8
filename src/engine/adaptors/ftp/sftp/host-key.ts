/**
 * Which key a server has to show: the one that the connection pins, or else the one that it showed when it first let the user in, which all workers know. It is
 * kept as what a connection obtained by signing in is kept.
 */
import { createHash } from 'node:crypto'
import { isRefused, type HostKey, type Session, type Sessions } from '../../../../domain/ports/sessions/session.ts'
import type { ConnectionDoc } from '../../../adaptor.ts'
import { FileFailure } from '../../files/failure.ts'

export type Ftp = NonNullable<ConnectionDoc['ftp']>

/** Of one connection to one address. */
export interface HostKeys {
  find(): Promise<HostKey | undefined>
  /** Throws where somebody else has learned another one meanwhile. */
  learn(fingerprint: string): Promise<void>
}

/** As `ssh-keygen -l` writes it. */
export const fingerprintOf = (key: Buffer): string => `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`

/** Nothing is known, and nothing kept, where there are no sessions. */
export function hostKeysOf(
  { _id: connectionId, ftp, learnedHostKey: told }: Pick<ConnectionDoc, '_id' | 'learnedHostKey'> & { readonly ftp: Ftp },
  sessions: Sessions | undefined,
): HostKeys {
  // At another address there is another server.
  const print = `sftp ${ftp.hostURI.toLowerCase()} ${ftp.port || 22}`
  /** Whoever reads the connection sees it. */
  const show = async (hostKey: HostKey | undefined): Promise<HostKey | undefined> => {
    if (hostKey && hostKey.fingerprint !== told?.fingerprint) await sessions?.showHostKey(connectionId, hostKey)
    return hostKey
  }
  const read = ({ values = {}, obtainedAt, print: of }: Session): HostKey | undefined => {
    const { hostKey } = values
    return hostKey === undefined || of !== print ? undefined : { fingerprint: hostKey, since: new Date(obtainedAt).toISOString() }
  }
  return {
    async find() {
      const kept = ftp.hostKey?.trim() ? undefined : await sessions?.current({ connectionId, print })
      return kept && show(read(kept.session))
    },
    async learn(fingerprint) {
      if (!sessions || ftp.hostKey?.trim()) return
      const obtain = async (): Promise<Session> => ({ values: { hostKey: fingerprint }, obtainedAt: Date.now(), print })
      const kept = await sessions.renew(
        { connectionId, print },
        (await sessions.current({ connectionId, print }))?.version,
        obtain,
        new AbortController().signal,
      )
      // Nothing can be kept now: it is learned next time.
      if (isRefused(kept)) return
      const refusal = judgeHostKey(ftp, fingerprint, await show(read(kept.session)))
      if (refusal) throw refusal
    },
  }
}

export function judgeHostKey(
  { hostURI, hostKey, enableHostVerification }: Ftp,
  shown: string,
  learned: HostKey | undefined,
): FileFailure | undefined {
  const pinned = hostKey?.trim()
  if (pinned === shown) return undefined
  if (pinned)
    return new FileFailure(
      'host_key_changed',
      `${hostURI} shows the key ${shown}, and ftp.hostKey says ${pinned}: nothing was sent to it. Where the server has a new key, set ftp.hostKey.`,
    )
  if (learned && learned.fingerprint !== shown)
    return new FileFailure(
      'host_key_changed',
      `${hostURI} shows the key ${shown}, and has shown ${learned.fingerprint} since ${learned.since}: nothing was sent to it. Where the server has a new key, set ftp.hostKey to it once you have compared it with what its owner says.`,
    )
  if (learned || !enableHostVerification) return undefined
  return new FileFailure(
    'host_key_unknown',
    `${hostURI} shows the key ${shown}. ftp.enableHostVerification asks for a server that is known: set ftp.hostKey to this once you have compared it with what its owner says.`,
  )
}

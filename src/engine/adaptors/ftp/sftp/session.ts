/** A session with an SFTP server: signed in, its host key checked, every request of it bounded in time. */
import type * as Ssh2 from 'ssh2'
import type { Client, SFTPWrapper } from 'ssh2'
import { lazyLoad } from '../../../../domain/lazy-load.ts'
import type { PrivateNetwork } from '../../../outgoing/address-guard.ts'
import { openGuardedSocket } from '../../../outgoing/guarded-socket.ts'
import { FileFailure } from '../../files/failure.ts'
import type { Session } from '../../files/share-sessions.ts'
import { explainConnectError, lost, onceConnected, signInMs } from '../connect.ts'
import { explainStatus, isStatus } from './explain-status.ts'
import { fingerprintOf, judgeHostKey, type Ftp, type HostKeys } from './host-key.ts'

const ssh2 = lazyLoad<typeof Ssh2>('ssh2')

/** For one request: a server that is at work answers each within a moment. Milliseconds. */
const answerMs = 60_000
/** A server that says nothing is asked whether it is there; after so many questions without an answer it is not. Milliseconds. */
const keepAliveMs = 15_000
const keepAlivesMissed = 3

type Callback<T> = (error: Error | null | undefined, value: T) => void

export interface SftpSession extends Session {
  /** Throws `FileFailure`. */
  call<T>(act: (sftp: SFTPWrapper, done: Callback<T>) => void): Promise<T>
}

export async function openSftpSession(ftp: Ftp, privateNetwork: PrivateNetwork, hostKeys: HostKeys): Promise<SftpSession> {
  const host = ftp.hostURI
  const learned = await hostKeys.find()
  const socket = openGuardedSocket(host, ftp.port || 22, privateNetwork)
  await onceConnected(socket, host)
  const client = new (ssh2().Client)()
  const questions = new Set<(failure: Error) => void>()
  let broken: Error | undefined
  const breakWith = (error: Error): void => {
    broken ??= error
    client.destroy()
    for (const fail of questions) fail(lost(host))
  }
  const breakOff = (): void => breakWith(lost(host))
  client.on('close', breakOff)
  try {
    let shown = ''
    const sftp = await signIn(client, ftp, socket, (key) => judgeHostKey(ftp, (shown = fingerprintOf(key)), learned))
    client.on('error', breakWith)
    // Of the files alone; the connection may stay, and what is asked then is answered by nobody.
    sftp.on('end', breakOff).on('close', breakOff)
    // Only of a server that lets the user in.
    if (!learned) await hostKeys.learn(shown)
    return {
      get broken() {
        return broken
      },
      end: () => client.end(),
      call: (act) => (broken ? Promise.reject(lost(host)) : ask(host, sftp, act, questions, breakWith)),
    }
  } catch (error) {
    client.on('error', () => undefined)
    client.destroy()
    throw error
  }
}

function signIn(
  client: Client,
  ftp: Ftp,
  sock: ReturnType<typeof openGuardedSocket>,
  judge: (key: Buffer) => FileFailure | undefined,
): Promise<SFTPWrapper> {
  const { hostURI: host, username, password, authKey } = ftp
  const secret = password || undefined
  return new Promise((resolve, reject) => {
    let refusal: FileFailure | undefined
    client.once('error', (error) => reject(refusal ?? explainConnectError(error, host)))
    client.once('close', () => reject(refusal ?? lost(host)))
    // Many servers ask for the password as the answer to a question.
    client.on('keyboard-interactive', (_name, _instructions, _language, prompts, answer) => answer(prompts.map(() => secret ?? '')))
    client.once('ready', () => client.sftp((error, sftp) => (error ? reject(explainNoFiles(error, host)) : resolve(sftp))))
    try {
      client.connect({
        sock,
        username,
        ...(secret !== undefined && { password: secret, tryKeyboard: true }),
        ...(authKey && { privateKey: authKey, ...(secret !== undefined && { passphrase: secret }) }),
        readyTimeout: signInMs,
        keepaliveInterval: keepAliveMs,
        keepaliveCountMax: keepAlivesMissed,
        hostVerifier: (key: Buffer) => {
          refusal = judge(key)
          return refusal === undefined
        },
      })
    } catch (error) {
      // What it throws before it asks anybody is about the key; it may quote it.
      reject(
        /passphrase/i.test((error as Error).message)
          ? new FileFailure('invalid_key', 'ftp.authKey is encrypted, and ftp.password does not open it.')
          : new FileFailure('invalid_key', 'ftp.authKey is no private key that can be read: PEM or the format of OpenSSH is.'),
      )
    }
  })
}

/** What serves files and ends without a word was ended; one that refuses or is not there says so, or ends with a code. */
function explainNoFiles({ message, code }: Error & { readonly code?: unknown }, host: string): FileFailure {
  const isEnded = typeof code !== 'number' && /^Received|^No response/.test(message)
  return isEnded ? lost(host) : new FileFailure('sftp_refused', `${host} lets the user in and offers no SFTP.`)
}

/** One request and its answer. Where none comes in time the session is of no use any more: nobody knows what the answer to the next one would be. */
function ask<T>(
  host: string,
  sftp: SFTPWrapper,
  act: (sftp: SFTPWrapper, done: Callback<T>) => void,
  questions: Set<(failure: Error) => void>,
  breakWith: (error: Error) => void,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const late = setTimeout(() => {
    const failure = new FileFailure('timeout', `${host} did not answer within ${answerMs / 1000} s.`, true)
    reject(failure)
    breakWith(failure)
  }, answerMs)
  questions.add(reject)
  act(sftp, (error, value) => {
    if (!error) resolve(value)
    else if (isStatus(error)) reject(explainStatus(error))
    else reject(lost(host))
  })
  return promise.finally(() => {
    clearTimeout(late)
    questions.delete(reject)
  })
}

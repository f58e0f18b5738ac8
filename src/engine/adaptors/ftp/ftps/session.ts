/** A session with a server for FTP or FTPS: signed in, its certificate checked, one command at a time, each bounded in time. */
import { Socket, isIP } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import type * as BasicFtp from 'basic-ftp'
import type { Client } from 'basic-ftp'
import { lazyLoad } from '../../../../domain/lazy-load.ts'
import type { ConnectionDoc } from '../../../adaptor.ts'
import type { PrivateNetwork } from '../../../outgoing/address-guard.ts'
import { readTls } from '../../../outgoing/auth/tls.ts'
import { openGuardedSocket } from '../../../outgoing/guarded-socket.ts'
import { FileFailure } from '../../files/failure.ts'
import type { Session } from '../../files/share-sessions.ts'
import { onceConnected, signInMs } from '../connect.ts'
import { openActiveWay, openPassiveWay, type DataWay } from './data-way.ts'
import { explainTrouble, isReply, type Meaning } from './explain-reply.ts'

const basicFtp = lazyLoad<typeof BasicFtp>('basic-ftp')

/** For the answer to one command, and for the next bytes of a file. Milliseconds. */
export const answerMs = 60_000

export interface FtpSession extends Session {
  readonly client: Client
  readonly host: string
  /** Folder that the user came to. */
  readonly home: string
  /** To or from the server, for the bytes of the next command. */
  openWay(): Promise<DataWay>
  /** How it is asked for the names in a folder. */
  readonly listCommand: 'MLSD' | 'LIST'
  /** Commands, and what a refusal that says no more means. Throws `FileFailure`. */
  ask<T>(meaning: Meaning, act: (client: Client) => Promise<T>): Promise<T>
  /** Ends it in the middle of something: nobody knows what its next answer would be to. */
  breakOff(why?: Error): void
}

type Ftp = NonNullable<ConnectionDoc['ftp']>

export async function openFtpSession(
  connection: ConnectionDoc & { readonly ftp: Ftp },
  privateNetwork: PrivateNetwork,
): Promise<FtpSession> {
  const { ftp } = connection
  const { hostURI: host } = ftp
  const isImplicit = ftp.type === 'ftps' && (ftp.useImplicitFtps ?? false)
  const socket = openGuardedSocket(host, ftp.port || (isImplicit ? 990 : 21), privateNetwork)
  await onceConnected(socket, host)
  const client = new (basicFtp().Client)(answerMs)
  const late = setTimeout(
    () => client.ftp.closeWithError(new FileFailure('timeout', `${host} did not let the user in in time.`, true)),
    signInMs,
  )
  try {
    await greet(client, socket, ftp, ftp.type === 'ftps' ? tlsOptions(connection, ftp) : undefined)
    await client.login(ftp.username, ftp.password)
    await client.useDefaultSettings()
    const home = await client.pwd()
    const saysHow = ftp.entryParser !== undefined && ftp.entryParser !== 'UNKNOWN-TYPE'
    return {
      client,
      host,
      home,
      openWay: () => ((ftp.usePassiveMode ?? true) ? openPassiveWay(client, host, privateNetwork) : openActiveWay(client, host)),
      listCommand: client.availableListCommands.includes('MLSD') && !saysHow ? 'MLSD' : 'LIST',
      get broken() {
        return client.closed ? new Error('closed') : undefined
      },
      end: () => client.close(),
      async ask(meaning, act) {
        try {
          return await act(client)
        } catch (error) {
          throw explainTrouble(error, host, meaning)
        }
      },
      breakOff: (why = new Error('broken off')) => client.ftp.closeWithError(why),
    }
  } catch (error) {
    client.close()
    throw explainTrouble(error, host, 'sign_in')
  } finally {
    clearTimeout(late)
  }
}

/** Until the server is ready to hear who comes, over TLS where that is asked for. */
async function greet(client: Client, socket: Socket, ftp: Ftp, tls: ConnectionOptions | undefined): Promise<void> {
  const implicitly = tls && (ftp.useImplicitFtps ?? false)
  client.ftp._newSocket = () => (implicitly ? new Socket() : socket)
  if (implicitly) {
    await client.connectImplicitTLS(ftp.hostURI, undefined, { ...tls, socket })
    return
  }
  await client.connect(ftp.hostURI)
  if (tls)
    await client.useTLS(tls).catch((error: unknown) => {
      if (!isReply(error)) throw error
      throw new FileFailure(
        'tls_refused',
        `${ftp.hostURI} offers no TLS after a command: ftp.useImplicitFtps begins with it, and ftp.type ftp goes without.`,
      )
    })
}

function tlsOptions(connection: ConnectionDoc, { hostURI: host, enableHostVerification }: Ftp): ConnectionOptions {
  return {
    ...readTls(connection),
    host,
    ...(isIP(host) === 0 && { servername: host }),
    ...(enableHostVerification === false && { checkServerIdentity: () => undefined }),
  }
}

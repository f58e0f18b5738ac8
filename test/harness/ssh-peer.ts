/** An SSH server that checks passwords, which sshd of a plain user cannot: by the method for them, or as the answer to a question. Its folder is empty. */
import { generateKeyPairSync } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import ssh2 from 'ssh2'

const { Server } = ssh2

export interface SshPeer {
  readonly port: number
  readonly username: string
  readonly password: string
  /** Ways in that were tried. */
  readonly tried: string[]
  stop(): void
}

interface Options {
  readonly method?: 'password' | 'keyboard-interactive'
  /** Ends the connection after the answer to each request. */
  readonly closesAfterEach?: boolean
}

const directory = 0o040_755

export async function startSshPeer({ method = 'password', closesAfterEach = false }: Options = {}): Promise<SshPeer> {
  const [username, password] = ['somebody', 'a password']
  const tried: string[] = []
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
  })
  const server = new Server({ hostKeys: [privateKey] }, (client) => {
    client.on('error', () => undefined)
    client.on('authentication', (context) => {
      tried.push(context.method)
      if (context.username !== username || context.method !== method) return context.reject([method])
      if (context.method === 'password') return context.password === password ? context.accept() : context.reject([method])
      if (context.method === 'keyboard-interactive')
        context.prompt([{ prompt: 'Password: ', echo: false }], ([answer]) =>
          answer === password ? context.accept() : context.reject([method]),
        )
    })
    client.on('session', (accept) => {
      accept().on('sftp', (acceptSftp) => {
        const sftp = acceptSftp()
        sftp.on('error', () => undefined)
        sftp.on('LSTAT', (request) => {
          sftp.attrs(request, { mode: directory, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 })
          if (closesAfterEach) client.end()
        })
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, username, password, tried, stop: () => void server.close() }
}

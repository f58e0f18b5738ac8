/** File servers of Debian, started for a test on a port of their own: OpenSSH's sshd as whoever runs the test. */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** Whether the program is there. CI has all of them; elsewhere a line says what to install. */
export function isInstalled(program: string, pack: string): boolean {
  if (existsSync(program)) return true
  if (process.env['CI']) throw new Error(`CI needs ${program}: apt-get install ${pack}`)
  process.stdout.write(`Skipped: ${program} is not there. apt-get install ${pack}\n`)
  return false
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Milliseconds that a server may take to listen. */
const startMs = 10_000

export async function onceListening(port: number): Promise<void> {
  for (const until = Date.now() + startMs; ;) {
    const socket = connect(port, '127.0.0.1')
    const open = await new Promise<boolean>((resolve) => socket.once('connect', () => resolve(true)).once('error', () => resolve(false)))
    socket.destroy()
    if (open) return
    if (Date.now() > until) throw new Error(`nothing listens on port ${port}`)
    await pause(20)
  }
}

export const sshd = '/usr/sbin/sshd'

export interface SftpServer {
  readonly port: number
  readonly username: string
  /** Where paths begin. */
  readonly home: string
  /** Of the user who may sign in; the second one is encrypted. */
  readonly key: string
  readonly lockedKey: string
  readonly passphrase: string
  /** Of the server. */
  readonly fingerprint: string
  /** Closes all sessions, and lets new ones in. */
  dropAll(): void
  /** Ends what serves files in all sessions; the sessions stay. */
  dropFiles(): void
  /** Has another key from now on. */
  changeHostKey(): Promise<void>
  stop(): void
}

const passphrase = 'opens the key'

export async function startSshd(options: { readonly readOnly?: boolean; readonly subsystem?: string } = {}): Promise<SftpServer> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-sshd-'))
  const home = join(folder, 'home')
  mkdirSync(home)
  // Where sshd of a root separates its rights.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true })
  const makeKey = (name: string, secret = ''): string => {
    rmSync(join(folder, name), { force: true })
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', secret, '-f', join(folder, name)])
    return readFileSync(join(folder, name), 'utf8')
  }
  makeKey('host')
  const key = makeKey('user')
  const lockedKey = makeKey('locked', passphrase)
  const authorized = ['user', 'locked'].map((name) => readFileSync(join(folder, `${name}.pub`), 'utf8')).join('')
  writeFileSync(join(folder, 'authorized'), authorized, { mode: 0o600 })
  const port = await freePort()
  writeFileSync(
    join(folder, 'config'),
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${folder}/host`,
      `AuthorizedKeysFile ${folder}/authorized`,
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PidFile none',
      'MaxStartups 100',
      `Subsystem sftp ${options.subsystem ?? `internal-sftp -d ${home}${options.readOnly ? ' -R' : ''}`}`,
    ].join('\n'),
  )
  const start = () => spawn(sshd, ['-D', '-e', '-f', join(folder, 'config')], { stdio: 'ignore' })
  let server = start()
  const kill = (): void => {
    endSessions(server.pid as number)
    server.kill('SIGKILL')
  }
  await onceListening(port)
  const print = execFileSync('ssh-keygen', ['-l', '-f', join(folder, 'host.pub')], { encoding: 'utf8' })
  return {
    port,
    username: userInfo().username,
    home,
    key,
    lockedKey,
    passphrase,
    fingerprint: print.split(' ')[1] as string,
    dropAll: () => endSessions(server.pid as number),
    dropFiles: () => endLast(server.pid as number),
    async changeHostKey() {
      kill()
      makeKey('host')
      server = start()
      await onceListening(port)
    },
    stop() {
      kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Those that a server has begun, and not the server itself. */
export function endSessions(pid: number): void {
  for (const child of childrenOf(pid)) {
    endSessions(child)
    end(child)
  }
}

/** Those at the ends of the tree that a server has begun: they have begun nobody. */
function endLast(pid: number): void {
  for (const child of childrenOf(pid)) {
    if (childrenOf(child).length > 0) endLast(child)
    else end(child)
  }
}

const childrenOf = (pid: number): readonly number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}

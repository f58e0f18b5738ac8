/** Machines of a cluster as network namespaces of this one, each with an address and a cable of its own, and the programs on them. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

const bridge = 'sluice-lan'
/** The address of this machine in the network of the others. */
export const ownAddress = '10.213.0.1'
export const machines = {
  db1: '10.213.0.11',
  db2: '10.213.0.12',
  db3: '10.213.0.13',
  server1: '10.213.0.21',
  server2: '10.213.0.22',
  worker1: '10.213.0.31',
  worker2: '10.213.0.32',
  worker3: '10.213.0.33',
  lb: '10.213.0.10',
} as const
export type Machine = keyof typeof machines
const names = Object.keys(machines) as Machine[]

const ip = (...args: readonly string[]): string => execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
const namespaceOf = (machine: Machine): string => `sluice-${machine}`
const cableOf = (machine: Machine): string => `sl-${machine}`

export function connectMachines(): void {
  disconnectMachines()
  ip('link', 'add', bridge, 'type', 'bridge')
  ip('addr', 'add', `${ownAddress}/24`, 'dev', bridge)
  ip('link', 'set', bridge, 'up')
  for (const machine of names) {
    const [namespace, cable] = [namespaceOf(machine), cableOf(machine)]
    ip('netns', 'add', namespace)
    ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace)
    ip('link', 'set', cable, 'master', bridge, 'up')
    ip('-n', namespace, 'addr', 'add', `${machines[machine]}/24`, 'dev', 'eth0')
    ip('-n', namespace, 'link', 'set', 'eth0', 'up')
    ip('-n', namespace, 'link', 'set', 'lo', 'up')
  }
}

/** Ends everything that runs on them, too. */
export function disconnectMachines(): void {
  const [namespaces, links] = [ip('netns', 'list'), ip('-o', 'link')]
  for (const machine of names) {
    const [namespace, cable] = [namespaceOf(machine), cableOf(machine)]
    // A namespace is gone with its last program, which may be a moment later: its cable has to be free now.
    if (links.includes(` ${cable}@`)) ip('link', 'del', cable)
    if (!new RegExp(`^${namespace}\\b`, 'm').test(namespaces)) continue
    for (const pid of ip('netns', 'pids', namespace).split('\n').filter(Boolean)) kill(Number(pid))
    ip('netns', 'del', namespace)
  }
  if (links.includes(` ${bridge}:`)) ip('link', 'del', bridge)
}

/** Nothing gets to the machine or comes from it, and nobody is told. */
export const cut = (machine: Machine): string => ip('link', 'set', cableOf(machine), 'down')
export const mend = (machine: Machine): string => ip('link', 'set', cableOf(machine), 'up')

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}

/** PostgreSQL of a data directory, with its sessions. */
export function killPostgres(data: string): void {
  const pid = Number.parseInt(readFileSync(`${data}/postmaster.pid`, 'utf8'), 10)
  const sessions = execFileSync('sh', ['-c', `pgrep -P ${pid} || true`], { encoding: 'utf8' })
  for (const each of [pid, ...sessions.split('\n').filter(Boolean).map(Number)]) kill(each)
}

export interface Command {
  readonly machine: Machine
  readonly file: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** The user of this machine that it runs as. */
  readonly user?: string
  /** A folder of this machine, and what the program finds in its place. */
  readonly instead?: readonly [folder: string, own: string]
  readonly log: string
}

/** As systemd's `RestartSec`. Milliseconds. */
const restartMs = 2000

/** A program that is started again when it ends, as systemd does it, unless it is held. */
export class Service {
  readonly #command: Command
  #child: ChildProcess | undefined
  #isHeld = false

  constructor(command: Command) {
    this.#command = command
    this.#start()
  }

  get machine(): Machine {
    return this.#command.machine
  }

  /** Started again by its supervisor. */
  kill(): void {
    if (this.#child?.pid) kill(this.#child.pid)
  }

  /** Killed, and not started again before `release`. */
  hold(): void {
    this.#isHeld = true
    this.kill()
  }

  release(): void {
    if (!this.#isHeld) return
    this.#isHeld = false
    this.#start()
  }

  #start(): void {
    const { machine, file, args, env, user, instead, log } = this.#command
    const as = user ? ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups', '--'] : []
    // In a namespace of mounts that `ip netns exec` has made for it.
    const mounted = instead ? ['sh', '-c', 'mount --bind "$1" "$0" && shift && exec "$@"', ...instead] : []
    const output = openSync(log, 'a')
    const child = spawn('ip', ['netns', 'exec', namespaceOf(machine), ...mounted, ...as, file, ...args], {
      cwd: user ? '/' : process.cwd(),
      env: { PATH: process.env['PATH'], HOME: '/', LC_ALL: 'C.UTF-8', ...env },
      stdio: ['ignore', output, output],
    })
    closeSync(output)
    this.#child = child
    child.once('exit', () => {
      if (this.#child === child && !this.#isHeld)
        void pause(restartMs, undefined, { ref: false }).then(() => this.#child === child && !this.#isHeld && this.#start())
    })
  }
}

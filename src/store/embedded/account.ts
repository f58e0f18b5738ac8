/** Which user of the machine PostgreSQL runs as. It refuses to run as root, so root hands its work to a user without rights. */
import { chmod, chown, readFile, stat } from 'node:fs/promises'
import { SetupError } from '../../domain/errors.ts'
import type { Binaries } from './binaries.ts'
import { ourselves, type RunAs, run } from './run-postgres-tool.ts'

type Owner = NonNullable<RunAs['owner']>

/** Users to run as when root starts us, best first. Both own nothing that matters on a machine without a PostgreSQL of its own. */
const candidates = ['postgres', 'daemon']

/** A probe answers in 10 ms; a disk that needs this long to start one program is not fit to hold data. In milliseconds. */
const probeTimeoutMs = 10_000

/**
 * The user for `folder`, whose cluster is or will be in `data`. The user must be able to enter the folder and run the programs, and people clone
 * into places such as /root where nobody else may go. Then PostgreSQL gets one capability: passing through directories, and only if that is
 * not enough (files without a read bit, containers without that capability) passing any permission.
 * `no_setuid_fixup` makes access(2), by which PostgreSQL checks its own programs, see that capability.
 */
export async function accountFor(folder: string, data: string, binaries: Binaries): Promise<RunAs> {
  if (process.getuid?.() !== 0) return ourselves
  const owner = (await findOwner(data)) ?? (await userOfMachine())
  await grantAccess(owner, folder)
  for (const through of [[], ...['dac_read_search', 'dac_override'].map((capability) => setpriv(owner, capability))]) {
    const as: RunAs = { owner, through }
    if (await canRead(as, folder, binaries)) return as
  }
  throw new SetupError(
    `PostgreSQL refuses to run as root, and the user it would run as (uid ${owner.uid}) cannot enter ${folder} or the folder of the program: start Sluice as another user, use folders others may enter, install setpriv (util-linux), or set DATABASE_URL.`,
  )
}

const setpriv = ({ uid, gid }: Owner, capability: string): string[] => [
  'setpriv',
  `--reuid=${uid}`,
  `--regid=${gid}`,
  '--clear-groups',
  '--securebits=+no_setuid_fixup',
  `--inh-caps=-all,+${capability}`,
  `--ambient-caps=+${capability}`,
  '--',
]

/** A folder closed to all but root opens for passing through, to the group of that one user. What is in it has modes of its own. */
async function grantAccess(owner: Owner, folder: string): Promise<void> {
  const { uid, mode } = await stat(folder)
  if (uid !== 0 || (mode & 0o077) !== 0) return
  await chown(folder, 0, owner.gid)
  await chmod(folder, (mode & 0o700) | 0o010)
}

/** Tried rather than computed: modes, ACLs, mounts and the bounds of a container all have their say. */
async function canRead(as: RunAs, folder: string, binaries: Binaries): Promise<boolean> {
  const script = 'said=$("$0" --version 2>&1) && [ "${said#*invalid}" = "$said" ] && cd "$1" && : <"$2"'
  const { code } = await run(as, '/bin/sh', ['-c', script, binaries.initdb, folder, binaries.catalog], probeTimeoutMs)
  return code === 0
}

async function findOwner(data: string): Promise<Owner | undefined> {
  const found = await stat(data).catch(() => undefined)
  return found && found.uid !== 0 ? { uid: found.uid, gid: found.gid } : undefined
}

async function userOfMachine(): Promise<Owner> {
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n').map((line) => line.split(':'))
  for (const name of candidates) {
    const [, , uid, gid] = lines.find((fields) => fields[0] === name) ?? []
    if (uid && gid && Number(uid) > 0) return { uid: Number(uid), gid: Number(gid) }
  }
  throw new SetupError(
    `PostgreSQL refuses to run as root, and this machine has no user named ${candidates.join(' or ')}: start Sluice as another user, or set DATABASE_URL.`,
  )
}

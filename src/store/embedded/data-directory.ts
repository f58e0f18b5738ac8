/** Makes PostgreSQL's data directory at the first start, whole or not at all, and checks at every later one that this PostgreSQL can read it. */
import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { SetupError } from '../../domain/errors.ts'
import { changeOwner, type Place } from './folder.ts'
import { isAlive } from './server-process.ts'
import { lastLine, run } from './run-postgres-tool.ts'

/** The superuser of the embedded server; it has one database of its own, named `postgres`. */
export const serverUser = 'sluice'

/** initdb takes a second here; a slow disk gets a hundred times that. In milliseconds. */
const initdbTimeoutMs = 60_000

/** The name of a cluster or a password in the making, and in it the process that makes it. */
const draftName = /^postgres(?:-password)?\.new-(\d+)-/

/** Answers the password of the server. `onWait` is called when a cluster is being made. */
export async function ensureCluster(place: Place, onWait?: () => void): Promise<string> {
  await clearDrafts(place.folder)
  const version = await readVersion(place)
  if (version === undefined) {
    const password = await ensurePassword(place)
    await create(place, onWait)
    return password
  }
  await checkVersion(place, version)
  return readPassword(place)
}

async function readVersion({ data }: Place): Promise<number | undefined> {
  const text = await readFile(join(data, 'PG_VERSION'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return text === undefined ? undefined : Number.parseInt(text, 10)
}

async function checkVersion({ folder, binaries, as }: Place, theirs: number): Promise<void> {
  const { output } = await run(as, binaries.postgres, ['--version'], initdbTimeoutMs)
  const ours = Number(/\(PostgreSQL\) (\d+)/.exec(output)?.[1])
  if (!ours)
    throw new SetupError(`PostgreSQL cannot be run on this machine (${lastLine(output)}): set DATABASE_URL to a PostgreSQL of your own.`)
  if (theirs === ours) return
  throw new SetupError(
    theirs > ours
      ? `The data folder ${folder} was written by PostgreSQL ${theirs}, and this Sluice brings PostgreSQL ${ours}: use the newer Sluice that wrote it.`
      : `The data folder ${folder} was written by PostgreSQL ${theirs}, and this Sluice brings PostgreSQL ${ours}: dump it with the Sluice that wrote it and load the dump here.`,
  )
}

/** In a folder beside, renamed when complete: a first start that is killed leaves nothing that looks like data, and of two at once one wins. */
async function create(place: Place, onWait: (() => void) | undefined): Promise<void> {
  const draft = join(place.folder, `postgres.new-${process.pid}-${randomBytes(4).toString('hex')}`)
  await mkdir(draft, { mode: 0o700 })
  try {
    await changeOwner(place.as, draft)
    const made = initdb(place, draft)
    onWait?.()
    await made
    await rename(draft, place.data).catch(async (error: unknown) => {
      if ((await readVersion(place)) === undefined) throw error
    })
    await syncFolder(place.folder)
  } finally {
    await discard(draft)
  }
}

async function initdb({ binaries, as, password }: Place, folder: string): Promise<void> {
  // C.UTF-8 of PostgreSQL itself: upper and lower case of every letter, and an order no upgrade of the machine can change.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const access = [`--username=${serverUser}`, `--pwfile=${password}`, '--auth=scram-sha-256']
  // On disk before the folder gets its name, and in one go where the system can do that: a thousand files one by one take most of a second.
  const sync = process.platform === 'linux' ? ['--sync-method=syncfs'] : []
  const { code, output } = await run(as, binaries.initdb, [`--pgdata=${folder}`, ...locale, ...access, ...sync], initdbTimeoutMs)
  const reason = output.split('\n').find((line) => /error|fatal|could not/i.test(line)) ?? lastLine(output)
  if (code !== 0) throw new SetupError(`The database could not be created in ${folder}: ${reason.trim() || 'initdb did not end in time'}.`)
}

/** What programs left that were killed at their first start. */
async function clearDrafts(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = draftName.exec(name)?.[1]
    if (pid && !isAlive(Number(pid))) await discard(join(folder, name))
  }
}

/** As far as it goes: an initdb whose program was killed writes on for a moment, and what it writes is cleared at the next start. */
const discard = (draft: string) => rm(draft, { recursive: true, force: true }).catch(() => {})

/** Linked into place when complete, so that of two first starts at once both read the same one. initdb reads it as PostgreSQL's user. */
async function ensurePassword(place: Place): Promise<string> {
  const draft = `${place.password}.new-${process.pid}-${randomBytes(4).toString('hex')}`
  const handle = await open(draft, 'wx', 0o600)
  try {
    await handle.writeFile(`${randomBytes(24).toString('base64url')}\n`)
    await handle.sync()
    await handle.close()
    await changeOwner(place.as, draft)
    await link(draft, place.password).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
    return await readPassword(place)
  } finally {
    await rm(draft, { force: true })
  }
}

async function readPassword({ folder, password }: Place): Promise<string> {
  const text = await readFile(password, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT')
      throw new SetupError(`The data folder ${folder} lacks its file postgres-password: bring it back from your backup.`)
    throw error
  })
  return text.trim()
}

/** A rename is on disk only when its folder is. Windows cannot open folders, and writes them through. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  await handle.sync()
  await handle.close()
}

/** Backs up the installation of the settings, and restores one into it: database, key and file come together here. */
import { createWriteStream } from 'node:fs'
import { access, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SetupError } from '../domain/errors.ts'
import { keyId } from '../domain/vault.ts'
import { readKeys, type Settings } from '../settings.ts'
import { loadBackup } from '../store/backup/load-backup.ts'
import type { Manifest } from '../store/backup/manifest.ts'
import { openBackup } from '../store/backup/open-backup.ts'
import { writeBackup, type Watch } from '../store/backup/write-backup.ts'
import type { DatabaseConfig } from '../store/database/database-hosts.ts'
import { readMigrations } from '../store/database/migrate.ts'
import { makeFolder } from '../store/embedded/folder.ts'
import { openEmbedded } from '../store/embedded/open.ts'
import { keepKey, readKey, removeKey } from './encryption-key.ts'

/** What a backup holds, and what is left for the user to know. */
export interface BackupReport {
  readonly file: string
  /** Of the file. */
  readonly bytes: number
  readonly sluice: string
  readonly madeAt: string
  readonly migration: string
  readonly keyId: string | null
  readonly tables: readonly { readonly name: string; readonly rows: number }[]
  readonly rows: number
  readonly notes: readonly string[]
}

type Place = Pick<Settings, 'databaseUrl' | 'data' | 'encryptionKeys'>

/** `keyFile` is where the key is written that opens the secrets; else the backup is all that is written. */
export async function backUp(
  place: Place,
  version: string,
  file: string,
  keyFile: string | undefined,
  watch: Watch,
): Promise<BackupReport> {
  await refuseExisting(file)
  if (keyFile !== undefined) await refuseExisting(keyFile)
  const keys = place.encryptionKeys ?? [await readKey(place.data)].filter((key) => key !== undefined)
  if (keyFile !== undefined && keys.length === 0)
    throw new SetupError(
      `There is no key to write to ${keyFile}: ${place.data} has no file encryption-key, and SLUICE_ENCRYPTION_KEY is not set.`,
    )
  if (place.databaseUrl === undefined && !(await isThere(join(place.data, 'postgres', 'PG_VERSION'))))
    throw new SetupError(
      `There is nothing to back up: the data folder ${place.data} has no database. Name another one with SLUICE_DATA or DATABASE_URL.`,
    )
  const manifest = await withDatabase(place, false, (config) => writeFileOf(file, (output) => writeBackup(config, output, version, watch)))
  const notes: string[] = []
  const isOpened = keys.some((key) => keyId(key) === manifest.keyId)
  if (keyFile !== undefined) {
    await writeFile(keyFile, `${keys.map((key) => key.toString('hex')).join(',')}\n`, { mode: 0o600, flag: 'wx', flush: true })
    notes.push(`${keyFile} holds the key that opens its secrets: keep it apart from the backup.`)
  } else if (manifest.keyId !== null) {
    notes.push(`Its secrets are sealed with the key ${manifest.keyId}, which is not in it: keep that one too (--key-file writes it).`)
  }
  if (keyFile !== undefined && manifest.keyId !== null && !isOpened)
    notes.push(`The database says that its secrets are sealed with the key ${manifest.keyId}, and ${keyFile} does not hold that one.`)
  return report(file, manifest, notes)
}

/** `keyFile` holds the key that opens the secrets: it becomes the key of the data folder. */
export async function restore(place: Place, file: string, keyFile: string | undefined, watch: Watch): Promise<BackupReport> {
  const migrations = await readMigrations()
  const backup = await openBackup(file, watch)
  try {
    const key = await findKey(place, backup.manifest.keyId, keyFile)
    await withDatabase(place, true, async (config) => {
      if (key.keep) {
        await makeFolder(place.data)
        await keepKey(place.data, key.keep)
      }
      await loadBackup(config, backup, migrations, watch).catch(async (error: unknown) => {
        // Another backup, with another key, may be the next one.
        if (key.keep) await removeKey(place.data)
        throw error
      })
    })
    return await report(file, backup.manifest, key.notes)
  } finally {
    backup.close()
  }
}

/** Reads the file whole, and restores nothing. */
export async function checkBackup(file: string, watch: Watch): Promise<BackupReport> {
  const backup = await openBackup(file, watch)
  backup.close()
  return report(file, backup.manifest, [])
}

interface FoundKey {
  /** Becomes that of the data folder. */
  readonly keep?: Buffer
  readonly notes: readonly string[]
}

/** Refuses a key that opens nothing of the backup, before anything is restored. */
async function findKey({ encryptionKeys, data }: Place, wanted: string | null, keyFile: string | undefined): Promise<FoundKey> {
  const given = keyFile === undefined ? undefined : await readKeyFile(keyFile)
  if (wanted === null) return { notes: [] }
  const opens = (keys: readonly Buffer[]): boolean => keys.some((key) => keyId(key) === wanted)
  const sealed = `The secrets of the backup are sealed with the key ${wanted}`
  if (given && !opens(given)) throw new SetupError(`${sealed}, and ${keyFile} does not hold it.`)
  if (encryptionKeys) {
    if (opens(encryptionKeys)) return { notes: [] }
    throw new SetupError(`${sealed}, and SLUICE_ENCRYPTION_KEY does not hold it: set that one. Nothing was restored.`)
  }
  const own = await readKey(data)
  if (own) {
    if (opens([own])) return { notes: [] }
    throw new SetupError(
      `${sealed}, and ${data} has another one (${keyId(own)}): move its file encryption-key away, or restore into another data folder. Nothing was restored.`,
    )
  }
  if (given && given.length > 1)
    throw new SetupError(`${keyFile} holds several keys, and a data folder has one: set SLUICE_ENCRYPTION_KEY to what is in it.`)
  if (given?.[0]) return { keep: given[0], notes: [`The key ${wanted} is in ${data} now.`] }
  return {
    notes: [
      `${sealed}, which is not here. No server starts on this database before it has it: set SLUICE_ENCRYPTION_KEY, or bring back the file encryption-key of the data folder that the backup was made of.`,
    ],
  }
}

async function readKeyFile(file: string): Promise<readonly Buffer[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new SetupError(error.code === 'ENOENT' ? `There is no file ${file}.` : `${file} cannot be read: ${error.code}.`)
  })
  const keys = readKeys(text.trim())
  if (!keys) throw new SetupError(`${file} holds no key.`)
  return keys
}

async function withDatabase<T>({ databaseUrl, data }: Place, exclusive: boolean, work: (config: DatabaseConfig) => Promise<T>): Promise<T> {
  if (databaseUrl !== undefined) return work(databaseUrl)
  const embedded = await openEmbedded(data, { exclusive })
  try {
    return await work(embedded.config)
  } finally {
    await embedded.stop()
  }
}

/** Under another name until it is whole and on disk, for its owner's eyes only. */
async function writeFileOf<T>(
  file: string,
  write: (output: NodeJS.WritableStream & ReturnType<typeof createWriteStream>) => Promise<T>,
): Promise<T> {
  const draft = `${file}.${process.pid}.part`
  try {
    const result = await write(createWriteStream(draft, { mode: 0o600, flags: 'wx', flush: true }))
    await refuseExisting(file)
    await rename(draft, file)
    return result
  } catch (error) {
    await rm(draft, { force: true })
    throw explainFile(error, file)
  }
}

function explainFile(error: unknown, file: string): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such folder',
    ENOTDIR: 'there is no such folder',
    EACCES: 'this user may not write there',
    EROFS: 'its disk can only be read',
    ENOSPC: 'its disk is full',
    EDQUOT: 'its disk quota is used up',
    EFBIG: 'its disk keeps no file of this size',
  }
  const reason = code !== undefined && syscall !== undefined ? reasons[code] : undefined
  return reason ? new SetupError(`${file} cannot be written: ${reason}.`) : error
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

async function refuseExisting(file: string): Promise<void> {
  if (await isThere(file)) throw new SetupError(`${file} is there already: it is not written over.`)
}

const report = async (
  file: string,
  { sluice, madeAt, migration, keyId: key, tables }: Manifest,
  notes: readonly string[],
): Promise<BackupReport> => ({
  file,
  bytes: (await stat(file)).size,
  sluice,
  madeAt,
  migration: migration.name,
  keyId: key,
  tables: tables.map(({ schema, name, rows }) => ({ name: `${schema}.${name}`, rows })),
  rows: tables.reduce((sum, { rows }) => sum + rows, 0),
  notes,
})

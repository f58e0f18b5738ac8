/** The servers that a person works with: addresses and tokens, in a file that nobody else can read. */
import { chmod, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { CommandError } from '../exit-codes.ts'
import type { Environment } from '../terminal.ts'

export interface Profile {
  readonly url: string
  readonly token: string
}
type Profiles = Readonly<Record<string, Profile>>

export const defaultProfile = 'default'
/** Rights of others that a file of tokens must not give. */
const ofOthers = 0o077

const profilesPath = (env: Environment): string =>
  join(env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config'), 'sluice', 'profiles.json')

/** Undefined where there is none of the name. Refuses a file that others can read. */
export async function readProfile(env: Environment, name: string): Promise<Profile | undefined> {
  return (await readProfiles(env))[name]
}

/** Answers where it was written. */
export async function writeProfile(env: Environment, name: string, profile: Profile): Promise<string> {
  const path = profilesPath(env)
  const profiles = { ...(await readProfiles(env)), [name]: profile }
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const half = `${path}.${process.pid}`
  await writeFile(half, `${JSON.stringify(profiles, null, 2)}\n`, { mode: 0o600 })
  await chmod(half, 0o600)
  await rename(half, path)
  return path
}

async function readProfiles(env: Environment): Promise<Profiles> {
  const path = profilesPath(env)
  const found = await stat(path).catch(() => undefined)
  if (!found) return {}
  if (process.platform !== 'win32' && (found.mode & ofOthers) !== 0)
    throw new CommandError(`Others can read ${path}, which holds tokens: chmod 600 ${path}`)
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Profiles
  } catch {
    throw new CommandError(`${path} is no JSON: mend it, or remove it and sign in again with sluice login.`)
  }
}

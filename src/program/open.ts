/** Opens the world of the program: database, migrations, keys. Whoever opens it closes it. */
import type { Logger } from 'pino'
import { SetupError } from '../domain/errors.ts'
import { idMaker } from '../domain/ids.ts'
import type { World } from '../domain/ports.ts'
import { keyId, openVault } from '../domain/vault.ts'
import type { Settings } from '../settings.ts'
import { openDatabase, type Database, type DatabaseConfig } from '../store/database.ts'
import { openEmbedded } from '../store/embedded/open.ts'
import { migrate } from '../store/migrate.ts'
import { rememberKey } from '../store/keys.ts'
import { storeOn } from '../store/store.ts'
import { openCode } from './code.ts'
import { keyInFolder } from './encryption-key.ts'

export interface Opened {
  readonly world: World
  readonly database: Database
  /** For connections of one's own, outside the pool. */
  readonly config: DatabaseConfig
  /** Settles when the database server in the data folder is gone without our doing. */
  readonly lost: Promise<void>
  close(): Promise<void>
}

/** `exclusive` keeps every other server program off the data folder; tools on a running one open it without. */
export async function open(settings: Settings, logger: Logger, { exclusive }: { exclusive: boolean }): Promise<Opened> {
  const embedded = settings.databaseUrl === undefined ? await openEmbedded(settings.data, { exclusive }) : undefined
  const config: DatabaseConfig = settings.databaseUrl ?? (embedded as NonNullable<typeof embedded>).config
  let database: Database | undefined
  const code = openCode(logger, settings.privateNetwork)
  const close = async (): Promise<void> => {
    await code.close()
    await database?.close()
    await embedded?.stop()
  }
  try {
    const keys = settings.encryptionKeys ?? ([await keyInFolder(settings.data)] as const)
    await migrate(config)
    database = await openDatabase(config)
    await refuseOtherKeys(database, keys)
    const { scripts, stacks, integratorApi } = code
    const world: World = {
      store: storeOn(database),
      vault: openVault(keys),
      log: logger,
      now: () => new Date(),
      newId: idMaker(),
      scripts,
      stacks,
      integratorApi,
    }
    return { world, database, config, lost: embedded?.lost ?? new Promise(() => {}), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Servers that share a database must share the key; one that does not would seal what the others cannot open. */
async function refuseOtherKeys(database: Database, keys: readonly [Buffer, ...Buffer[]]): Promise<void> {
  const known = await rememberKey(database.pool, keys.map(keyId))
  if (known !== undefined) {
    throw new SetupError(
      `The secrets in this database are sealed with the key ${known}, and SLUICE_ENCRYPTION_KEY (or the file encryption-key in the data folder) does not hold it.`,
    )
  }
}

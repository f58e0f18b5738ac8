/** Opens the world of the program: database, migrations, keys. Whoever opens it closes it. */
import type { Logger } from 'pino'
import { SetupError } from '../domain/errors.ts'
import { idMaker } from '../domain/ids.ts'
import type { World } from '../domain/context.ts'
import type { InstallationCounts } from '../domain/observability/installation-counts.ts'
import { keyId, openVault } from '../domain/vault.ts'
import type { Evaluator } from '../engine/evaluation/evaluator.ts'
import type { ConnectionSlots } from '../engine/around/slots.ts'
import type { Settings } from '../settings.ts'
import { ChangeNotifications } from '../store/changes/change-signals.ts'
import { connectionSlots } from '../store/slots/connection-slots.ts'
import { connect, openDatabase, type Database } from '../store/database/pool.ts'
import { openEmbedded, type Embedded } from '../store/embedded/open.ts'
import { createStateQuery, type DatabaseState } from '../store/database/ask-state.ts'
import { createCountsReader } from '../store/database/installation-counts.ts'
import { watchPrimary } from '../store/database/primary-watch.ts'
import { migrate, readMigrations } from '../store/database/migrate.ts'
import { knownKey, rememberKey } from '../store/database/key-names.ts'
import { createStores } from '../store/store.ts'
import { openCode } from './open-outside.ts'
import { readOrMakeKey } from './encryption-key.ts'
import type { DatabaseConfig } from '../store/database/database-hosts.ts'

export interface Opened {
  readonly world: World
  readonly database: Database
  readonly config: DatabaseConfig
  /** Of connections to applications: one count for everything in this program. Opens no connection of its own until one is taken. */
  readonly slots: ConnectionSlots
  /** Of what users write: one for everything in this program. */
  readonly evaluator: Evaluator
  /** Whether the database can serve this program. */
  readonly askDatabase: () => Promise<DatabaseState>
  readonly askCounts: () => Promise<InstallationCounts | undefined>
  /** Settles, with the reason, when the database server in the data folder is gone and cannot be brought back. */
  readonly lost: Promise<Error>
  close(): Promise<void>
}

/** What of it is on its way already. */
export interface Starting {
  /** The PostgreSQL of the data folder. */
  readonly embedded?: Promise<Embedded>
}

/** `exclusive` keeps every other server program off the data folder; tools on a running one open it without. */
export async function open(
  settings: Settings,
  logger: Logger,
  { exclusive, ...starting }: Starting & { exclusive: boolean },
): Promise<Opened> {
  const embedded =
    settings.databaseUrl === undefined ? await (starting.embedded ?? openEmbedded(settings.data, { exclusive, log: logger })) : undefined
  const config: DatabaseConfig = settings.databaseUrl ?? (embedded as NonNullable<typeof embedded>).config
  const primary = watchPrimary(config)
  if (primary) primary.onPrimary = (address) => logger.info(address, 'the database takes writes at this host')
  let database: Database | undefined
  const slots = connectionSlots(
    () => connect(config, 'sluice slots'),
    async (text) => (await database?.pool.query(text))?.rows ?? [],
  )
  const changes = new ChangeNotifications(() => connect(config, 'sluice changes'))
  let world: World | undefined
  const code = openCode(logger, settings, slots, () => world as World)
  const close = async (): Promise<void> => {
    await code.close()
    await changes.close()
    await slots.close()
    await database?.close()
    await embedded?.stop()
  }
  try {
    const migrations = await readMigrations()
    await migrate(config, migrations)
    const opened = await openDatabase(config)
    database = opened
    const keys = settings.encryptionKeys ?? ([await readOrMakeKey(settings.data, () => refuseLostKey(opened, settings.data))] as const)
    await refuseOtherKeys(database, keys)
    const { scripts, stacks, applications, webhookReader, messengers, integratorApi, writePolicy, openId } = code
    const made: World = {
      ...createStores(database),
      changes,
      vault: openVault(keys),
      log: logger,
      now: () => new Date(),
      newId: idMaker(),
      pingAfterMs: settings.pingAfterMs,
      scripts,
      stacks,
      applications,
      webhookReader,
      messengers,
      integratorApi,
      writePolicy,
      ...(openId && { openId }),
    }
    world = made
    const askDatabase = createStateQuery(database.pool, migrations.length)
    const askCounts = createCountsReader(database.pool)
    const lost = embedded?.lost ?? new Promise<Error>(() => {})
    return { world: made, database, config, slots, evaluator: code.evaluator, askDatabase, askCounts, lost, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function refuseLostKey(database: Database, folder: string): Promise<void> {
  const known = await knownKey(database.pool)
  if (known !== undefined)
    throw new SetupError(
      `The secrets in this database are sealed with the key ${known}, and ${folder} lacks its file encryption-key: bring that file back from your backup, or set SLUICE_ENCRYPTION_KEY.`,
    )
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

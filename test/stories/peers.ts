/** The file server, the database and the buckets of the story of files and databases: real ones, with what the story says is in them. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isInstalled, sshd, startSshd } from '../harness/file-servers.ts'
import { listOutsideDatabases } from '../harness/outside-databases.ts'
import { startS3 } from '../harness/s3-server.ts'

export interface Peers {
  /** What `${NAME}` is in the story, as it stands in a JSON text. */
  readonly values: Readonly<Record<string, string | number>>
  stop(): Promise<void>
}

/** Undefined where the machine lacks one of them, which is said in a line. */
export async function startPeers(page: string): Promise<Peers | undefined> {
  const startMariaDB = new Map(listOutsideDatabases()).get('mariadb')
  if (!startMariaDB || !isInstalled(sshd, 'openssh-server')) return undefined
  const [server, database, buckets] = await Promise.all([startSshd(), startMariaDB(), startS3()])
  mkdirSync(join(server.home, 'orders'))
  writeFileSync(join(server.home, 'orders', 'orders.csv'), /```csv\n([^]*?)```/.exec(page)?.[1] ?? '')
  await database.ask(
    'create table customers (code varchar(10) primary key, name varchar(40) not null)',
    `insert into customers values ('C-1', 'Tea House'), ('C-2', 'Corner Shop')`,
    'create table order_lines (number int, item varchar(10), customer varchar(40) not null, quantity int, price decimal(8,2), primary key (number, item))',
  )
  buckets.buckets.set('invoices', new Map())
  return {
    values: {
      SFTP_PORT: server.port,
      SFTP_USER: server.username,
      SFTP_KEY: JSON.stringify(server.key).slice(1, -1),
      SFTP_FINGERPRINT: server.fingerprint,
      MARIADB_PORT: database.port,
      MARIADB_PASSWORD: database.password,
      S3: buckets.origin,
      S3_KEY: buckets.key.accessKeyId,
      S3_SECRET: buckets.key.secretAccessKey,
    },
    async stop() {
      server.stop()
      await database.stop()
      await buckets.close()
    },
  }
}

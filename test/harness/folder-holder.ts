/**
 * A program on a data folder, for tests that kill it: `node folder-holder.ts <folder> server|tool [write]`. It says in lines what it did: `ready`,
 * then with `write` the number of each row PostgreSQL has acknowledged. It leaves properly on SIGTERM.
 */
import pg from 'pg'
import { SetupError } from '../../src/domain/errors.ts'
import { openEmbedded } from '../../src/store/embedded/open.ts'

const [folder = '', role, write] = process.argv.slice(2)
const say = (line: string) => process.stdout.write(`${line}\n`)

try {
  const embedded = await openEmbedded(folder, { exclusive: role === 'server' })
  process.once('SIGTERM', () => void embedded.stop().then(() => process.exit(0)))
  say('ready')
  if (write) await writeForever(embedded.config)
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  say(`refused: ${error.message}`)
}

async function writeForever(config: pg.ClientConfig): Promise<never> {
  const client = new pg.Client(config)
  await client.connect()
  await client.query('create table written (number integer)')
  for (let number = 1; ; number += 1) {
    await client.query('insert into written values ($1)', [number])
    say(String(number))
  }
}

/** A server that nobody has asked for anything yet holds no library that only some work needs. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createEmptyDatabase } from '../harness/database.ts'
import { dataFolder, startProgram } from '../harness/program.ts'
import { urlOf } from '../harness/database-url.ts'

/** Templates, paths, dates, schedules, differences, archives, XML, outgoing requests, validation, the sandbox, the page at /docs. */
const heavy = [
  '@opentelemetry/sdk-trace',
  '@fastify/busboy',
  '@modelcontextprotocol/sdk',
  '@xmldom/xmldom',
  'ajv-formats',
  'basic-ftp',
  'cron-parser',
  'csv-parse',
  'csv-stringify',
  'dayjs',
  'diff',
  'fast-xml-parser',
  'handlebars',
  'iconv-lite',
  'isolated-vm',
  'json-p3',
  'openid-client',
  'openpgp',
  'saxes',
  'ssh2',
  'swagger-ui-dist',
  'mysql2',
  'pg-copy-streams',
  'prom-client',
  'pg-cursor',
  'undici',
  'xpath',
  'yauzl',
  'yazl',
]

test('a server and worker that just stands there has loaded no library that only some work needs', async () => {
  const { config, drop } = await createEmptyDatabase()
  onTestFinished(() => drop())
  const folder = await dataFolder()
  const NOTE_PACKAGES = join(folder, 'packages.json')
  const program = await startProgram({
    DATABASE_URL: urlOf(config),
    SLUICE_DATA: folder,
    NODE_OPTIONS: '--import=./test/harness/note-packages.ts',
    NOTE_PACKAGES,
  })
  expect((await fetch(`${program.url}/health`)).status).toBe(200)
  await program.stop()
  const loaded = new Set(JSON.parse(await readFile(NOTE_PACKAGES, 'utf8')) as string[])
  expect(loaded).toContain('fastify')
  expect(heavy.filter((name) => loaded.has(name))).toEqual([])
})

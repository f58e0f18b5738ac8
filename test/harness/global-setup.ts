/** Before all tests: one PostgreSQL, in it a template database with every migration applied, which each test file clones, and the program as the package holds it. */
import { randomBytes } from 'node:crypto'
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { TestProject } from 'vitest/node'
import { bundleProgram } from '../../packaging/bundle-program.ts'
import { openEmbedded } from '../../src/store/embedded/open.ts'
import { migrate } from '../../src/store/database/migrate.ts'
import { ask, type TestServer, withDatabase } from './database.ts'

const undo: (() => Promise<unknown>)[] = []

export async function setup(project: TestProject): Promise<void> {
  await Promise.all([openDatabase(project), buildProgram(project)])
}

/** In a folder that has beside it what the package has; its packages are those above. Other users may start it, too. */
async function buildProgram(project: TestProject): Promise<void> {
  const root = resolve(import.meta.dirname, '../..')
  const folder = join(root, 'node_modules/.cache', `sluice-package-${randomBytes(6).toString('hex')}`)
  undo.unshift(() => rm(folder, { recursive: true, force: true }))
  await mkdir(folder, { recursive: true })
  await cp(join(root, 'package.json'), join(folder, 'package.json'))
  await symlink(join(root, 'console'), join(folder, 'console'))
  await bundleProgram(join(folder, 'dist'))
  project.provide('program', join(folder, 'dist/main.js'))
}

async function openDatabase(project: TestProject): Promise<void> {
  const url = process.env['TEST_DATABASE_URL']
  const server = url ?? (await startServer())
  const template = `sluice_template_${randomBytes(6).toString('hex')}`
  await ask(server, `create database ${template}`)
  undo.unshift(() => ask(server, `drop database ${template} with (force)`))
  await migrate(withDatabase(server, template))
  project.provide('testServer', { server, template })
}

export async function teardown(): Promise<void> {
  for (const step of undo.splice(0)) await step()
}

/**
 * Nobody misses this data after a power cut, so this server, and this one alone, does not wait for the disk. It has some hundred databases in turn, several of
 * them in use at once, by more programs than one Sluice has.
 */
const settings = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  shared_buffers: '256MB',
  max_wal_size: '4GB',
  max_connections: '300',
}

async function startServer(): Promise<TestServer['server']> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  undo.unshift(() => rm(folder, { recursive: true, force: true }))
  const first = await openEmbedded(folder, { exclusive: false })
  for (const [name, value] of Object.entries(settings)) await ask(first.config, `alter system set ${name} = '${value}'`)
  // Some are read at a start only.
  await first.stop()
  const embedded = await openEmbedded(folder, { exclusive: false })
  undo.unshift(() => embedded.stop())
  return embedded.config
}

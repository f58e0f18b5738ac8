/** Data of earlier versions under this one: everything that could be read then reads the same now, but for what is listed here. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadBackup } from '../../src/store/backup/load-backup.ts'
import { openBackup } from '../../src/store/backup/open-backup.ts'
import { readMigrations } from '../../src/store/database/migrate.ts'
import { startApi, type Api } from '../harness/api.ts'
import { createEmptyDatabase, type TestDatabase } from '../harness/database.ts'
import { accepted } from './accepted-differences.ts'
import { findDifferences } from './find-differences.ts'
import type { KeptAnswers } from './fixture.ts'

const folder = join(import.meta.dirname, 'fixtures')

/** Reading is on record, too: of the audit log, what was there before. */
function keepKnown(audit: readonly { readonly _id: string }[], before: readonly { readonly _id: string }[]): unknown {
  const known = new Set(before.map(({ _id }) => _id))
  return audit.filter(({ _id }) => known.has(_id))
}

describe.each(readdirSync(folder))('data of %s', (name) => {
  const { answers } = JSON.parse(gunzipSync(readFileSync(join(folder, name, 'answers.json.gz'))).toString()) as KeptAnswers
  let database: TestDatabase
  let api: Api
  beforeAll(async () => {
    database = await createEmptyDatabase()
    const backup = await openBackup(join(folder, name, 'data.zip'))
    try {
      await loadBackup(database.config, backup, await readMigrations())
    } finally {
      backup.close()
    }
    api = await startApi({ on: database })
  })
  afterAll(async () => {
    await api.close()
    await database.drop()
  })

  test('has documents of every type, runs, errors, revisions and what was deleted', () => {
    const read = (path: RegExp): number => answers.filter((each) => path.test(each.path) && each.status === 200).length
    const types = ['integrations', 'connections', 'exports', 'imports', 'flows', 'scripts', 'stacks', 'connectors', 'tags']
    const found = {
      ...Object.fromEntries(types.map((type) => [type, read(new RegExp(`^/v1/${type}/\\w+$`))])),
      jobs: read(/^\/v1\/jobs\/\w+$/),
      revisions: read(/\/revisions\/\w+$/),
      differences: read(/\/revisions\/\w+\/diff$/),
      retryData: read(/\/data$/),
      bin: read(/^\/v1\/recycleBinTTL$/),
    }
    expect(Object.entries(found).filter(([, count]) => count === 0)).toEqual([])
    const listed = (list: 'errors' | 'resolved') =>
      answers.filter(({ path, body }) => /^\/v1\/flows\/\w+\/\w+\/\w+$/.test(path) && (body as Record<string, unknown[]>)?.[list]?.length)
    expect([listed('errors').length, listed('resolved').length]).not.toContain(0)
  })

  test('every document, job, error and revision reads as before', async () => {
    const found = new Set<string>()
    for (const { path, status, body } of answers) {
      const now = await api.call('GET', path)
      const own = path === '/v1/audit' ? keepKnown(now.body, body as { _id: string }[]) : now.body
      for (const each of findDifferences(path, { status, body }, { status: now.status, body: own })) found.add(each)
    }
    expect([...found].toSorted((a, b) => a.localeCompare(b))).toEqual(Object.keys(accepted).toSorted((a, b) => a.localeCompare(b)))
  })

  test('a document that was written then is saved as it is, and secrets open', async () => {
    const { body: connections } = await api.call('GET', '/v1/connections')
    for (const { _id } of connections) {
      const { body } = await api.call('GET', `/v1/connections/${_id}`)
      expect((await api.call('PUT', `/v1/connections/${_id}`, body)).status).toBe(200)
    }
    const [stack] = (await api.call('GET', '/v1/stacks')).body
    expect((await api.call('GET', `/v1/stacks/${stack._id}/systemToken`)).body).toEqual(
      answers.find(({ path }) => path.endsWith(`${stack._id}/systemToken`))?.body,
    )
  })
})

/** A restored installation answers what the one did that was backed up: every operation that reads, for an account with everything in it several times over. */
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Operation } from '../../src/contract/operation.ts'
import { operations } from '../../src/contract/operations/index.ts'
import { readMigrations } from '../../src/store/database/migrate.ts'
import { loadBackup } from '../../src/store/backup/load-backup.ts'
import { openBackup } from '../../src/store/backup/open-backup.ts'
import { writeBackup } from '../../src/store/backup/write-backup.ts'
import { requestsOf } from '../attacks/rights/requests.ts'
import { setScene, type Scene } from '../attacks/rights/scene.ts'
import { kindOf } from '../attacks/rights/table.ts'
import { startApi, type Api } from '../harness/api.ts'
import { startApplication } from '../harness/application.ts'
import { createEmptyDatabase } from '../harness/database.ts'
import { ended, makeFlow, numbered, startRun } from '../harness/flows.ts'

async function answersOf(api: Api, scene: Scene): Promise<Readonly<Record<string, string>>> {
  const answers: Record<string, string> = {}
  for (const [id, operation] of Object.entries(operations as Readonly<Record<string, Operation>>)) {
    // Some that are asked for with GET change something: they ping, or are put on record.
    if (operation.method !== 'GET' || operation.resultType === 'text/event-stream' || kindOf(id) === 'change') continue
    for (const { path, headers, place } of requestsOf(id, operation, scene)) {
      if (place !== 'open') continue
      const { status, text } = await api.call('GET', path, undefined, headers)
      answers[`${id} ${path}`] = `${status} ${status === 200 ? (comparable[id]?.(text) ?? text) : text}`
    }
  }
  return answers
}

/** That somebody came with a token is on record once for each server. */
const withoutSignIns = (text: string): string =>
  JSON.stringify((JSON.parse(text) as { event: string }[]).filter(({ event }) => event !== 'signin'))

/** A link is of its server and its moment. */
const asLink = (text: string): string => Object.keys(JSON.parse(text) as object).join()

/** What is compared of answers that say when and where they were asked for. */
const comparable: Readonly<Record<string, (text: string) => string>> = {
  listAudit: withoutSignIns,
  getIntegrationTemplate: asLink,
  getFlowTemplate: asLink,
}

test('every operation that reads answers the same after a restore, and runs go on', { timeout: 240_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-backup-'))
  const application = await startApplication({ sources: { orders: numbered(3) } })
  const api = await startApi()
  const target = await createEmptyDatabase()
  onTestFinished(async () => {
    await api.close()
    await target.drop()
    await application.close()
    await rm(folder, { recursive: true })
  })
  const scene = await setScene(api)
  const flow = await makeFlow(api, application, {
    connection: { auth: { type: 'token', token: { token: 'a sealed secret', location: 'header', headerName: 'x-key', scheme: ' ' } } },
  })
  const job = await startRun(api, flow._id)
  const before = await answersOf(api, scene)

  const file = join(folder, 'backup.zip')
  await writeBackup(api.config, createWriteStream(file), '1')
  const backup = await openBackup(file)
  await loadBackup(target.config, backup, await readMigrations())
  backup.close()

  const restored = await startApi({ on: target })
  try {
    const after = await answersOf(restored, scene)
    expect(Object.keys(after).length).toBeGreaterThan(150)
    expect(Object.values(after).filter((each) => each.startsWith('200')).length).toBeGreaterThan(100)
    const changed = Object.keys(before).filter((each) => before[each] !== after[each])
    expect(changed.map((each) => ({ asked: each, before: before[each]?.slice(0, 1000), after: after[each]?.slice(0, 1000) }))).toEqual([])
    // The run that waited is carried out there, with the secret of its connection.
    const keys: unknown[] = []
    application.server.on('request', (request) => keys.push(request.headers['x-key']))
    await restored.restartWorker()
    expect(await ended(restored, job)).toMatchObject({ status: 'completed', numSuccess: 3, numError: 0 })
    expect(new Set(keys)).toEqual(new Set(['a sealed secret']))
  } finally {
    await restored.close()
  }
})

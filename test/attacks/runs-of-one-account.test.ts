/** Runs of one account that do not end, more than a worker has places: another account's run begins at once all the same, and accounts take turns. */
import { expect, onTestFinished, test } from 'vitest'
import { startApplication, type Application } from '../harness/application.ts'
import { ended, makeFlow, startRun, until } from '../harness/flows.ts'
import { startTarget, type Call, type Target } from './target.ts'

const as = (call: Call) => ({ call })

/** Sources whose name begins with `held` are not answered until they are let go: those that are named, or all. */
async function holding(names: readonly string[]): Promise<{ application: Application; letGo: (...some: string[]) => void }> {
  const application = await startApplication({ sources: Object.fromEntries(names.map((name) => [name, [{ id: 1 }]])) })
  const gates = new Map(names.filter((name) => name.startsWith('held')).map((name) => [name, Promise.withResolvers<undefined>()]))
  application.before = (asked) => gates.get(/\/source\/(\w+)/.exec(asked)?.[1] ?? '')?.promise
  const letGo = (...some: string[]): void =>
    gates.forEach((gate, name) => (some.length === 0 || some.includes(name)) && gate.resolve(undefined))
  onTestFinished(async () => {
    letGo()
    await application.close()
  })
  return { application, letGo }
}

const flowsOf = (call: Call, application: Application, names: readonly string[]) =>
  Promise.all(names.map(async (name) => (await makeFlow(as(call), application, { exports: { [name]: {} } }))._id))

async function running({ call }: Target): Promise<number> {
  const { status, body } = await call('GET', '/v1/jobs?type=flow&createdAt_gte=2020-01-01T00:00:00.000Z&status=running')
  return status === 204 ? 0 : (body as unknown[]).length
}

test('12 runs that do not end take the places of their account and no other: the next account runs beside them', async () => {
  const target = await startTarget({ SLUICE_CONCURRENCY: '3' })
  const names = Array.from({ length: 12 }, (_, i) => `held${i}`)
  const { application, letGo } = await holding([...names, 'free'])
  const flows = await flowsOf(target.call, application, names)
  await Promise.all(flows.map((flow) => startRun(as(target.call), flow)))
  await until(async () => ((await running(target)) === 3 ? true : undefined))
  const [free] = await flowsOf(target.other, application, ['free'])
  for (let i = 0; i < 3; i++) {
    const job = await ended(as(target.other), await startRun(as(target.other), free as string))
    expect(job).toMatchObject({ status: 'completed', numSuccess: 1 })
  }
  expect(await running(target)).toBe(3)
  letGo()
  await until(
    async () =>
      (await target.call('GET', '/v1/jobs?type=flow&createdAt_gte=2020-01-01T00:00:00.000Z&status=queued')).status === 204
        ? true
        : undefined,
    60_000,
  )
}, 120_000)

test('a run of an account with few goes before the many of another one that were asked for earlier', async () => {
  const target = await startTarget({ SLUICE_CONCURRENCY: '1' })
  const names = Array.from({ length: 8 }, (_, i) => `many${i}`)
  const { application, letGo } = await holding(['held', 'heldtoo', 'few', ...names])
  const [held, ...many] = await flowsOf(target.call, application, ['held', ...names])
  const [heldToo, few] = await flowsOf(target.other, application, ['heldtoo', 'few'])
  // Both places are taken.
  await startRun(as(target.call), held as string)
  await startRun(as(target.other), heldToo as string)
  await until(() => (application.asked.filter((asked) => asked.includes('/source/held')).length === 2 ? true : undefined))
  for (const flow of many) await startRun(as(target.call), flow)
  const job = await startRun(as(target.other), few as string)
  // One place is free, and the other is not before it has shown who takes that.
  letGo('heldtoo')
  await ended(as(target.other), job)
  letGo()
  await until(
    async () =>
      (await target.call('GET', '/v1/jobs?type=flow&createdAt_gte=2020-01-01T00:00:00.000Z&status=queued')).status === 204
        ? true
        : undefined,
    60_000,
  )
  const order = application.asked.filter((asked) => /many|few/.test(asked)).map((asked) => /many|few/.exec(asked)?.[0])
  // It may be the turn of the many.
  expect(order.indexOf('few')).toBeLessThanOrEqual(2)
}, 120_000)

/**
 * The server under writers, killed again and again, and its PostgreSQL in every way that one goes away: nothing that was acknowledged is lost, nothing is
 * answered with a fault of ours, and no program ends that nobody starts again. `KILLS=60 FAULTS=50 npx vitest run` of this file plays many rounds.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openEmbedded } from '../../src/store/embedded/open.ts'
import { faults, type Victim } from '../harness/database-faults.ts'
import { dataFolder, startProgram, type Environment, type Program } from '../harness/program.ts'
import { missing, startWriters, type Writers } from '../harness/writers.ts'
import { urlOf } from '../harness/database-url.ts'

const token = 'known-token-of-crash-rounds'
const kills = Number(process.env['KILLS'] ?? 0)
const rounds = Number(process.env['FAULTS'] ?? 0)
/** After each fault the server has to be ready within this. PostgreSQL replays its log; the machine has other work. In milliseconds. */
const backMs = 60_000
const long = { timeout: 300_000 + (kills + rounds) * 60_000 }
const names = Object.keys(faults)
const killed = 'the server is killed'
const burst = 'thousands of requests come at once'

interface Stage {
  readonly env: Environment
  readonly victim: Victim
}

async function embedded(): Promise<Stage> {
  const SLUICE_DATA = await dataFolder()
  const env = { SLUICE_DATA, SLUICE_TOKEN: token }
  // The first start makes the cluster and its password.
  await (await startProgram(env, token)).stop()
  const asTool = await openEmbedded(SLUICE_DATA, { exclusive: false })
  await asTool.stop()
  return { env, victim: { config: asTool.config, data: join(SLUICE_DATA, 'postgres') } }
}

/** A PostgreSQL that is not the server's own: this program keeps it up, as an operator's supervisor would. */
async function outside(): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-outside-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 }))
  const server = await openEmbedded(folder, { exclusive: false })
  onTestFinished(() => server.stop())
  const env = { SLUICE_DATA: await dataFolder(), SLUICE_TOKEN: token, DATABASE_URL: urlOf(server.config) }
  return { env, victim: { config: server.config, data: join(folder, 'postgres') } }
}

const isUp = ({ child }: Program): boolean => child.exitCode === null && child.signalCode === null

async function becomesReady({ url }: Program): Promise<void> {
  const status = () =>
    fetch(`${url}/health`).then(
      ({ status: said }) => said,
      () => 0,
    )
  await expect.poll(status, { timeout: backMs, interval: 100 }).toBe(200)
}

/** It writes again: a server that only says it is ready has not recovered. */
async function goesOn(writers: Writers): Promise<void> {
  const before = writers.acknowledged.length
  await expect.poll(() => writers.acknowledged.length, { timeout: backMs, interval: 20 }).toBeGreaterThan(before + 5)
}

async function settled(program: Program, writers: Writers): Promise<void> {
  await writers.stop()
  expect(await missing(program.url, token, writers.acknowledged)).toEqual([])
  expect(writers.unexpected).toEqual([])
  const { code, stderr } = await program.stop()
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  if (kills + rounds > 0)
    process.stdout.write(`${writers.acknowledged.length} acknowledged, 0 lost, ${writers.refused} times told to come again\n`)
}

/** A few in every run of the tests, each of another kind; with KILLS or FAULTS so many, one kind after the other. */
function planned(few: readonly string[]): readonly string[] {
  if (kills + rounds === 0) return few
  return [
    ...Array.from({ length: rounds }, (_, round) => names[round % names.length] ?? ''),
    ...Array.from({ length: kills }, () => killed),
  ]
}

describe.each([
  ['the PostgreSQL in the data folder', embedded, [...names.slice(0, 2), 'the connections that hold locks are cut', burst, killed]],
  ['a PostgreSQL outside', outside, [...names.slice(0, 1), 'all connections are cut', 'PostgreSQL is stopped in order']],
])('on %s', (_where, build, few) => {
  test(
    'whatever happens to PostgreSQL and to the server, nothing acknowledged is lost, and no program ends that nobody starts again',
    long,
    async () => {
      const { env, victim } = await build()
      let program = await startProgram(env, token)
      const writers = startWriters(program.url, token)
      for (const name of planned(few)) {
        await goesOn(writers)
        if (name === killed) {
          await pause(Math.random() * 200)
          program.signal('SIGKILL')
          await program.ended
          program = await startProgram(env, token)
          writers.url = program.url
        } else {
          await faults[name]?.(victim, program.url, token)
          expect({ name, live: (await fetch(`${program.url}/health/live`)).status }).toEqual({ name, live: 200 })
        }
        await goesOn(writers)
        await becomesReady(program)
        expect({ name, isUp: isUp(program) }).toEqual({ name, isUp: true })
      }
      await settled(program, writers)
    },
  )
})

/** What the program takes before it does anything: memory of server and database together, and the time until it answers. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { memoryOf } from './harness/memory.ts'
import { median, type Question, type Row } from './harness/row.ts'
import { makeFolder, startSluice, type Folder } from './harness/sluice.ts'

const firstStarts = 3
const laterStarts = 5
/** After its start the program lies idle this long before it is weighed, in milliseconds. */
const idleMs = 5000

interface Start {
  readonly readyMs: number
  readonly serverMb?: number
  readonly databaseMb?: number
}

async function start(folder: Folder, { weigh }: { weigh: boolean }): Promise<Start> {
  const sluice = await startSluice(folder)
  try {
    if (!weigh) return sluice
    await sleep(idleMs)
    const database = Number((await readFile(join(folder.path, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0])
    const [both, databaseMb] = [await memoryOf([sluice.pid, database]), await memoryOf([database])]
    return { readyMs: sluice.readyMs, serverMb: both - databaseMb, databaseMb }
  } finally {
    await sluice.stop()
  }
}

async function answer(): Promise<readonly Row[]> {
  const first: Start[] = []
  const later: Start[] = []
  for (let number = 0; number < firstStarts; number++) {
    const folder = await makeFolder()
    try {
      first.push(await start(folder, { weigh: false }))
      if (number < firstStarts - 1) continue
      for (let again = 0; again < laterStarts; again++) later.push(await start(folder, { weigh: again === laterStarts - 1 }))
    } finally {
      await folder.remove()
    }
  }
  const ready = (what: string, starts: readonly Start[], goal: number): Row => ({
    what: `from the start of the process to the first 200 of /health, ${what}`,
    detail: starts.map(({ readyMs }) => (readyMs / 1000).toFixed(2)).join(', '),
    value: median(starts.map(({ readyMs }) => readyMs)) / 1000,
    goal: { than: 'under', value: goal, unit: 's' },
  })
  const { serverMb = Number.NaN, databaseMb = Number.NaN } = later.at(-1) ?? {}
  return [
    {
      what: `memory of server and database together, idle for ${idleMs / 1000} s (Linux only)`,
      detail: `server ${serverMb.toFixed(0)} MB, database ${databaseMb.toFixed(0)} MB`,
      value: serverMb + databaseMb,
      goal: { than: 'under', value: 200, unit: 'MB' },
    },
    ready('folder in use before', later, 1.5),
    ready('empty folder', first, 3),
  ]
}

export const footprint: Question = { name: 'footprint', asks: 'What does the program take before it does anything?', answer }

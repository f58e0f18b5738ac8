/** Scripts that have themselves called by others: nested calls share a fixed number of processes, and no call waits for a process that waits for it. */
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { handedOn } from './nested-calls.ts'
import { childrenOf, residentMB, startTarget } from './target.ts'

const requests = 40
/** What one account may have at one depth, and at the one above: far below one for each request. */
const mostProcesses = 6

test('40 nested calls with a token that was handed on share the processes of their account', async () => {
  const target = await startTarget()
  const { token, bodies } = await handedOn(target, requests)
  const server = target.program.child.pid as number
  let most = 0
  let memory = 0
  let isOver = false
  const watching = (async () => {
    while (!isOver) {
      const pids = childrenOf(server)
      most = Math.max(most, pids.length)
      memory = Math.max(
        memory,
        pids.map(residentOrNone).reduce((all, each) => all + each, 0),
      )
      await pause(20)
    }
  })()
  const answers = await Promise.all(bodies.map(({ _id, ...body }) => target.program.call('PUT', `/v1/imports/${_id}`, body, token)))
  isOver = true
  await watching
  expect(answers.filter(({ status }) => status !== 200).map(({ text }) => text)).toEqual([])
  expect(most).toBeGreaterThan(0)
  expect(most).toBeLessThanOrEqual(mostProcesses)
  expect(memory).toBeLessThan(mostProcesses * 150)
}, 300_000)

function residentOrNone(pid: number): number {
  try {
    return residentMB(pid)
  } catch {
    return 0
  }
}

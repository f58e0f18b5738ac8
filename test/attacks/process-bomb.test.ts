/** Scripts that have themselves called by others: nested calls share a fixed number of processes, and no call waits for a process that waits for it. */
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { make } from '../harness/flows.ts'
import { childrenOf, residentMB, startTarget, type Target } from './target.ts'

/** Gives its token away, past the mask, and takes its time when it is asked by somebody who has it. */
const content = `
function form(o) { return { fieldMap: {}, got: o.bearerToken.split('').reverse().join('') } }
function slow(o) { const end = Date.now() + 300; while (Date.now() < end); return o.newResource }`

const requests = 40
/** What one account may have at one depth, and at the one above: far below one for each request. */
const mostProcesses = 6

async function handedOn({ call }: Target): Promise<{ token: string; bodies: readonly { _id: string }[] }> {
  const script = await make({ call }, 'scripts', { name: 'Nested', content })
  const integration = await make({ call }, 'integrations', {
    name: 'Nested',
    settingsForm: { form: { fieldMap: {} }, init: { _scriptId: script._id, function: 'form' } },
  })
  const connection = await make({ call }, 'connections', {
    name: 'c',
    type: 'http',
    http: { baseURI: 'http://127.0.0.1:9', mediaType: 'json' },
  })
  const http = { relativeURI: ['/'], method: ['POST'] }
  const made = Array.from({ length: requests }, (_, i) =>
    make({ call }, 'imports', { name: `i${i}`, adaptorType: 'HTTPImport', _connectionId: connection._id, http }),
  )
  const imports = await Promise.all(made)
  const pageProcessors = imports.map(({ _id }) => ({ type: 'import', _importId: _id }))
  await make({ call }, 'flows', { name: 'f', _integrationId: integration._id, pageProcessors })
  const preSave = { _scriptId: script._id, function: 'slow' }
  const bodies = imports.map(({ createdAt: _at, lastModified: _modified, ...body }) => ({ ...body, preSave }))
  const { body: form, text } = await call('POST', `/v1/integrations/${integration._id}/settingsForm`, {})
  if (typeof form?.got !== 'string') throw new Error(`no token: ${text}`)
  return { token: form.got.split('').reverse().join(''), bodies }
}

test('40 nested calls with a token that was handed on share the processes of their account', async () => {
  const target = await startTarget()
  const { token, bodies } = await handedOn(target)
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
}, 120_000)

function residentOrNone(pid: number): number {
  try {
    return residentMB(pid)
  } catch {
    return 0
  }
}

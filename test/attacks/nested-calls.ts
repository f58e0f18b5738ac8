/** A function that hands its token on, and requests with that token whose documents have functions of their own: each is a call by a script. */
import { make } from '../harness/flows.ts'
import type { Target } from './target.ts'

/** Gives its token away, past the mask, and takes its time when it is asked by somebody who has it. */
const content = `
function form(o) { return { fieldMap: {}, got: o.bearerToken.split('').reverse().join('') } }
function slow(o) { const end = Date.now() + 300; while (Date.now() < end); return o.newResource }`

export async function handedOn({ call }: Target, requests: number): Promise<{ token: string; bodies: readonly { _id: string }[] }> {
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

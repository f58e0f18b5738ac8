/** Settings forms that a script draws and that never come. */
import { make } from '../harness/flows.ts'
import type { Call, Target } from './target.ts'

const endless = `
function form() { for (;;) ; }
function short() { const end = Date.now() + 20; while (Date.now() < end) ; return { fieldMap: {} } }`

/** Has forms drawn that never are; answers the statuses so far, and gives up with the signal. */
export function keepDrawing(
  { url, token }: Target,
  integrationId: string,
  count: number,
  until: AbortSignal,
  environment?: string,
): number[] {
  const statuses: number[] = []
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    ...(environment && { 'sluice-environment': environment }),
  }
  const draw = async (): Promise<void> => {
    const answer = await fetch(`${url}/v1/integrations/${integrationId}/settingsForm`, {
      method: 'POST',
      headers,
      body: '{}',
      signal: until,
    })
    statuses.push(answer.status)
    await answer.arrayBuffer()
  }
  for (let i = 0; i < count; i++) draw().catch(() => undefined)
  return statuses
}

/** `short` ends after a while. */
export async function makeEndless(call: Call, name: 'form' | 'short' = 'form'): Promise<string> {
  const { _id: _scriptId } = await make({ call }, 'scripts', { name: 'Endless', content: endless })
  const settingsForm = { form: { fieldMap: {} }, init: { _scriptId, function: name } }
  return (await make({ call }, 'integrations', { name: 'Endless', settingsForm }))._id
}

/** Where code of the accounts' own runs: their scripts in the sandbox, their stacks on servers of theirs. */
import { integratorApi } from '../domain/integrator-api.ts'
import type { Log, World } from '../domain/ports.ts'
import { createHttpClient } from '../engine/outgoing/client.ts'
import { stackCalls } from '../engine/stacks.ts'
import { openSandbox } from '../sandbox/open.ts'

export interface Code extends Pick<World, 'scripts' | 'stacks' | 'integratorApi'> {
  close(): Promise<void>
}

export function openCode(log: Log, privateNetwork: 'allow' | 'refuse'): Code {
  const sandbox = openSandbox(log)
  const client = createHttpClient({ privateNetwork })
  return {
    scripts: sandbox,
    stacks: stackCalls(client.send),
    integratorApi,
    async close() {
      sandbox.close()
      await client.close()
    },
  }
}

/** A sandbox for tests that need no server. */
import { onTestFinished } from 'vitest'
import type { ScriptCall } from '../../src/domain/ports/scripts.ts'
import { ScriptFailure, type ScriptFault } from '../../src/domain/scripts/script-failure.ts'
import { openSandbox, type Sandbox } from '../../src/sandbox/open.ts'

export const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }

export function sandboxForTest(): Sandbox {
  const sandbox = openSandbox(silent)
  onTestFinished(() => sandbox.close())
  return sandbox
}

export const call = (content: string, more: Partial<ScriptCall> = {}): ScriptCall => ({
  accountId: 'account',
  envId: 'environment',
  script: { name: 'Orders', content },
  function: 'f',
  ...more,
})

/** What the script failed by. Anything else is thrown. */
export async function faultOf(answer: Promise<unknown>): Promise<ScriptFault> {
  try {
    throw new Error(`it answered ${JSON.stringify(await answer)}`)
  } catch (error) {
    if (error instanceof ScriptFailure) return error.fault
    throw error
  }
}

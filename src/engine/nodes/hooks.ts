/** Hooks are code, and code runs in a sandbox that this server does not have yet: a step that has one says so instead of leaving it out. */
import { StepFailure } from '../adaptor.ts'

type Hooks = Readonly<Record<string, { readonly _scriptId?: string; readonly _stackId?: string } | undefined>> | undefined

export function refuseHooks(stepName: string, ...hooks: readonly Hooks[]): void {
  for (const [name, hook] of hooks.flatMap((each) => Object.entries(each ?? {}))) {
    if (hook?._scriptId || hook?._stackId) {
      throw new StepFailure({
        source: 'resource',
        code: 'script_unavailable',
        message: `${stepName} has a ${name} hook, and this server does not run scripts.`,
      })
    }
  }
}

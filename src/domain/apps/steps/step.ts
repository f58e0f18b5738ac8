/** A step of an installation, as it is stored, and the forms and functions that it names. */
import { isObject } from '../../../contract/walk.ts'
import type { FunctionOf } from '../../scripts/run-script.ts'
import { optionsOf, type Work } from '../../app-code/app-functions.ts'
import type { Doc } from '../../ports/document.ts'

export type List = 'installSteps' | 'uninstallSteps' | 'changeEditionSteps'
export type Step = Readonly<Record<string, unknown>> & { readonly type?: string; readonly completed?: boolean }

export const stepsOf = (doc: Doc, list: List): readonly Step[] => (Array.isArray(doc[list]) ? (doc[list] as Step[]) : [])

export const functionOf = (step: Step, name = 'function'): FunctionOf => ({
  ...(typeof step['_scriptId'] === 'string' && { _scriptId: step['_scriptId'] }),
  ...(typeof step['_scriptId'] !== 'string' && typeof step['_stackId'] === 'string' && { _stackId: step['_stackId'] }),
  function: String(step[name]),
})

/** The form of the step, which its `initFormFunction` may make. `at` is the place of the step. */
export async function formOf(work: Work, step: Step, at: string): Promise<unknown> {
  const made = await madeBy(work, step, at, 'initFormFunction')
  if (!isObject(made)) return step['form']
  return isObject(made['form']) ? made['form'] : made
}

export async function urlOf(work: Work, step: Step, at: string): Promise<unknown> {
  const made = await madeBy(work, step, at, 'getUrlFunction')
  return typeof made === 'string' ? made : step['url']
}

const madeBy = async ({ app, call }: Work, step: Step, at: string, name: string): Promise<unknown> =>
  typeof step[name] === 'string' ? call(functionOf(step, name), { ...optionsOf(app), form: step['form'] }, `${at}.${name}`) : undefined

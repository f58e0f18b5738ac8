/** A step of an installation, as it is stored, and the forms and functions that it names. */
import { isObject } from '../../../contract/walk.ts'
import type { FunctionReference } from '../../scripts/run-script.ts'
import { buildFunctionOptions, type Work } from '../../app-code/app-functions.ts'
import type { Doc } from '../../ports/document.ts'

export type StepList = 'installSteps' | 'uninstallSteps' | 'changeEditionSteps'
export type AppStep = Readonly<Record<string, unknown>> & { readonly type?: string; readonly completed?: boolean }

export const listSteps = (doc: Doc, list: StepList): readonly AppStep[] => (Array.isArray(doc[list]) ? (doc[list] as AppStep[]) : [])

export const readFunction = (step: AppStep, name = 'function'): FunctionReference => ({
  ...(typeof step['_scriptId'] === 'string' && { _scriptId: step['_scriptId'] }),
  ...(typeof step['_scriptId'] !== 'string' && typeof step['_stackId'] === 'string' && { _stackId: step['_stackId'] }),
  function: String(step[name]),
})

/** The form of the step, which its `initFormFunction` may make. `at` is the place of the step. */
export async function buildForm(work: Work, step: AppStep, at: string): Promise<unknown> {
  const made = await callFormFunction(work, step, at, 'initFormFunction')
  if (!isObject(made)) return step['form']
  return isObject(made['form']) ? made['form'] : made
}

export async function buildUrl(work: Work, step: AppStep, at: string): Promise<unknown> {
  const made = await callFormFunction(work, step, at, 'getUrlFunction')
  return typeof made === 'string' ? made : step['url']
}

const callFormFunction = async ({ app, call }: Work, step: AppStep, at: string, name: string): Promise<unknown> =>
  typeof step[name] === 'string'
    ? call(readFunction(step, name), { ...buildFunctionOptions(app), form: step['form'] }, `${at}.${name}`)
    : undefined

/** A step of an installation, as it is stored, and the forms and functions that it names. */
import type { IntegrationDocument } from '../../../contract/document.ts'
import type { AppStep } from '../../../contract/resources/integration/lifecycle.ts'
import { isObject } from '../../../contract/walk.ts'
import type { FunctionReference } from '../../scripts/run-script.ts'
import { buildFunctionOptions, type Work } from '../../app-code/app-functions.ts'

export type StepList = 'installSteps' | 'uninstallSteps' | 'changeEditionSteps'

export const listSteps = (doc: Pick<IntegrationDocument, StepList>, list: StepList): readonly AppStep[] => doc[list] ?? []

/** The fields of a step that name a function. */
type FunctionField = 'function' | 'initFormFunction' | 'getUrlFunction'

/** A function in a script, or on a stack where no script is named. */
export const readFunction = ({ _scriptId, _stackId, ...step }: AppStep, name: FunctionField = 'function'): FunctionReference => ({
  ...(_scriptId !== undefined && { _scriptId }),
  ...(_scriptId === undefined && _stackId !== undefined && { _stackId }),
  function: step[name] ?? '',
})

/** The form of the step, which its `initFormFunction` may make. `at` is the place of the step. */
export async function buildForm(work: Work, step: AppStep, at: string): Promise<unknown> {
  const made = await callFormFunction(work, step, at, 'initFormFunction')
  if (!isObject(made)) return step.form
  const { form } = made
  return isObject(form) ? form : made
}

export async function buildUrl(work: Work, step: AppStep, at: string): Promise<unknown> {
  const made = await callFormFunction(work, step, at, 'getUrlFunction')
  return typeof made === 'string' ? made : step.url
}

const callFormFunction = async ({ app, call }: Work, step: AppStep, at: string, name: FunctionField): Promise<unknown> =>
  step[name] === undefined ? undefined : call(readFunction(step, name), { ...buildFunctionOptions(app), form: step.form }, `${at}.${name}`)

/** Runs the steps that install, change and remove an app, one after the other. */
import type { IntegrationDocument } from '../../../contract/document.ts'
import { validator } from '../../validation.ts'
import { integration } from '../../../contract/resources/integration.ts'
import type { AppStep, ShownStep } from '../../../contract/resources/integration/lifecycle.ts'
import { isObject } from '../../../contract/walk.ts'
import type { JsonText } from '../../result.ts'
import { DomainError } from '../../errors.ts'
import type { Context } from '../../context.ts'
import { readApp, checkLicensed, type App } from '../../app-code/installation.ts'
import { addResourcesAndCall } from '../change-edition.ts'
import { buildFunctionOptions, withApp, type Work } from '../../app-code/app-functions.ts'
import { changeIntegration } from '../integration.ts'
import { finishSteps } from '../finish.ts'
import { readTemplateClosure } from '../template/template.ts'
import { collectAppCode, checkCodeHash } from '../../app-code/approved-code.ts'
import { buildForm, readFunction, listSteps, buildUrl, type StepList } from './step.ts'
import { readPayload, type StepBody } from './step-payload.ts'

interface Asked {
  readonly params: { readonly _id: string; readonly index: string }
}

/** A list that a function answers: as a client would have to send it. */
const check = validator(integration.body.properties.installSteps, 'body')
/** Steps of one list. */
const maxSteps = 100

export const takeStep =
  (list: StepList) =>
  async (asked: Context, { params, body }: Asked & { readonly body: StepBody | undefined }): Promise<JsonText | undefined> => {
    if (body?.sha256 !== undefined) await approveCode(asked, params._id, body.sha256)
    return withApp(asked, params._id, list, async (work, ctx) => {
      const { app } = work
      const index = findCurrentStep(app, list, params.index)
      if (list !== 'uninstallSteps') checkLicensed(app, ctx.now())
      const step = listSteps(app.doc, list)[index] as AppStep
      const taken = await readPayload(ctx, work, step, body ?? {}, `${list}.${index}`)
      const anew = parseStepList(await callStep(work, step, taken.options, `${list}.${index}.function`), list)
      const isLast = completeStep(listSteps(app.doc, list), index, {}, anew).every((each) => each.completed)
      if (list === 'changeEditionSteps' && isLast) await addResourcesAndCall(ctx, work)
      return ctx.store.transaction(async (rows) => {
        const text = await changeIntegration(rows, ctx, params._id, (doc) => ({
          [list]: completeStep(listSteps(doc, list), index, taken.fields, anew),
        }))
        const doc = JSON.parse(text.text) as IntegrationDocument
        return listSteps(doc, list).every((each) => each.completed) ? finishSteps(rows, ctx, { ...app, doc }, list) : text
      })
    })
  }

/** Whoever takes the step has seen the code as it is now. */
async function approveCode(ctx: Context, id: string, sha256: string): Promise<void> {
  const { installation, connector } = await readApp(ctx.store, ctx, id)
  const { connectorEnvId, envId, rootId } = installation
  const code = await collectAppCode(ctx.store, connectorEnvId, await readTemplateClosure(ctx.store, connectorEnvId, connector))
  checkCodeHash(code, sha256)
  await ctx.store.apps.setShown(envId, rootId, code.hashes)
}

/** What a step shows: its form or address may be made by a function. */
export const showStep =
  (list: StepList) =>
  (ctx: Context, { params }: Asked): Promise<ShownStep> =>
    withApp(ctx, params._id, list, async (work) => {
      const index = findCurrentStep(work.app, list, params.index)
      const step = listSteps(work.app.doc, list)[index] as AppStep
      const [form, url] = [await buildForm(work, step, `${list}.${index}`), await buildUrl(work, step, `${list}.${index}`)]
      return { ...step, ...(form !== undefined && { form }), ...(url !== undefined && { url }) }
    })

const callStep = async ({ app, call }: Work, step: AppStep, options: object, field: string): Promise<unknown> =>
  step.function !== undefined ? call(readFunction(step), { ...buildFunctionOptions(app), ...options }, field) : undefined

const modes: Readonly<Record<StepList, readonly string[]>> = {
  installSteps: ['install'],
  uninstallSteps: ['uninstall'],
  changeEditionSteps: ['settings'],
}

/** The step that is asked for, which has to be the first that is open. */
function findCurrentStep({ doc }: App, list: StepList, text: string): number {
  const steps = listSteps(doc, list)
  const index = /^(?:0|[1-9]\d{0,3})$/.test(text) ? Number(text) : steps.length
  if (index >= steps.length) throw new DomainError('not_found', `There is no step ${text} in ${list}.`, 'index')
  const isOpen = modes[list].includes(doc.mode ?? '') && (list !== 'changeEditionSteps' || doc.pendingLicense !== undefined)
  if (!isOpen) throw new DomainError('invalid_step', `The steps in ${list} are not to be taken now.`, 'index')
  const current = steps.findIndex((step) => !step.completed)
  if (current !== index)
    throw new DomainError('invalid_step', current < 0 ? 'All steps are completed.' : `Step ${current} is the one to be taken now.`, 'index')
  return index
}

/** Steps before and including the one that is taken keep their places, whatever a function answers. */
function completeStep(steps: readonly AppStep[], index: number, fields: object, anew: readonly AppStep[] | undefined): readonly AppStep[] {
  const done = steps.slice(0, index + 1).map((step, place) => (place === index ? { ...step, ...fields, completed: true } : step))
  const open = (anew ?? steps).slice(index + 1).map((step) => ({ ...step, completed: false }))
  return [...done, ...(anew ? open : steps.slice(index + 1))]
}

/** `{installSteps: [...]}`: the function may change the list. */
function parseStepList(returned: unknown, list: StepList): readonly AppStep[] | undefined {
  const steps = isObject(returned) ? returned[list] : undefined
  if (steps === undefined) return undefined
  check(steps)
  if ((steps as AppStep[]).length > maxSteps)
    throw new DomainError('invalid_field', `A function may answer ${maxSteps} steps and no more.`, list)
  return steps as AppStep[]
}

/** Takes the steps that install, change and remove an app, one behind the other. */
import { validator } from '../../validation.ts'
import { integration } from '../../../contract/resources/integration.ts'
import { isObject } from '../../../contract/walk.ts'
import type { JsonText } from '../../result.ts'
import { DomainError } from '../../errors.ts'
import type { Context } from '../../context.ts'
import { appOf, mustBeLicensed, type App } from '../../app-code/installation.ts'
import { addAndCall } from '../change-edition.ts'
import { optionsOf, withApp, type Work } from '../../app-code/app-functions.ts'
import { changeIntegration } from '../integration.ts'
import { finish } from '../finish.ts'
import { templateClosure } from '../template/template.ts'
import { codeOf, mustBeOf } from '../../app-code/approved-code.ts'
import { formOf, functionOf, stepsOf, urlOf, type List, type Step } from './step.ts'
import { payloadOf, type Sent } from './step-payload.ts'
import type { Doc } from '../../ports/document.ts'

interface Asked {
  readonly params: { readonly _id: string; readonly index: string }
}

/** A list that a function answers: as a client would have to send it. */
const check = validator(integration.body.properties.installSteps, 'body')
/** Steps of one list. */
const maxSteps = 100

export const takeStep =
  (list: List) =>
  async (asked: Context, { params, body }: Asked & { readonly body: Sent | undefined }): Promise<JsonText | undefined> => {
    if (body?.sha256 !== undefined) await showAnew(asked, params._id, body.sha256)
    return withApp(asked, params._id, list, async (work, ctx) => {
      const { app } = work
      const index = currentOf(app, list, params.index)
      if (list !== 'uninstallSteps') mustBeLicensed(app, ctx.now())
      const step = stepsOf(app.doc, list)[index] as Step
      const taken = await payloadOf(ctx, work, step, body ?? {}, `${list}.${index}`)
      const anew = relisted(await callStep(work, step, taken.options, `${list}.${index}.function`), list)
      const isLast = completed(stepsOf(app.doc, list), index, {}, anew).every((each) => each.completed)
      if (list === 'changeEditionSteps' && isLast) await addAndCall(ctx, work)
      return ctx.store.transaction(async (rows) => {
        const text = await changeIntegration(rows, ctx, params._id, (doc) => ({
          [list]: completed(stepsOf(doc, list), index, taken.fields, anew),
        }))
        const doc = JSON.parse(text.text) as Doc
        return stepsOf(doc, list).every((each) => each.completed) ? finish(rows, ctx, { ...app, doc }, list) : text
      })
    })
  }

/** Whoever takes the step has seen the code as it is now. */
async function showAnew(ctx: Context, id: string, sha256: string): Promise<void> {
  const { installation, connector } = await appOf(ctx.store, ctx, id)
  const { connectorEnvId, envId, rootId } = installation
  const code = await codeOf(ctx.store, connectorEnvId, await templateClosure(ctx.store, connectorEnvId, connector))
  mustBeOf(code, sha256)
  await ctx.store.apps.setShown(envId, rootId, code.hashes)
}

/** What a step shows: its form or address may be made by a function. */
export const showStep =
  (list: List) =>
  (ctx: Context, { params }: Asked): Promise<Record<string, unknown>> =>
    withApp(ctx, params._id, list, async (work) => {
      const index = currentOf(work.app, list, params.index)
      const step = stepsOf(work.app.doc, list)[index] as Step
      const [form, url] = [await formOf(work, step, `${list}.${index}`), await urlOf(work, step, `${list}.${index}`)]
      return { ...step, ...(form !== undefined && { form }), ...(url !== undefined && { url }) }
    })

const callStep = async ({ app, call }: Work, step: Step, options: object, field: string): Promise<unknown> =>
  typeof step['function'] === 'string' ? call(functionOf(step), { ...optionsOf(app), ...options }, field) : undefined

const modes: Readonly<Record<List, readonly string[]>> = {
  installSteps: ['install'],
  uninstallSteps: ['uninstall'],
  changeEditionSteps: ['settings'],
}

/** The step that is asked for, which has to be the first that is open. */
function currentOf({ doc }: App, list: List, text: string): number {
  const steps = stepsOf(doc, list)
  const index = /^(?:0|[1-9]\d{0,3})$/.test(text) ? Number(text) : steps.length
  if (index >= steps.length) throw new DomainError('not_found', `There is no step ${text} in ${list}.`, 'index')
  const isOpen = modes[list].includes(String(doc['mode'])) && (list !== 'changeEditionSteps' || doc['pendingLicense'] !== undefined)
  if (!isOpen) throw new DomainError('invalid_step', `The steps in ${list} are not to be taken now.`, 'index')
  const current = steps.findIndex((step) => !step.completed)
  if (current !== index)
    throw new DomainError('invalid_step', current < 0 ? 'All steps are completed.' : `Step ${current} is the one to be taken now.`, 'index')
  return index
}

/** Steps before and including the one that is taken keep their places, whatever a function answers. */
function completed(steps: readonly Step[], index: number, fields: object, anew: readonly Step[] | undefined): readonly Step[] {
  const done = steps.slice(0, index + 1).map((step, place) => (place === index ? { ...step, ...fields, completed: true } : step))
  const open = (anew ?? steps).slice(index + 1).map((step) => ({ ...step, completed: false }))
  return [...done, ...(anew ? open : steps.slice(index + 1))]
}

/** `{installSteps: [...]}`: the function may change the list. */
function relisted(returned: unknown, list: List): readonly Step[] | undefined {
  const steps = isObject(returned) ? returned[list] : undefined
  if (steps === undefined) return undefined
  check(steps)
  if ((steps as Step[]).length > maxSteps)
    throw new DomainError('invalid_field', `A function may answer ${maxSteps} steps and no more.`, list)
  return steps as Step[]
}

/** The errors of a tool, step by step. They are kept and worked through like those of flows. */
import type { Input } from '../../contract/operation.ts'
import type { toolErrors as operations } from '../../contract/operations/tools/tool-errors.ts'
import type { Context } from '../context.ts'
import { countErrors, listErrorsOf, listResolvedOf, resolveErrorsOf } from './flow-errors.ts'

export const listToolErrors = async (ctx: Context, { params }: Input<(typeof operations)['listToolErrors']>) => ({
  toolErrors: await countErrors(ctx, 'tools', params._id),
})

export const listToolStepErrors = listErrorsOf('tools')
export const listResolvedToolStepErrors = listResolvedOf('tools')
export const resolveToolStepErrors = resolveErrorsOf('tools')

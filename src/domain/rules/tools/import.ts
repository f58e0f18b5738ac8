/** Imports: what every step has to be, and one that calls a tool is not called by it. */
import type { Rule } from '../rule.ts'
import { stepRule } from '../step.ts'
import { refuseToolCircle } from './tool-circle.ts'

export const importRule: Rule<'imports'> = {
  ...stepRule('imports'),
  async afterWrite(rows, ctx, { _id, tool }) {
    if (tool?._toolId !== undefined) await refuseToolCircle(rows, ctx, { toolId: tool._toolId, importId: _id }, 'tool._toolId')
  },
}

/** Tools: every branch leads on to a router or to the output, none leads back, and no tool calls itself. */
import { DomainError } from '../../errors.ts'
import { checkTemplates } from '../../limits/template-limits.ts'
import type { Rule } from '../rule.ts'
import { refuseToolCircle } from './tool-circle.ts'

/** What the last branches name. */
const end = 'outputRouter'

export const toolRule: Rule<'tools'> = {
  prepare(_ctx, body) {
    checkTemplates(body)
    const { type = 'object' } = (body.input as { readonly schema?: { readonly type?: unknown } } | undefined)?.schema ?? {}
    if (type !== 'object')
      throw new DomainError(
        'invalid_field',
        'A tool is called with an object: the type of its schema has to be "object".',
        'input.schema.type',
      )
    checkRouters(Array.isArray(body.routers) ? (body.routers as readonly RouterDoc[]) : [])
    return body
  },
  async afterWrite(rows, ctx, { _id }) {
    await refuseToolCircle(rows, ctx, { toolId: _id }, 'routers')
  },
}

interface RouterDoc {
  readonly id?: string
  readonly branches?: readonly { readonly nextRouterId?: string }[]
}

/** Routers of one tool. */
const mostRouters = 1000

function checkRouters(routers: readonly RouterDoc[]): void {
  if (routers.length > mostRouters)
    throw new DomainError('invalid_field', `A tool has ${mostRouters.toLocaleString('en')} routers at the most.`, 'routers')
  const places = new Map<string, number>()
  for (const [i, { id }] of routers.entries()) {
    if (id === undefined) continue
    if (places.has(id) || id === end)
      throw new DomainError('invalid_field', `The id ${id} is that of another router: each has its own.`, `routers.${i}.id`)
    places.set(id, i)
  }
  for (const [i, { branches = [] }] of routers.entries())
    for (const [j, { nextRouterId }] of branches.entries())
      if (nextRouterId !== end && (nextRouterId === undefined || !places.has(nextRouterId)))
        throw new DomainError(
          'invalid_field',
          `The branch leads nowhere: its nextRouterId has to be the id of a router of the tool, or "${end}" where the tool answers.`,
          `routers.${i}.branches.${j}.nextRouterId`,
        )
  refuseRing(routers, places)
}

/** Each router is looked at once: where it leads back to one that is being looked at, there is a ring. */
function refuseRing(routers: readonly RouterDoc[], places: ReadonlyMap<string, number>): void {
  const state = new Map<number, 'open' | 'done'>()
  const visit = (i: number): void => {
    if (state.get(i) === 'open') throw new DomainError('invalid_field', 'The routers of the tool lead back to each other.', `routers.${i}`)
    if (state.has(i)) return
    state.set(i, 'open')
    for (const { nextRouterId = end } of routers[i]?.branches ?? []) {
      const next = places.get(nextRouterId)
      if (next !== undefined) visit(next)
    }
    state.set(i, 'done')
  }
  for (const i of routers.keys()) visit(i)
}

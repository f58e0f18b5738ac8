/** Aliases in what scripts ask of `integrator-api`: a name of the flow or its integration stands for the id of an export, import, flow or connection. */
import { isObject } from '../../contract/walk.ts'
import type { Alias } from '../../contract/shared/alias.ts'
import { isId } from '../ids.ts'

const fields = ['_exportId', '_importId', '_flowId', '_connectionId'] as const
type Field = (typeof fields)[number]

/** What the methods of an object work on. */
const fieldOf: Readonly<Record<string, Field>> = {
  exports: '_exportId',
  imports: '_importId',
  flows: '_flowId',
  connections: '_connectionId',
}

/** Of several aliases of one name the first one counts. What is no alias stays as it is. */
export function resolveAliases(aliases: readonly Alias[], method: string, args: readonly unknown[]): readonly unknown[] {
  const own = fieldOf[method.split('.')[0] ?? '']
  const idOf = (value: unknown, field: Field): unknown =>
    typeof value === 'string' && !isId(value.toLowerCase())
      ? (aliases.find((each) => each.alias === value && each[field])?.[field] ?? value)
      : value
  const named = (of: string): Field | undefined => (of === '_id' ? own : fields.find((field) => field === of))
  const inObject = (value: Readonly<Record<string, unknown>>): object =>
    Object.fromEntries(
      Object.entries(value).map(([name, each]) => {
        const field = named(name)
        return [name, field ? idOf(each, field) : each]
      }),
    )
  return args.map((arg, i) => (isObject(arg) ? inObject(arg) : own && i === 0 ? idOf(arg, own) : arg))
}

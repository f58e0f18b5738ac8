/** What uses a resource. */
import { resources, type Collection } from '../contract/resources/index.ts'
import { nameDocumentOperation } from '../contract/operations/index.ts'
import { CommandError, exitCodes } from './exit-codes.ts'
import { connectServer, type ServerOptions } from './server/connect.ts'
import { alignColumns, oneLine, type Terminal } from './terminal.ts'

type Dependents = Readonly<Record<string, readonly { readonly id: string; readonly name: string; readonly paths: readonly string[] }[]>>

export async function printDependencies(terminal: Terminal, type: string, id: string, options: ServerOptions): Promise<number> {
  const collection = Object.keys(resources).find((each) => each === type || each === `${type}s`) as Collection | undefined
  if (!collection) throw new CommandError(`There is no type ${type}: it is one of ${Object.keys(resources).join(', ')}.`)
  const server = await connectServer(options, terminal.env)
  const name = nameDocumentOperation(collection, 'dependencies')
  const found = (await server.call(name, { params: { _id: id } } as never)) as unknown as Dependents | undefined
  const rows = Object.entries(found ?? {}).flatMap(([of, all]) =>
    all.map((each) => [of, each.id, oneLine(each.name), each.paths.join(', ')]),
  )
  terminal.print(found ?? {}, alignColumns(rows))
  if (rows.length === 0) terminal.say('Nothing uses it.')
  return exitCodes.done
}

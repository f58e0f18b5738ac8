/** Which connection takes the place of which, as the command line says it. */
import { CommandError } from '../exit-codes.ts'
import { findByName, type Server } from './connect.ts'

/** From `SOURCE=TARGET`: the id of each source by that of its target. */
export async function mapConnections(source: Server, target: Server, pairs: readonly string[]): Promise<Record<string, string>> {
  if (pairs.length === 0) return {}
  const [sources, targets] = await Promise.all([source.listAll('listConnections'), target.listAll('listConnections')])
  const map: Record<string, string> = {}
  for (const pair of pairs) {
    const [from, to, ...rest] = pair.split('=')
    if (!from || !to || rest.length > 0) throw new CommandError(`--connection has to be SOURCE=TARGET, and is ${pair}.`)
    const find = (all: typeof sources, idOrName: string) =>
      all.find(({ _id }) => _id === idOrName.toLowerCase()) ?? findByName(all, idOrName, 'connection')
    map[find(sources, from)._id] = find(targets, to)._id
  }
  return map
}

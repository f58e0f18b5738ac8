/** Integrations at a glance, one of them, and what failed in it. */
import { connectServer, findIntegration, type Server, type ServerOptions } from '../server/connect.ts'
import { alignColumns, countOf, oneLine, type Terminal } from '../terminal.ts'
import { exitCodes } from '../exit-codes.ts'

export async function listIntegrations(terminal: Terminal, options: ServerOptions): Promise<number> {
  const server = await connectServer(options, terminal.env)
  const tiles = await server.listAll('listTiles')
  const rows = tiles.map(({ _integrationId, name, numFlows, numError, offlineConnections }) => [
    _integrationId,
    oneLine(name),
    countOf(numFlows, 'flow'),
    numError > 0 ? terminal.paint('red', countOf(numError, 'open error')) : '',
    offlineConnections.length > 0 ? terminal.paint('yellow', `${countOf(offlineConnections.length, 'connection')} offline`) : '',
  ])
  terminal.print(tiles, alignColumns(rows))
  return exitCodes.done
}

export async function showIntegration(terminal: Terminal, idOrName: string, options: ServerOptions): Promise<number> {
  const server = await connectServer(options, terminal.env)
  const integration = await findIntegration(server, idOrName)
  const params = { _id: integration._id }
  const [flows, errors, jobs] = await Promise.all([
    listFlows(server, integration._id),
    server.call('listIntegrationErrors', { params }),
    server.call('listLatestIntegrationJobs', { params }),
  ])
  const shown = flows.map(({ _id, name, disabled, schedule }) => ({
    _id,
    name,
    disabled: disabled ?? false,
    ...(schedule && { schedule }),
    numError: errors.find(({ _flowId }) => _flowId === _id)?.numError ?? 0,
    lastRun: jobs.find(({ _flowId }) => _flowId === _id),
  }))
  const rows = shown.map(({ _id, name, disabled, schedule, numError, lastRun }) => [
    _id,
    oneLine(name),
    disabled ? terminal.paint('dim', 'off') : 'on',
    schedule ?? '',
    lastRun ? `${lastRun.status} ${lastRun.endedAt ?? lastRun.createdAt}` : 'has not run',
    numError > 0 ? terminal.paint('red', countOf(numError, 'open error')) : '',
  ])
  const head = [`${terminal.paint('bold', oneLine(integration.name))}  ${integration._id}`, oneLine(integration.description)].filter(
    Boolean,
  )
  terminal.print({ integration, flows: shown }, [...head, alignColumns(rows)].join('\n'))
  return exitCodes.done
}

/** The flows of an integration. */
export async function listFlows(server: Server, integrationId: string) {
  return server.listAll('listFlows', { query: { _integrationId: integrationId } })
}

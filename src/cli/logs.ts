/** What was recorded of the runs of a flow, or what a script wrote, also as it comes. */
import { setTimeout as sleep } from 'node:timers/promises'
import { CommandError, exitCodes } from './exit-codes.ts'
import { connectServer, findByName, type Server, type ServerOptions } from './server/connect.ts'
import { oneLine, type Terminal } from './terminal.ts'

export interface LogOptions extends ServerOptions {
  readonly follow?: boolean
}

/** How often it is looked for more. Milliseconds. */
const lookMs = 2000

interface Line {
  readonly time: string
  readonly text: string
  readonly value: unknown
}

/** The id or name of a flow, whose latest run it is about, or of a script. */
export async function printLogs(terminal: Terminal, idOrName: string, options: LogOptions): Promise<number> {
  const server = await connectServer(options, terminal.env)
  const read = await openLog(server, idOrName)
  for (;;) {
    for (const { value, text } of await read()) terminal.print(value, text)
    if (!options.follow) return exitCodes.done
    await sleep(lookMs)
  }
}

/** Answers, each time, the lines that are new since the time before, oldest first. */
async function openLog(server: Server, idOrName: string): Promise<() => Promise<readonly Line[]>> {
  const isNamed = ({ _id, name }: { readonly _id: string; readonly name: string }): boolean => _id === idOrName || name === idOrName
  const flows = (await server.listAll('listFlows')).filter(isNamed)
  if (flows.length > 0) return readRuns(server, findByName(flows, flows[0]?.name ?? '', 'flow')._id)
  const scripts = (await server.listAll('listScripts')).filter(isNamed)
  if (scripts.length > 0) return readScript(server, findByName(scripts, scripts[0]?.name ?? '', 'script')._id)
  throw new CommandError(`There is no flow and no script with the name or id ${idOrName}.`)
}

/** The latest run, and each that follows it. */
function readRuns(server: Server, flowId: string): () => Promise<readonly Line[]> {
  let jobId: string | undefined
  let after = 0
  return async () => {
    const [latest] = await server.call('listLatestFlowJobs', { params: { _id: flowId } })
    if (!latest) return []
    const lines: Line[] = []
    if (latest._id !== jobId) {
      jobId = latest._id
      after = 0
      lines.push({ time: latest.createdAt, value: latest, text: `${latest.createdAt}  run ${latest._id} ${latest.status}` })
    }
    for (;;) {
      const { logs, nextPageURL } = await server.call('listExecutionLogs', {
        params: { _id: flowId, _jobId: latest._id },
        query: { after },
      })
      lines.push(
        ...logs.map((entry) => ({
          time: entry.time,
          value: entry,
          text: [entry.time, entry._expOrImpId, entry.stage, entry.status, oneLine(entry.traceKey)].join('  '),
        })),
      )
      const next = nextPageURL === undefined ? undefined : Number(URL.parse(nextPageURL, server.url)?.searchParams.get('after'))
      if (next === undefined || Number.isNaN(next)) return lines
      after = next
    }
  }
}

function readScript(server: Server, scriptId: string): () => Promise<readonly Line[]> {
  let since: string | undefined
  return async () => {
    const { logs } = await server.call('listScriptLogs', { params: { _id: scriptId }, query: { ...(since && { time_gt: since }) } })
    const lines = logs.toReversed().map((line) => ({
      time: line.time,
      value: line,
      text: [line.time, line.logLevel, line.function, oneLine(line.message)].join('  '),
    }))
    since = lines.at(-1)?.time ?? since
    return lines
  }
}

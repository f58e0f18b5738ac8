/** Runs the flows of an integration, and makes clones of it. */
import { CommandError, exitCodes } from '../exit-codes.ts'
import { awaitJobs, wentThrough } from '../follow-jobs.ts'
import { connectServer, findByName, findIntegration, type ServerOptions } from '../server/connect.ts'
import { mapConnections } from '../server/map-connections.ts'
import { alignColumns, oneLine, type Terminal } from '../terminal.ts'
import { listFlows } from './look.ts'

export interface RunOptions extends ServerOptions {
  /** Ids or names; all that are enabled by default. */
  readonly flow?: readonly string[]
  readonly wait: boolean
}

/** Ends with an error where a run or a record of it failed. */
export async function runIntegration(terminal: Terminal, idOrName: string, options: RunOptions): Promise<number> {
  const server = await connectServer(options, terminal.env)
  const { _id, name } = await findIntegration(server, idOrName)
  const all = await listFlows(server, _id)
  const chosen = options.flow
    ? options.flow.map((flow) => all.find((each) => each._id === flow.toLowerCase()) ?? findByName(all, flow, `flow of ${name}`))
    : all.filter(({ disabled }) => !disabled)
  if (chosen.length === 0) throw new CommandError(`No flow of ${name} is enabled.`)
  const started: { readonly jobId: string; readonly flowName: string }[] = []
  for (const flow of chosen) {
    const { _jobId } = await server.call('runFlow', { params: { _id: flow._id } })
    started.push({ jobId: _jobId, flowName: flow.name })
  }
  if (!options.wait) {
    terminal.print(started, alignColumns(started.map(({ jobId, flowName }) => [jobId, oneLine(flowName)])))
    return exitCodes.done
  }
  const jobs = await awaitJobs(
    server,
    started.map(({ jobId }) => jobId),
    'Running',
  )
  const nameOf = (jobId: string): string => oneLine(started.find((each) => each.jobId === jobId)?.flowName)
  terminal.print(
    jobs,
    alignColumns(
      jobs.map((job) => [
        nameOf(job._id),
        terminal.paint(wentThrough(job) ? 'green' : 'red', job.status),
        `${job.numSuccess} succeeded`,
        `${job.numIgnore} ignored`,
        `${job.numError} failed`,
        oneLine(job.errorMessage),
      ]),
    ),
  )
  return jobs.every(wentThrough) ? exitCodes.done : exitCodes.error
}

export interface CloneOptions extends ServerOptions {
  readonly name?: string
  readonly toEnvironment?: string
  /** `SOURCE=TARGET`, ids or names of connections. */
  readonly connection?: readonly string[]
}

export async function cloneIntegration(terminal: Terminal, idOrName: string, options: CloneOptions): Promise<number> {
  const server = await connectServer(options, terminal.env)
  const { _id } = await findIntegration(server, idOrName)
  const target =
    options.toEnvironment === undefined ? server : await connectServer({ ...options, environment: options.toEnvironment }, terminal.env)
  const clone = await server.call('cloneIntegration', {
    params: { _id },
    body: {
      ...(options.name !== undefined && { name: options.name }),
      ...(target.environmentId !== undefined && target !== server && { _envId: target.environmentId }),
      connectionMap: await mapConnections(server, target, options.connection ?? []),
    },
  })
  const { _id: cloneId, name } = clone as { readonly _id: string; readonly name: string }
  terminal.print(clone, `${cloneId}  ${oneLine(name)}\nIts flows are off until somebody enables them.`)
  return exitCodes.done
}

/** Between a folder and an integration: pull, push, and what either would do. */
import { CommandError, exitCodes } from '../exit-codes.ts'
import { mapConnections } from '../server/map-connections.ts'
import type { ServerOptions } from '../server/connect.ts'
import { countOf, type Terminal } from '../terminal.ts'
import { applyRevision, type Choices } from './apply.ts'
import { packFiles, readFolder, readManifest, withoutBase, writeFolder, type Files } from './folder.ts'
import { exitCodeOf, printChanges, printDifferences, printPlan, summarize, type Plan } from './print-plan.ts'
import { exportFiles, openIntegration, openSide, ownerOf, planFiles, type FolderSide, type IntegrationSide } from './sides.ts'

/** Refuses to overwrite what was changed in the folder and not pushed, but with `force`. */
export async function pullFiles(
  terminal: Terminal,
  idOrName: string,
  folder: string,
  options: ServerOptions & { readonly force?: boolean },
): Promise<number> {
  const side = await openIntegration(idOrName, options, terminal.env)
  const before = await readFolder(folder)
  if (before && !options.force) await refuseUnpushed(terminal, side, folder, before)
  const files = await exportFiles(side)
  await writeFolder(folder, files)
  const changed = [...new Set([...files.keys(), ...(before?.keys() ?? [])])].filter((path) => files.get(path) !== before?.get(path))
  terminal.print({ folder, files: files.size, changed }, changed.join('\n'))
  terminal.say(`${folder} holds ${countOf(files.size, 'file')} of ${side.name}, ${changed.length} of them changed.`)
  return exitCodes.done
}

async function refuseUnpushed(terminal: Terminal, side: IntegrationSide, folder: string, files: Files): Promise<void> {
  if (readManifest(files)._integrationId !== side._id)
    throw new CommandError(`${folder} holds another integration, ${readManifest(files)._integrationId}. --force writes over it.`)
  const { changes, conflicts } = await planFiles(side, files)
  if (changes.length + conflicts.length === 0) return
  terminal.say(printChanges(terminal, changes).join('\n'))
  throw new CommandError(
    `${folder} has changes that were not pushed: push them first, or write over them with --force.`,
    conflicts.length > 0 ? exitCodes.conflicts : exitCodes.differs,
  )
}

/** Where the first side is, when it is in another environment than the second one. */
interface TwoSides extends ServerOptions {
  readonly fromEnvironment?: string
}
const ofSource = ({ fromEnvironment, ...options }: TwoSides): ServerOptions => ({
  ...options,
  ...(fromEnvironment !== undefined && { environment: fromEnvironment }),
})

export interface ApplyOptions extends TwoSides {
  readonly description?: string
  readonly resolve?: 'ours' | 'theirs' | 'ask'
  readonly confirm?: boolean
  readonly connection?: readonly string[]
}
export interface PushOptions extends ApplyOptions {
  /** The one that the files are of by default. */
  readonly integration?: string
}

/** What was changed in the integration since the files were pulled stays, or is a conflict. The folder holds the result afterwards. */
export async function pushFiles(terminal: Terminal, folder: string, options: PushOptions): Promise<number> {
  const source = await openFolder(folder, options, terminal)
  const owner = options.integration === undefined ? await ownerOf(source, options, terminal.env) : undefined
  const side = owner ?? (await openIntegration(options.integration ?? '', options, terminal.env))
  const plan = await planFiles(side, source.files)
  const obstacle = findObstacle(plan, options)
  if (obstacle !== undefined) {
    printPlan(terminal, plan)
    terminal.say(summarize(plan))
    return obstacle
  }
  // Of another integration they are sent all the same: the server notes what both have in common, which the next changes are merged from.
  if (plan.changes.length + plan.conflicts.length === 0 && side === owner) return reportSame(terminal)
  const revision = await side.server.call('importIntegrationFiles', {
    params: { _id: side._id },
    query: { ...(options.description !== undefined && { description: options.description }) },
    body: await packFiles(source.files),
    headers: { 'if-match': `"${plan.beforeRevisionHash}"` },
  })
  if (revision === undefined || !('_id' in revision)) return reportSame(terminal)
  const done = await applyRevision(terminal, side, revision, await readChoices(side, options))
  // Of another integration the ids are other ones.
  if (done === exitCodes.done && side === owner) await writeFolder(folder, await exportFiles(side))
  return done
}

/** The exit code, where the plan cannot become anything with these options. */
function findObstacle(plan: Plan, { resolve }: ApplyOptions): number | undefined {
  if (plan.problems.length > 0) return exitCodes.error
  return plan.conflicts.length > 0 && !resolve ? exitCodes.conflicts : undefined
}

function reportSame(terminal: Terminal): number {
  terminal.print({ changes: [] }, '')
  terminal.say('Both are the same: there is nothing to do.')
  return exitCodes.done
}

async function openFolder(folder: string, options: ServerOptions, terminal: Terminal): Promise<FolderSide> {
  const side = await openSide(folder, options, terminal.env)
  if (side.kind === 'folder') return side
  throw new CommandError(`${folder} is no folder.`)
}

async function readChoices({ server }: IntegrationSide, { resolve, confirm, connection }: ApplyOptions, source = server): Promise<Choices> {
  return { ...(resolve && { resolve }), ...(confirm && { confirm }), connections: await mapConnections(source, server, connection ?? []) }
}

/** What a push of a folder, or a promotion of a relative, would do. */
export async function planChange(terminal: Terminal, from: string, to: string | undefined, options: TwoSides): Promise<number> {
  const source = await openSide(from, ofSource(options), terminal.env)
  const target = await openTarget(source, to, options, terminal)
  const plan = await planOf(source, target)
  printPlan(terminal, plan)
  terminal.say(summarize(plan))
  return exitCodeOf(plan)
}

async function openTarget(
  source: FolderSide | IntegrationSide,
  to: string | undefined,
  options: ServerOptions,
  terminal: Terminal,
): Promise<IntegrationSide> {
  if (to !== undefined) return openIntegration(to, options, terminal.env)
  if (source.kind === 'folder') return ownerOf(source, options, terminal.env)
  throw new CommandError('Name the integration that it would be promoted to.')
}

const planOf = async (source: FolderSide | IntegrationSide, target: IntegrationSide): Promise<Plan> => {
  if (source.kind === 'folder') return planFiles(target, source.files)
  if (source.server.url !== target.server.url) return planFiles(target, await exportFiles(source))
  return target.server.call('planRevision', { params: { _id: target._id }, body: { type: 'pull', _fromIntegrationId: source._id } })
}

/** Takes the changes of a relative over, as a pull. */
export async function promote(terminal: Terminal, from: string, to: string, options: ApplyOptions): Promise<number> {
  const [source, target] = await Promise.all([
    openIntegration(from, ofSource(options), terminal.env),
    openIntegration(to, options, terminal.env),
  ])
  const plan = await planOf(source, target)
  const obstacle = findObstacle(plan, options)
  if (obstacle !== undefined) {
    printPlan(terminal, plan)
    terminal.say(summarize(plan))
    return obstacle
  }
  const isHere = source.server.url === target.server.url
  if (plan.changes.length + plan.conflicts.length === 0 && isHere) return reportSame(terminal)
  const description = options.description ?? `Promoted from ${source.name}`
  const revision = isHere
    ? await target.server.call('pullIntegration', { params: { _id: target._id }, body: { _fromIntegrationId: source._id, description } })
    : await target.server.call('importIntegrationFiles', {
        params: { _id: target._id },
        query: { description },
        body: await packFiles(await exportFiles(source)),
      })
  if (revision === undefined || !('_id' in revision)) return reportSame(terminal)
  return applyRevision(terminal, target, revision, await readChoices(target, options, source.server))
}

/** How an integration differs from a folder or from another one, whatever either was made of. */
export async function diffSides(terminal: Terminal, from: string, to: string | undefined, options: TwoSides): Promise<number> {
  const source = await openSide(from, ofSource(options), terminal.env)
  const target = await openTarget(source, to, options, terminal)
  if (source.kind === 'integration' && source.server.url === target.server.url) return diffRelatives(terminal, source, target)
  const files = source.kind === 'folder' ? source.files : await exportFiles(source)
  const { changes } = await planFiles(target, withoutBase(files))
  terminal.print(changes, printChanges(terminal, changes).join('\n'))
  return changes.length > 0 ? exitCodes.differs : exitCodes.done
}

async function diffRelatives(terminal: Terminal, source: IntegrationSide, target: IntegrationSide): Promise<number> {
  const differences = await target.server.call('diffIntegration', {
    params: { _id: target._id },
    query: { to: source._id, format: 'changes' },
  })
  if (!Array.isArray(differences)) throw new CommandError(`${target.server.url} answered no list of changes.`)
  terminal.print(differences, printDifferences(terminal, differences).join('\n'))
  return differences.length > 0 ? exitCodes.differs : exitCodes.done
}

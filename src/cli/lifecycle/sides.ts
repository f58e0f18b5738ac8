/** What the commands of the lifecycle name: a folder with files of an integration, or an integration on a server. */
import { connectServer, findIntegration, isId, type Server, type ServerOptions } from '../server/connect.ts'
import type { Environment } from '../terminal.ts'
import { CommandError } from '../exit-codes.ts'
import { isFolder, readFolder, readManifest, unpackFiles, type Files } from './folder.ts'

export interface FolderSide {
  readonly kind: 'folder'
  readonly folder: string
  readonly files: Files
}
export interface IntegrationSide {
  readonly kind: 'integration'
  readonly server: Server
  readonly _id: string
  readonly name: string
}

/** A path of a folder, the id or name of an integration, or `PROFILE:` and one on the server of that profile. */
export async function openSide(text: string, options: ServerOptions, env: Environment): Promise<FolderSide | IntegrationSide> {
  if (await isFolder(text)) {
    const files = await readFolder(text)
    if (!files) throw new CommandError(`${text} holds no integration: sluice pull makes a folder that does.`)
    return { kind: 'folder', folder: text, files }
  }
  return openIntegration(text, options, env)
}

export async function openIntegration(text: string, options: ServerOptions, env: Environment): Promise<IntegrationSide> {
  const [, profile, rest] = /^([\w.-]+):(.+)$/.exec(text) ?? []
  const server = await connectServer(profile === undefined ? options : { profile }, env)
  const { _id, name } = await findIntegration(server, rest ?? text)
  return { kind: 'integration', server, _id, name }
}

export const exportFiles = async ({ server, _id }: IntegrationSide): Promise<Files> =>
  unpackFiles(await server.call('exportIntegrationFiles', { params: { _id } }))

/** What it would do to an integration to take these files. Nothing is changed. */
export const planFiles = ({ server, _id }: IntegrationSide, files: Files) =>
  server.call('planRevision', { params: { _id }, body: { type: 'files', files: Object.fromEntries(files) } })

/** The integration that a folder is of. */
export async function ownerOf({ folder, files }: FolderSide, options: ServerOptions, env: Environment): Promise<IntegrationSide> {
  const { _integrationId } = readManifest(files)
  // A name could lead to another server: files come from others.
  if (!isId(_integrationId)) throw new CommandError(`${folder}/sluice.json names no integration by its id.`)
  return openIntegration(_integrationId, options, env)
}

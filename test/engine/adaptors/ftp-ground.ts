/** The documents of connections, exports and imports of file servers, made from those of the cases of the file system. */
import { mkdirSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { ConnectionDoc, ExportDoc, ImportDoc } from '../../../src/engine/adaptor.ts'
import { connectionTo, exportDoc, importDoc } from './stage.ts'
import type { Changed, Files, Links } from './file-cases.ts'

type Step = { readonly file?: object; readonly [field: string]: unknown }
interface Placed {
  readonly filesystem?: { readonly directoryPath?: string }
  readonly ftp?: object
}

export const ftpConnection = (ftp: object): ConnectionDoc =>
  ({
    ...connectionTo(''),
    http: undefined,
    type: 'ftp',
    ftp: { hostURI: '127.0.0.1', userDirectoryIsRoot: true, ...ftp },
  }) as unknown as ConnectionDoc

const folderOf = (step: Step, preset: string): object => {
  const { filesystem, ftp } = step as Placed
  return { directoryPath: filesystem?.directoryPath ?? preset, ...ftp }
}

export const ftpExport = ({ file, ...fields }: Step): ExportDoc =>
  exportDoc({
    adaptorType: 'FTPExport',
    ...fields,
    filesystem: undefined,
    ftp: folderOf(fields, 'in'),
    file: { type: 'json', ...file },
  })

export const ftpImport = ({ file, ...fields }: Step): ImportDoc =>
  importDoc({
    adaptorType: 'FTPImport',
    ...fields,
    filesystem: undefined,
    ftp: folderOf(fields, 'out'),
    file: { type: 'json', skipAggregation: true, ...file },
  })

const filesBelow = (root: string, folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? filesBelow(root, path) : [relative(root, path)]
  })

/** The folder of a server with these files and no others. */
export function layFiles(home: string, files: Files, links: Links = {}, changed: Changed = {}) {
  for (const name of readdirSync(home)) rmSync(join(home, name), { recursive: true })
  const place = (path: string): string => {
    const at = join(home, path)
    mkdirSync(dirname(at), { recursive: true })
    return at
  }
  for (const [path, content] of Object.entries(files))
    writeFileSync(place(path), typeof content === 'string' ? content : Buffer.from(content.base64, 'base64'))
  for (const [path, target] of Object.entries(links)) symlinkSync(target, place(path))
  for (const [path, at] of Object.entries(changed)) utimesSync(place(path), new Date(at), new Date(at))
  return { left: (): string[] => filesBelow(home, home).toSorted() }
}

/** An integration as files in a folder: read, written, packed and unpacked. */
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { fromBufferPromise } from 'yauzl'
import { ZipFile } from 'yazl'
import { resources } from '../../contract/resources/index.ts'
import { CommandError } from '../exit-codes.ts'

/** Their texts by their paths, which have `/` on every system. */
export type Files = ReadonlyMap<string, string>

const manifestPath = 'sluice.json'
const ownFiles: readonly string[] = [manifestPath, 'integration.json']
const ownFolders: ReadonlySet<string> = new Set(Object.keys(resources))
/** Files, and bytes of all of them, that an integration has at the most: a server packs and takes no more. */
const maxFiles = 20_000
const maxBytes = 128 * 1024 * 1024

interface Manifest {
  readonly format: number
  readonly _integrationId: string
  readonly base?: string
}

export const isFolder = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined))?.isDirectory() ?? false

/** Undefined where the folder holds no integration. What lies beside its files is left alone. */
export async function readFolder(folder: string): Promise<Files | undefined> {
  const files = new Map<string, string>()
  let bytes = 0
  for (const path of await listOwn(folder)) {
    const text = await readFile(join(folder, path), 'utf8')
    bytes += Buffer.byteLength(text)
    if (bytes > maxBytes || files.size >= maxFiles) throw tooLarge(folder)
    files.set(path, text)
  }
  return files.has(manifestPath) ? files : undefined
}

/** Each file takes the place of another one at once; files of resources that are no more are removed. The manifest comes last. */
export async function writeFolder(folder: string, files: Files): Promise<void> {
  const before = await listOwn(folder)
  const last = [...files].toSorted(([a], [b]) => Number(a === manifestPath) - Number(b === manifestPath))
  for (const [path, text] of last) {
    const target = join(folder, ...path.split('/'))
    await mkdir(dirname(target), { recursive: true })
    const half = `${target}.${process.pid}.tmp`
    await writeFile(half, text)
    await rename(half, target)
  }
  for (const path of before) if (!files.has(path)) await rm(join(folder, ...path.split('/')))
}

/** Files of an integration that lie in the folder; links are not followed. */
async function listOwn(folder: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    if (entry.isFile() && ownFiles.includes(entry.name)) found.push(entry.name)
    if (!entry.isDirectory() || !ownFolders.has(entry.name)) continue
    const below = await readdir(join(folder, entry.name), { withFileTypes: true })
    found.push(...below.filter((file) => file.isFile() && /\.(?:json|js)$/.test(file.name)).map((file) => `${entry.name}/${file.name}`))
  }
  return found.map((path) => path.split(sep).join('/')).toSorted()
}

export function readManifest(files: Files): Manifest {
  try {
    const manifest = JSON.parse(files.get(manifestPath) ?? '') as Manifest
    if (typeof manifest._integrationId === 'string') return manifest
  } catch {
    // Said below.
  }
  throw new CommandError(`${manifestPath} does not name the integration that the files are of.`)
}

/** As files of no known state: they say what the integration becomes as a whole. */
export function withoutBase(files: Files): Files {
  const { base: _, ...manifest } = readManifest(files)
  return new Map([...files, [manifestPath, `${JSON.stringify(manifest, null, 2)}\n`]])
}

export async function unpackFiles(archive: Uint8Array): Promise<Files> {
  const zip = await fromBufferPromise(Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength), { lazyEntries: true })
  const files = new Map<string, string>()
  let bytes = 0
  for await (const entry of zip.eachEntry()) {
    bytes += entry.uncompressedSize
    if (bytes > maxBytes || files.size >= maxFiles) throw tooLarge('The archive of the server')
    const path: string = entry.fileName
    const [first, second, ...rest] = path.split('/')
    const isOwn =
      second === undefined ? ownFiles.includes(path) : rest.length === 0 && ownFolders.has(first ?? '') && !/^\.{0,2}$/.test(second)
    // A server that is not to be trusted must not write elsewhere.
    if (!isOwn || path.includes('\\'))
      throw new CommandError(`The archive of the server holds ${path}, which is no file of an integration.`)
    const parts: Buffer[] = []
    for await (const part of await zip.openReadStreamPromise(entry)) parts.push(part as Buffer)
    files.set(path, Buffer.concat(parts).toString('utf8'))
  }
  return files
}

const tooLarge = (what: string): CommandError =>
  new CommandError(`${what} holds more than ${maxFiles.toLocaleString('en')} files, or more than ${maxBytes / 1024 / 1024} MB.`)

export async function packFiles(files: Files): Promise<Uint8Array<ArrayBuffer>> {
  const zip = new ZipFile()
  for (const [path, text] of files) zip.addBuffer(Buffer.from(text), path)
  zip.end()
  const parts: Buffer[] = []
  for await (const part of zip.outputStream) parts.push(part as Buffer)
  return new Uint8Array(Buffer.concat(parts))
}

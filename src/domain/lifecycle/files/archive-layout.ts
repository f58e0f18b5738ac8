/** Where the files of an integration lie in an archive, however people came by it: below one folder, beside what git and systems leave there. Pure. */
import { resources, type Collection } from '../../../contract/resources/index.ts'
import { membershipRules } from '../../access/membership.ts'
import { DomainError } from '../../errors.ts'

export const manifestPath = 'sluice.json'
export const rootPath = 'integration.json'

/** Types whose resources are parts of an integration. */
const parts: ReadonlySet<string> = new Set([...membershipRules.used, ...membershipRules.owned])

export const invalidFile = (path: string, what: string): DomainError => new DomainError('invalid_archive', `${path}: ${what}`, path)

/** The place of a resource: `flows/orders.json`, `scripts/hooks.<id>.js`. */
export interface FilePlace {
  readonly collection: Collection
  /** Its name without the ending, which names the resource in other files. */
  readonly stem: string
  /** In small letters; absent where the name holds none. */
  readonly id?: string
  readonly kind: 'json' | 'js'
}

export function parseFilePlace(path: string): FilePlace | undefined {
  const [, collection = '', stem = '', kind = ''] = /^([a-z]+)\/([^/]+)\.(json|js)$/.exec(path) ?? []
  if (!parts.has(collection) || (kind === 'js' && collection !== 'scripts')) return undefined
  const [, id] = /(?:^|\.)([0-9a-f]{24})$/i.exec(stem) ?? []
  return { collection: collection as Collection, stem, kind: kind as 'json' | 'js', ...(id !== undefined && { id: id.toLowerCase() }) }
}

export interface Layout {
  /** From the path in the archive to the path among the files of the integration. */
  readonly paths: ReadonlyMap<string, string>
  /** What somebody may have meant for a part of the integration, and is none. What systems leave behind is not among it. */
  readonly ignored: readonly string[]
}

/** Asked before anything is unpacked. */
export function findLayout(all: readonly string[]): Layout {
  const seen = new Set<string>()
  const paths = new Map<string, string>()
  const ignored: string[] = []
  const kept = all.filter((path) => !path.endsWith('/') && !isLitter(path))
  const folder = findFolder(kept)
  for (const path of kept) {
    if (seen.has(path)) throw invalidFile(path, 'it is in the archive twice.')
    seen.add(path)
    const within = path.startsWith(folder) ? path.slice(folder.length) : undefined
    if (within !== undefined && (within === manifestPath || within === rootPath || parseFilePlace(within))) paths.set(path, within)
    else {
      if (within !== undefined) refuseMisplaced(path, within)
      ignored.push(path)
    }
  }
  return { paths, ignored }
}

/** What version control, systems and editors leave: `.github`, `.gitattributes`, `.DS_Store`, `__MACOSX`. */
const isLitter = (path: string): boolean =>
  path.split('/').some((part) => part.startsWith('.') || part === '__MACOSX' || part === 'Thumbs.db' || part === 'desktop.ini')

/** Where the manifest lies; without one the folder that everything is in, as in archives that GitHub makes. */
function findFolder(paths: readonly string[]): string {
  const manifests = paths
    .filter((path) => path === manifestPath || path.endsWith(`/${manifestPath}`))
    .map((path) => path.slice(0, -manifestPath.length))
  const depth = (folder: string): number => folder.split('/').length
  const least = Math.min(...manifests.map(depth))
  const [first, second] = manifests.filter((folder) => depth(folder) === least)
  if (first !== undefined && second !== undefined)
    throw new DomainError(
      'invalid_archive',
      `The archive holds several integrations: ${first}${manifestPath}, ${second}${manifestPath}. Send one.`,
    )
  if (first !== undefined) return first
  const [top] = paths.map((path) => path.slice(0, path.indexOf('/') + 1))
  return top && !parts.has(top.slice(0, -1)) && paths.every((path) => path.startsWith(top)) ? top : ''
}

/** A file that was taken for something else would be missing, and what it describes be deleted. */
function refuseMisplaced(path: string, within: string): void {
  const [folder = '', ...below] = within.split('/')
  if (below.length === 0) return
  const isText = /(?:^|\/)(?:readme|license)[^/]*$|\.md$/i.test(within)
  if (parts.has(folder) && !isText) throw invalidFile(path, 'no file of an integration lies there.')
  const meant = [...parts].find((each) => isSpelledAlmost(folder, each as Collection))
  if (meant !== undefined && /\.(?:json|js)$/i.test(within))
    throw invalidFile(path, `no file of an integration lies there. Is it meant for the folder ${meant}?`)
  if (/(?:^|[/.])[0-9a-f]{24}\.(?:json|js)$/i.test(within)) throw invalidFile(path, 'no file of an integration lies there.')
}

const isSpelledAlmost = (folder: string, collection: Collection): boolean => {
  const spelled = folder.toLowerCase().replace(/[^a-z]/g, '')
  return folder !== collection && [collection, resources[collection].name.toLowerCase()].includes(spelled)
}

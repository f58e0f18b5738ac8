/** What of a workbook is read before its rows: its sheets, its texts, which of its formats are dates. */
import { UnreadableContent, type Chunks } from '../format.ts'
import type { Archive } from '../zip.ts'
import { dateKindOf, type DateKind } from './dates.ts'
import { damagedPart, readWholePart, type Attributes } from './xml-parts.ts'

export interface Workbook {
  /** The sheet that is read, as it is unpacked. */
  readonly sheet: Chunks
  readonly part: string
  /** Texts that cells name by their places. */
  readonly strings: readonly string[]
  /** By the number of a style, which kind of date it makes of numbers. */
  readonly dateStyles: readonly (DateKind | undefined)[]
  readonly is1904: boolean
}

/** Texts that cells share are held in memory. Characters. */
const maxStrings = 100_000_000

/** The sheet of this name, or the first that is not hidden. */
export async function readWorkbook(archive: Archive, sheetName: string | undefined): Promise<Workbook> {
  const parts = createParts(archive)
  const root = await parts.relations('')
  const workbookPath = root.find(({ type }) => type.endsWith('/officeDocument'))?.target
  if (workbookPath === undefined) throw notASpreadsheet('is a ZIP archive, and no spreadsheet (XLSX).')
  const { sheets, is1904 } = await readSheets(parts, workbookPath)
  const relations = await parts.relations(workbookPath)
  const part = findSheet(sheets, sheetName, relations)
  const pathOf = (type: string): string | undefined => relations.find((each) => each.type.endsWith(type))?.target
  return {
    part,
    sheet: parts.read(part),
    strings: await readStrings(parts, pathOf('/sharedStrings')),
    dateStyles: await readDateStyles(parts, pathOf('/styles')),
    is1904,
  }
}

export const notASpreadsheet = (message: string): UnreadableContent => new UnreadableContent('invalid_xlsx', message)

interface Sheet {
  readonly name: string
  readonly relation: string
  readonly isHidden: boolean
}

interface Relation {
  readonly id: string
  readonly type: string
  /** Path within the archive. */
  readonly target: string
}

type Parts = ReturnType<typeof createParts>

function createParts(archive: Archive) {
  const entries = new Map(archive.entries.map((entry) => [entry.fileName.toLowerCase(), entry]))
  const read = (path: string): Chunks => {
    const entry = entries.get(path.toLowerCase())
    if (!entry) throw damagedPart(path)
    return archive.read(entry)
  }
  return {
    read,
    /** What a part refers to; the empty path is the whole file. */
    async relations(path: string): Promise<Relation[]> {
      const folder = path.slice(0, path.lastIndexOf('/') + 1)
      const file = `${folder}_rels/${path.slice(folder.length)}.rels`
      const found: Relation[] = []
      if (path !== '' && !entries.has(file.toLowerCase())) return found
      if (path === '' && !entries.has(file)) throw notASpreadsheet('is a ZIP archive, and no spreadsheet (XLSX).')
      await readWholePart(file, read(file), {
        open(name, { Id: id = '', Type: type = '', Target: target = '' }) {
          if (name === 'Relationship') found.push({ id, type, target: resolvePath(folder, target) })
        },
      })
      return found
    },
  }
}

/** Targets are beside the part that names them, or begin at the root. */
function resolvePath(folder: string, target: string): string {
  if (target.startsWith('/')) return target.slice(1)
  const steps: string[] = []
  for (const step of `${folder}${target}`.split('/')) {
    if (step === '..') steps.pop()
    else if (step !== '.' && step !== '') steps.push(step)
  }
  return steps.join('/')
}

const isSet = (value: string | undefined): boolean => value === '1' || value === 'true'

/** Which relation a sheet is, whatever the prefix of that attribute is. */
const relationOf = (attributes: Attributes): string => Object.entries(attributes).find(([key]) => key.endsWith(':id'))?.[1] ?? ''

async function readSheets(parts: Parts, path: string): Promise<{ sheets: readonly Sheet[]; is1904: boolean }> {
  const sheets: Sheet[] = []
  let is1904 = false
  await readWholePart(path, parts.read(path), {
    open(name, attributes) {
      const { name: title = '', state = 'visible', date1904 } = attributes
      if (name === 'workbookPr') is1904 = isSet(date1904)
      if (name !== 'sheet') return
      sheets.push({ name: title, relation: relationOf(attributes), isHidden: state !== 'visible' })
    },
  })
  return { sheets, is1904 }
}

function findSheet(sheets: readonly Sheet[], wanted: string | undefined, relations: readonly Relation[]): string {
  const sheet = wanted ? sheets.find(({ name }) => name === wanted) : (sheets.find(({ isHidden }) => !isHidden) ?? sheets[0])
  const part = relations.find(({ id, type }) => id === sheet?.relation && type.endsWith('/worksheet'))?.target
  if (part !== undefined) return part
  const names = sheets.slice(0, 20).map(({ name }) => `"${name}"`)
  throw new UnreadableContent(
    'sheet_missing',
    wanted ? `has no sheet "${wanted}": its sheets are ${names.join(', ') || 'none'}.` : 'has no sheet with rows that could be read.',
  )
}

async function readStrings(parts: Parts, path: string | undefined): Promise<string[]> {
  const strings: string[] = []
  if (path === undefined) return strings
  let size = 0
  let text = ''
  const at = { isText: false, phonetic: 0 }
  await readWholePart(path, parts.read(path), {
    open(name) {
      if (name === 'si') text = ''
      if (name === 'rPh') at.phonetic++
      at.isText = name === 't' && at.phonetic === 0
    },
    text(piece) {
      if (at.isText) text += piece
    },
    close(name) {
      at.isText = false
      if (name === 'rPh') at.phonetic--
      if (name !== 'si') return
      size += text.length
      if (size > maxStrings)
        throw new UnreadableContent('content_too_large', `holds more than ${maxStrings / 1_000_000} MB of texts: CSV may be larger.`)
      strings.push(unescapeText(text))
    },
  })
  return strings
}

/** Characters that XML cannot hold are written as _x0007_, and what looks like that has its first underscore written so. */
export const unescapeText = (text: string): string =>
  text.includes('_x') ? text.replaceAll(/_x([0-9a-f]{4})_/gi, (_all, code: string) => String.fromCharCode(Number.parseInt(code, 16))) : text

async function readDateStyles(parts: Parts, path: string | undefined): Promise<(DateKind | undefined)[]> {
  const styles: (DateKind | undefined)[] = []
  if (path === undefined) return styles
  const codes = new Map<number, string>()
  let isInCells = false
  await readWholePart(path, parts.read(path), {
    open(name, { numFmtId = '0', formatCode = '' }) {
      const id = Number(numFmtId)
      if (name === 'numFmt') codes.set(id, formatCode)
      if (name === 'cellXfs') isInCells = true
      if (name === 'xf' && isInCells) styles.push(dateKindOf(id, codes.get(id)))
    },
    close(name) {
      if (name === 'cellXfs') isInCells = false
    },
  })
  return styles
}

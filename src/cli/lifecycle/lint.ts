/** What is wrong with an integration, read from its files: nothing is asked of a server beside them. */
import { resources, type Collection } from '../../contract/resources/index.ts'
import { accept } from '../../contract/accept.ts'
import { isObject, visit } from '../../contract/walk.ts'
import { exitCodes } from '../exit-codes.ts'
import type { ServerOptions } from '../server/connect.ts'
import { alignColumns, countOf, type Terminal } from '../terminal.ts'
import type { Files } from './folder.ts'
import type { Finding, LintedResource } from './findings.ts'
import { findMissingFields } from './lint-mappings.ts'
import { exportFiles, openSide } from './sides.ts'

/** Types whose documents come as files wherever something refers to them. */
const withFiles: ReadonlySet<string> = new Set([
  'connections',
  'exports',
  'imports',
  'flows',
  'scripts',
  'lookupcaches',
  'asynchelpers',
  'tools',
  'apis',
  'filedefinitions',
])
/** Steps that talk to no application by a connection. */
const withoutConnection: ReadonlySet<string> = new Set(['SimpleExport', 'WebhookExport', 'ToolImport', 'AiAgentImport', 'GuardrailImport'])

/** Ends with an error where there is one. */
export async function lint(terminal: Terminal, folderOrIntegration: string, options: ServerOptions): Promise<number> {
  const side = await openSide(folderOrIntegration, options, terminal.env)
  const findings = findProblems(side.kind === 'folder' ? side.files : await exportFiles(side))
  const rows = findings.map(({ file, field, level, message }) => [
    terminal.paint(level === 'error' ? 'red' : 'yellow', level),
    field ? `${file}: ${field}` : file,
    message,
  ])
  terminal.print(findings, alignColumns(rows))
  const errors = findings.filter(({ level }) => level === 'error').length
  terminal.say(`${countOf(errors, 'error')}, ${countOf(findings.length - errors, 'warning')}.`)
  return errors > 0 ? exitCodes.error : exitCodes.done
}

export function findProblems(files: Files): readonly Finding[] {
  const findings: Finding[] = []
  const read = [...files].flatMap(([file, text]): LintedResource[] => {
    const place = /^(?:([a-z]+)\/([^/]+)|integration)\.json$/.exec(file)
    if (!place) return []
    const doc = parseObject(text)
    if (!doc) findings.push({ file, field: '', level: 'error', message: 'It is no JSON object.' })
    const [, collection = 'integrations', stem = 'integration'] = place
    return doc && collection in resources ? [{ file, collection: collection as Collection, id: idOf(doc, stem), doc }] : []
  })
  for (const resource of read)
    findings.push(...findUnknownFields(resource), ...findDeadReferences(resource, read), ...findMissingConnection(resource))
  return [...findings, ...findMissingFields(read)].toSorted((a, b) => a.file.localeCompare(b.file) || a.field.localeCompare(b.field))
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

const idOf = ({ _id }: Readonly<Record<string, unknown>>, stem: string): string =>
  typeof _id === 'string' ? _id.toLowerCase() : (/([0-9a-f]{24})$/i.exec(stem)?.[1]?.toLowerCase() ?? stem)

const findUnknownFields = ({ file, collection, doc }: LintedResource): Finding[] =>
  accept(resources[collection].stored, doc).ignored.map((field) => ({
    file,
    field,
    level: 'error',
    message: 'No such field is known: it would be dropped.',
  }))

function findDeadReferences({ file, collection, doc }: LintedResource, all: readonly LintedResource[]): Finding[] {
  const findings: Finding[] = []
  visit(resources[collection].stored, doc, (shape, value, path) => {
    const of = shape['x-ref']
    if (of === undefined || shape.readOnly || typeof value !== 'string' || value === '' || !withFiles.has(of)) return
    if (!all.some((each) => each.collection === of && isNamedBy(each, value)))
      findings.push({ file, field: path.join('.'), level: 'error', message: `There is no file of ${value} in ${of}.` })
  })
  return findings
}

/** By its id, or by its place while it has none. */
function isNamedBy({ id, file }: LintedResource, name: string): boolean {
  const place = file.replace(/\.json$/, '')
  const names = [place, place.replace(/\.[0-9a-f]{24}$/i, '')].flatMap((each) => [each, each.slice(each.indexOf('/') + 1)])
  return id === name.toLowerCase() || names.includes(name.replace(/^\/?/, '').replace(/\.json$/, ''))
}

function findMissingConnection({ file, collection, doc }: LintedResource): Finding[] {
  const { adaptorType, type, _connectionId } = doc
  const needsOne =
    ['exports', 'imports'].includes(collection) && !withoutConnection.has(String(adaptorType)) && type !== 'webhook' && type !== 'simple'
  return needsOne && !_connectionId ? [{ file, field: '_connectionId', level: 'error', message: 'The step has no connection.' }] : []
}

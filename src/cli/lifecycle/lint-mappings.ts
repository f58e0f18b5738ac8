/** Fields that a mapping reads and that the sample of its source lacks. */
import { isObject } from '../../contract/walk.ts'
import type { Finding, LintedResource } from './findings.ts'

type Doc = Readonly<Record<string, unknown>>

const asList = (value: unknown): readonly Doc[] => (Array.isArray(value) ? value.filter(isObject) : [])

/** Warnings: a sample need not have every field. A flow whose records change on their way is passed over. */
export function findMissingFields(all: readonly LintedResource[]): Finding[] {
  const byId = new Map(all.map((each) => [each.id, each]))
  const findings: Finding[] = []
  for (const { doc } of all.filter(({ collection }) => collection === 'flows')) {
    const sources = asList(doc['pageGenerators']).map(({ _exportId }) => byId.get(String(_exportId)))
    const samples = sources.flatMap((source) => (source ? readSamples(source.doc) : []))
    if (samples.length === 0 || sources.some((source) => !source || changesRecords(source.doc))) continue
    const added = new Set<string>()
    for (const { _importId, responseMapping } of listSteps(doc)) {
      const step = byId.get(String(_importId))
      if (step && !changesRecords(step.doc)) findings.push(...findInMappings(step, samples, added))
      for (const { generate } of asList((responseMapping as Doc | undefined)?.['fields']))
        added.add(String(generate).split(/[.[]/)[0] ?? '')
    }
  }
  return findings
}

/** Of all branches: what a step of one adds, the steps of another are not blamed for. */
const listSteps = ({ pageProcessors, routers }: Doc): readonly Doc[] => [
  ...asList(pageProcessors),
  ...asList(routers).flatMap(({ branches }) => asList(branches).flatMap((branch) => asList(branch['pageProcessors']))),
]

const changesRecords = ({ transform, hooks }: Doc): boolean =>
  isObject(transform) || (isObject(hooks) && ['preSavePage', 'preMap'].some((hook) => isObject(hooks[hook])))

function readSamples({ mockOutput, sampleData }: Doc): readonly Doc[] {
  const page = isObject(mockOutput) ? asList(mockOutput['page_of_records']).map(({ record }) => record) : []
  return [...page, ...(Array.isArray(sampleData) ? sampleData : [sampleData])].filter(isObject)
}

function findInMappings({ file, doc }: LintedResource, samples: readonly Doc[], added: ReadonlySet<string>): Finding[] {
  const findings: Finding[] = []
  const look = (rows: readonly Doc[], path: string, namesOf: (extract: string) => readonly string[]): void => {
    for (const [i, row] of rows.entries()) {
      const names = typeof row['extract'] === 'string' ? namesOf(row['extract']) : []
      const missing = names.find((name) => !added.has(name) && samples.every((sample) => !(name in sample)))
      if (missing !== undefined)
        findings.push({
          file,
          field: `${path}.${i}.extract`,
          level: 'warning',
          message: `The sample of the source has no field ${missing}.`,
        })
      look(asList(row['mappings']), `${path}.${i}.mappings`, namesOf)
    }
  }
  look(asList(doc['mappings']), 'mappings', readNames)
  const older = isObject(doc['mapping']) ? doc['mapping'] : {}
  look(asList(older['fields']), 'mapping.fields', readOlderNames)
  for (const [i, list] of asList(older['lists']).entries()) look(asList(list['fields']), `mapping.lists.${i}.fields`, readOlderNames)
  return findings
}

/** The fields of the record that a path of a mapping begins with. */
function readNames(extract: string): readonly string[] {
  const [, path] = /^\$\.([\w-]+)/.exec(extract) ?? []
  if (path !== undefined) return [path]
  return [...extract.matchAll(/\{\{\{?\s*record\.([\w-]+)/g)].map(([, name]) => name ?? '')
}

/** Mapper 1.0 begins with the field itself: `customer.name`, `lines[*].sku`. What is a template says its fields in other ways. */
function readOlderNames(extract: string): readonly string[] {
  const [, name] = /^([A-Za-z_][\w-]*)(?:[.[]|$)/.exec(extract) ?? []
  return name === undefined ? [] : [name]
}

/** Makes the drawn forms of connections, steps and flows of the contract, and of what the engine says becomes of each field. Runs while the console is built. */
import type { TSchema } from 'typebox'
import { resources } from '../src/contract/resources/index.ts'
import { connectionFields } from '../src/engine/fields/connections.ts'
import { exportFields } from '../src/engine/fields/exports.ts'
import type { Field } from '../src/engine/fields/field.ts'
import { flowFields } from '../src/engine/fields/flows.ts'
import { importFields } from '../src/engine/fields/imports.ts'
import { listLeaves, type Leaf } from './schema-leaves.ts'
import * as rules from './step-form-rules.ts'
import type { Condition, FormCollection, StepField, StepForm } from './step-forms.ts'

const engineFields: Readonly<Record<FormCollection, readonly Field[]>> = {
  connections: connectionFields,
  exports: exportFields,
  imports: importFields,
  flows: flowFields,
}

const lists = { firstOnly: rules.firstOnly, firstTwo: rules.firstTwo }

const bodyOf = (collection: FormCollection): TSchema => resources[collection].body as unknown as TSchema

/** The kinds of a collection that the server runs: all that the contract has but those whose block the engine cannot use. */
export function listKinds(collection: FormCollection): readonly string[] {
  if (collection === 'flows') return ['']
  const name = collection === 'connections' ? 'type' : 'adaptorType'
  const all = (bodyOf(collection) as unknown as { properties: Record<string, { enum: readonly string[] }> }).properties[name]?.enum ?? []
  const unusable = engineFields[collection]
    .filter(({ path, refused, of }) => path.endsWith('.**') && refused?.code === 'adaptor_unsupported' && of)
    .flatMap(({ of = [] }) => of)
  return all.filter((kind) => !(kind in rules.olderKinds) && !unusable.some((each) => startsKind(kind, each)))
}

/** `NetSuite` is not the beginning of `NetSuiteDistributedImport`: that has an entry of its own. */
const startsKind = (kind: string, beginning: string): boolean => kind === beginning || kind.replace(/(?:Export|Import)$/, '') === beginning

/** Why no form shows a field; undefined of one that a form shows. */
function whyNotShown(collection: FormCollection, leaf: Leaf): string | undefined {
  const elsewhere = rules.shownElsewhere.find(([of, fits]) => of.includes(collection) && fits.test(leaf.path))
  if (elsewhere) return elsewhere[2]
  if (leaf.isReadOnly) return 'The server sets it; nobody writes it.'
  const rule = findRule(collection, leaf.path)
  if (!rule) return undefined
  if (rule.kept !== undefined && !rules.forPeople.test(leaf.path)) return rule.kept
  if (rule.refused && !rule.refused.asks && (rule.refused.elsewhere !== true || rule.carried === undefined)) return rule.refused.says
  return undefined
}

/** The simple file of a data loader is described as every other file is. */
const simpleFile = /^simple\.(?=file\.)/

function findRule(collection: FormCollection, path: string): Field | undefined {
  const list = engineFields[collection]
  const own = simpleFile.test(path) ? path.replace(simpleFile, '') : path
  const fits = ({ path: pattern }: Field): boolean => {
    const base = pattern.replace(/(?:\[\]|\.\*\*)+$/, '')
    return (
      own === base ||
      (pattern.endsWith('.**') && own.startsWith(`${base}.`)) ||
      pattern.startsWith(`${own}[]`) ||
      pattern.startsWith(`${own}.`)
    )
  }
  return list.find(fits)
}

/** Whether a kind has a use for a field, and where. */
function findUse(collection: FormCollection, kind: string, { path }: Leaf): readonly Condition[] | undefined {
  if (rules.notFor.some(([fits, kinds]) => fits.test(path) && kinds.test(kind))) return undefined
  const [first = ''] = path.split('.')
  if (isBlockOfOthers(collection, kind, first)) return undefined
  const isFile = path.startsWith('file.')
  const isSimple = kind === 'SimpleExport'
  if (path.startsWith('simple.')) return isSimple ? [] : undefined
  if (isFile && isSimple) return undefined
  const { of } = findRule(collection, path) ?? {}
  const fitsKind = !of || of.some((one) => kind.startsWith(one))
  if (fitsKind && !isFile) return []
  const files = ['FileSystem', 'FTP', 'S3']
  if (isFile && files.some((one) => kind.startsWith(one))) return []
  const hasHttpFiles = kind.startsWith('HTTP') && (isFile || of?.includes('HTTPFile') === true)
  return hasHttpFiles ? [{ path: 'http.type', is: collection === 'exports' ? ['file', 'csvstream'] : ['file'] }] : undefined
}

const formatOf = (path: string): readonly Condition[] => {
  const [, name = ''] = /^file\.(\w+)\./.exec(path) ?? []
  const format = rules.fileFormats[name]
  return format ? [{ path: 'file.type', is: [format] }] : []
}

/** Connections to MCP servers are over HTTP, and prove themselves as those do. */
const overHttp = /^mcp\.(?=http\.)/

function whereShown(collection: FormCollection, path: string): readonly Condition[] {
  const plain = path.replace(overHttp, '')
  const found = rules.shownWhere[collection].find(([fits]) => fits.test(plain))?.[1] ?? []
  return plain === path ? found : found.map((condition) => ({ ...condition, path: `mcp.${condition.path}` }))
}

function describe(collection: FormCollection, kind: string, leaf: Leaf): StepField | undefined {
  const use = findUse(collection, kind, leaf)
  if (!use) return undefined
  const { path, hint, collection: to, byDefault } = leaf
  const { isRequired, requiredWhere } = whenRequired(collection, leaf)
  const when = [
    ...use,
    ...formatOf(path),
    ...whereShown(collection, path),
    ...(collection === 'exports' && /^(?:oneToMany|pathToMany)$/.test(path) ? [{ path: 'isLookup', is: ['true'] }] : []),
    ...(path === 'pathToMany' ? [{ path: 'oneToMany', is: ['true'] }] : []),
  ]
  const options = listOptions(collection, kind, leaf)
  const isLong = leaf.kind === 'text' && rules.longTexts.test(path)
  return {
    path,
    kind: isLong ? 'long' : leaf.kind,
    hint,
    isRequired,
    ...(requiredWhere.length > 0 && { requiredWhere }),
    ...(options && { options }),
    ...(to && { collection: to }),
    ...(byDefault !== undefined && { byDefault }),
    group: rules.groupRules[collection].find(({ fits }) => fits.test(path))?.group ?? 'more',
    when,
    isEssential: isRequired || rules.essential[collection].test(path.replace(overHttp, '')),
    ...(/Handlebars/.test(hint) && { isTemplate: true as const }),
  }
}

function whenRequired(collection: FormCollection, leaf: Leaf): Pick<Leaf, 'isRequired' | 'requiredWhere'> {
  const found = rules.needed[collection].find(([fits]) => fits.test(leaf.path))
  if (!found) return leaf
  const [, where] = found
  return where ? { isRequired: false, requiredWhere: [where] } : { isRequired: true, requiredWhere: [] }
}

function listOptions(collection: FormCollection, kind: string, { path, options }: Leaf): readonly string[] | undefined {
  if (collection === 'exports' && path === 'type') return rules.exportTypes.find(([kinds]) => kinds.test(kind))?.[1]
  return options?.filter((option) => !rules.notOffered[path]?.includes(option) && (rules.onlyOffered[path]?.includes(option) ?? true))
}

/** The block that a kind requires: its fields are required although those of other kinds are not. */
const requiredBlock = (collection: FormCollection, kind: string): string | undefined => {
  if (collection === 'flows') return undefined
  const name = kind.replace(/(?:Export|Import)$/, '').toLowerCase()
  return Object.keys((bodyOf(collection) as unknown as { properties: object }).properties).find((each) => each.toLowerCase() === name)
}

/** Blocks are named as the kinds are; `file`, `ssl` and `pgp` are of several. */
const isBlockOfOthers = (collection: FormCollection, kind: string, name: string): boolean =>
  name !== requiredBlock(collection, kind) && listKinds(collection).some((each) => requiredBlock(collection, each) === name)

function computeForm(collection: FormCollection, kind: string): StepForm {
  const leaves = listLeaves(bodyOf(collection), { block: requiredBlock(collection, kind), ...lists })
  const fields = leaves
    .filter((leaf) => whyNotShown(collection, leaf) === undefined)
    .flatMap((leaf) => describe(collection, kind, leaf) ?? [])
  const order = rules.groupOrder[collection]
  const groups = [...new Set(fields.map(({ group }) => group))].toSorted((a, b) => order.indexOf(a) - order.indexOf(b))
  return { kind, groups, fields }
}

const collections: readonly FormCollection[] = ['connections', 'exports', 'imports', 'flows']

export const computeStepForms = (): Readonly<Record<FormCollection, Readonly<Record<string, StepForm>>>> =>
  Object.fromEntries(
    collections.map((collection) => [
      collection,
      Object.fromEntries(listKinds(collection).map((kind) => [kind, computeForm(collection, kind)])),
    ]),
  ) as unknown as Readonly<Record<FormCollection, Readonly<Record<string, StepForm>>>>

/** Every field of a collection that no form shows, with its reason; of those whose kind does not run the engine has it. */
export const listNotShown = (collection: FormCollection): ReadonlyMap<string, string | undefined> =>
  new Map(listLeaves(bodyOf(collection), { block: undefined, ...lists }).map((leaf) => [leaf.path, whyNotShown(collection, leaf)]))

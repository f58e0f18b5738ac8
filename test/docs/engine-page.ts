/** docs/engine.md: what becomes of every field of exports, imports, connections, flows and APIs. Made from the lists in src/engine/fields. */
import { resources } from '../../src/contract/resources/index.ts'
import type { Field } from '../../src/engine/fields/field.ts'
import { shared } from '../../src/contract/shared/index.ts'
import { fieldsOf, type FieldsKind } from '../../src/engine/fields/refuse-fields.ts'
import { sharedFields } from './shared-fields.ts'

export interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
}

/** Every field that holds a value of its own, as a path: `http.headers[].name`. What has a schema of its own name ends there. */
function leavesOf(schema: Schema, path = ''): string[] {
  if (schema.properties)
    return Object.entries(schema.properties).flatMap(([name, below]) => leavesOf(below, path === '' ? name : `${path}.${name}`))
  return schema.items ? leavesOf(schema.items, `${path}[]`) : [path]
}

export const kinds = ['exports', 'imports', 'connections', 'flows', 'apis'] as const satisfies readonly FieldsKind[]

export const leavesOfKind = (kind: FieldsKind): string[] => leavesOf(resources[kind].stored as Schema)

export function covers({ path }: Field, leaf: string): boolean {
  if (!path.endsWith('.**')) return path === leaf
  const block = path.slice(0, -'.**'.length)
  return leaf === block || leaf.startsWith(`${block}.`) || leaf.startsWith(`${block}[]`)
}

/** The last name of a path. */
export const nameOf = (path: string): string =>
  path
    .replaceAll('[]', '')
    .replace(/\.\*\*$/, '')
    .split('.')
    .at(-1) as string

/** What the documents have alike, by the name of its schema. */
export const sharedKinds = Object.keys(sharedFields) as readonly (keyof typeof sharedFields)[]

export const leavesOfShared = (kind: keyof typeof sharedFields): string[] => leavesOf(shared[kind] as Schema)

const titles: Readonly<Record<FieldsKind, string>> = {
  exports: 'Exports',
  imports: 'Imports',
  connections: 'Connections',
  flows: 'Flows',
  apis: 'APIs',
}

export const enginePage = (): string =>
  [
    '# What becomes of every field',
    '',
    'Every field of an export, an import, a connection, a flow or an API is one of three things. **Carried out**: a run or a call does what it says, and the file shows it. **Kept**: clients and people read it, and no run needs it. **Refused**: it is stored, told in the header `Sluice-Warning` when it is saved, refused with the field under `Prefer: handling=strict`, and a run or a call that meets it fails with the code and its sentence before it asks anybody for anything. Null, false, an empty text, list or object says nothing and is never refused.',
    '',
    '`[]` are the entries of a list, `.**` is everything below. Where a field is for one kind of document, the kind is named; any other refuses it as `foreign_field`. This page is written by `npm run fields` from `src/engine/fields`; a test walks the schemas, and finds no field without a row. Files are below `test/`; what is refused is shown by `cases/refused-fields`. [What runs](what-runs.md) is the overview.',
    ...kinds.flatMap((kind) => section(`## ${titles[kind]}`, fieldsOf[kind])),
    '',
    '## What they have alike',
    ...sharedKinds.flatMap((kind) => section(`### ${kind}`, sharedFields[kind])),
    '',
  ].join('\n')

const section = (heading: string, fields: readonly Field[]): string[] => [
  '',
  heading,
  '',
  '| field | for | what becomes of it |',
  '| --- | --- | --- |',
  ...fields.map(row),
]

const row = (field: Field): string => `| \`${field.path}\` | ${(field.of ?? []).join(', ')} | ${said(field)} |`

function said({ carried, kept, refused }: Field): string {
  const does = carried === undefined ? kept : `carried out: \`${carried}\``
  const first = kept === undefined ? does : `kept: ${kept}`
  const not = refused && `refused${carried === undefined ? '' : ' in part'}: \`${refused.code}\`. ${refused.says}`
  return [first, not].filter(Boolean).join('; ')
}

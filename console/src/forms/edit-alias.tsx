/** Gives a document of an integration an alias, or changes one. */
import { aliasCollections, aliasFields, useAliasTargets, type Alias, type AliasCollection } from '../api/alias-targets.ts'
import { changeIntegration, readIntegration } from '../api/integration-list.ts'
import type { Problem } from '../api/problems.ts'
import type { Versioned } from '../api/versioned.ts'
import { collections } from '../collections.ts'
import { words } from '../words.ts'
import { aliasWords } from '../words/aliases.ts'
import type { FormView, FormViewProps } from '../parts/document-editor.tsx'
import { FieldControl } from '../parts/field-control.tsx'
import { notify } from '../parts/notices.tsx'
import { BodyDialog, StoredDialog } from './document-dialog.tsx'

interface AliasFormProps {
  readonly integrationId: string
  readonly onClose: () => void
}

export function AddAliasForm({ integrationId, onClose }: AliasFormProps) {
  return (
    <BodyDialog
      title={aliasWords.add}
      action={aliasWords.add}
      form={formOf(integrationId)}
      start={{ alias: '', _flowId: '' }}
      check={check}
      save={async (value) => {
        const alias = toAlias(value)
        await changeIntegration(integrationId, ({ aliases = [] }) => ({ aliases: [...refuseTaken(aliases, alias), alias] }))
        notify(aliasWords.added(alias.alias ?? ''))
      }}
      onClose={onClose}
    />
  )
}

export function EditAliasForm({ integrationId, name, onClose }: AliasFormProps & { readonly name: string }) {
  const load = async (): Promise<Versioned<object>> => {
    const { result, version } = await readIntegration(integrationId)
    const found = result.aliases?.find(({ alias }) => alias === name)
    if (!found) throw new Error(aliasWords.gone(name))
    return { result: found, version }
  }
  return (
    <StoredDialog
      title={aliasWords.edit(name)}
      action={words.actions.save}
      form={formOf(integrationId)}
      load={load}
      check={check}
      save={async (value, version) => {
        const changed = toAlias(value)
        await changeIntegration(
          integrationId,
          ({ aliases = [] }) => {
            const others = aliases.filter(({ alias }) => alias !== name)
            refuseTaken(others, changed)
            return { aliases: aliases.map((each) => (each.alias === name ? changed : each)) }
          },
          version,
        )
        notify(aliasWords.changed(changed.alias ?? ''))
      }}
      onClose={onClose}
    />
  )
}

/** Of several of one name, scripts would get the first. */
function refuseTaken(aliases: readonly Alias[], { alias }: Alias): readonly Alias[] {
  if (aliases.some((each) => each.alias === alias)) throw new Error(aliasWords.taken(alias ?? ''))
  return aliases
}

const toAlias = (value: object): Alias => Object.fromEntries(Object.entries(value).filter(([, each]) => each !== ''))

const check = (value: object): readonly Problem[] => {
  const alias = toAlias(value)
  return [
    ...(alias.alias?.trim() ? [] : [{ field: 'alias', message: aliasWords.nameMissing }]),
    ...(aliasCollections.filter((each) => alias[aliasFields[each]]).length === 1
      ? []
      : [{ field: 'target', message: aliasWords.toMissing }]),
  ]
}

const formOf = (integrationId: string): FormView => ({
  fields: () => new Set(['alias', 'target', 'description']),
  draw: (props) => <AliasFields integrationId={integrationId} {...props} />,
})

const typeOptions = aliasCollections.map((value) => ({ value, label: collections[value].one }))

function AliasFields({ integrationId, values, problems, isReadOnly, onChange }: FormViewProps & { readonly integrationId: string }) {
  const targets = useAliasTargets(integrationId)
  const collection = aliasCollections.find((each) => aliasFields[each] in values) ?? 'flows'
  const target = values[aliasFields[collection]]
  const point = (to: AliasCollection, id: string) => {
    const fields: ReadonlySet<string> = new Set(Object.values(aliasFields))
    onChange({ ...Object.fromEntries(Object.entries(values).filter(([field]) => !fields.has(field))), [aliasFields[to]]: id })
  }
  return (
    <>
      <FieldControl
        kind="text"
        isRequired
        label={aliasWords.alias}
        hint={aliasWords.aliasHint}
        value={values['alias']}
        error={problems.get('alias')}
        isReadOnly={isReadOnly}
        onChange={(alias) => onChange({ ...values, alias })}
      />
      <FieldControl
        kind="select"
        isRequired
        label={aliasWords.type}
        options={typeOptions}
        value={collection}
        isReadOnly={isReadOnly}
        onChange={(type) => point((type as AliasCollection | undefined) ?? collection, '')}
      />
      <FieldControl
        kind="select"
        isRequired
        label={aliasWords.to}
        options={targets[collection]
          .map(({ _id, name }) => ({ value: _id, label: name }))
          .toSorted((a, b) => a.label.localeCompare(b.label))}
        value={target}
        error={problems.get('target')}
        isReadOnly={isReadOnly}
        onChange={(id) => point(collection, typeof id === 'string' ? id : '')}
      />
      <FieldControl
        kind="text"
        label={aliasWords.description}
        value={values['description']}
        error={problems.get('description')}
        isReadOnly={isReadOnly}
        onChange={(description) => onChange({ ...values, description })}
      />
    </>
  )
}

/** The settings of an integration, or of a group of its flows: the form that its `init` function makes, and JSON. */
import { useRef } from 'react'
import { listFormFields, settingNameOf, type FormFields } from '../../../../src/contract/settings-form.ts'
import { call, callWithVersion, type CallResult } from '../../api/client.ts'
import { queryClient, refresh, useLater } from '../../api/queries.ts'
import { useMay } from '../../api/session.ts'
import { ifMatch, useVersioned, type Versioned } from '../../api/versioned.ts'
import { integrationWords } from '../../words/integrations.ts'
import { DocumentEditor, type FormView } from '../../parts/document-editor.tsx'
import { SettingsForm, withDefaults } from '../../parts/settings-form.tsx'
import { Loading, Refusal } from '../../parts/states.tsx'
import { useParam, useUrlState } from '../../url-state.ts'

type Integration = CallResult<'getIntegration'>

/** Where the settings lie that are shown: in the integration, or in one of its groups. */
interface Place {
  readonly read: (integration: Integration) => unknown
  readonly patch: (
    integration: Integration,
    settings: unknown,
  ) => { readonly op: 'replace'; readonly path: string; readonly value: unknown }
  /** What stands before the names of settings in the answers of the server. */
  readonly root: string
}

const ofIntegration: Place = {
  read: ({ settings }) => settings,
  patch: (_integration, value) => ({ op: 'replace', path: '/settings', value }),
  root: 'settings.',
}

const ofGroup = (id: string, place: number): Place => ({
  read: ({ flowGroupings = [] }) => flowGroupings.find(({ _id }) => _id === id)?.settings,
  patch: ({ flowGroupings = [] }, settings) => ({
    op: 'replace',
    path: '/flowGroupings',
    value: flowGroupings.map((each) => (each._id === id ? { ...each, settings } : each)),
  }),
  root: `flowGroupings.${place}.settings.`,
})

export function IntegrationSettingsPage() {
  const _id = useParam('integrationId')
  const { flowGroupings = [] } = useVersioned('getIntegration', { params: { _id } }).result
  const [group, setGroup] = useUrlState('group')
  const index = flowGroupings.findIndex((each) => each._id === group)
  return (
    <section className="section narrow">
      <p className="soft lead">{integrationWords.settings.hint}</p>
      {flowGroupings.length > 0 && (
        <div className="toolbar">
          <label className="inline">
            <span className="soft">{integrationWords.settings.of}</span>
            <select className="input" value={index < 0 ? '' : group} onChange={(event) => setGroup(event.target.value)}>
              <option value="">{integrationWords.settings.whole}</option>
              {flowGroupings.map(({ _id: each = '', name }) => (
                <option key={each} value={each}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        </div>
      )}
      <Settings key={group} id={_id} place={index < 0 ? ofIntegration : ofGroup(group, index)} group={index < 0 ? undefined : group} />
    </section>
  )
}

interface SettingsProps {
  readonly id: string
  readonly place: Place
  readonly group: string | undefined
}

function Settings({ id, place, group }: SettingsProps) {
  const input = { params: { _id: id } }
  const loaded = useVersioned('getIntegration', input)
  const latest = useRef(loaded.result)
  const form = useLater('getSettingsForm', { ...input, query: { ...(group !== undefined && { _flowGroupingId: group }) } })
  const may = useMay(id)
  const read = ({ result, version }: Versioned<Integration>): Versioned<unknown> => {
    latest.current = result
    return { result: place.read(result) ?? {}, version }
  }
  if (form.isPending) return <Loading />
  return (
    <>
      <Refusal error={form.error} />
      <DocumentEditor
        label={integrationWords.settings.title}
        loaded={read(loaded)}
        readOnly={!may('patchIntegration')}
        form={formOf(form.data)}
        root={place.root}
        saved={integrationWords.settings.saved}
        save={(value, version) => call('patchIntegration', { ...input, body: [place.patch(latest.current, value)], ...ifMatch(version) })}
        reload={async () => {
          await refresh(queryClient, ['getIntegration', 'getSettingsForm'])
          return read(await callWithVersion('getIntegration', input))
        }}
      />
    </>
  )
}

function formOf(form: FormFields | undefined): FormView | undefined {
  const fields = form ? listFormFields(form) : []
  if (!form || fields.length === 0) return undefined
  return {
    fields: () => new Set(fields.map(([key, field]) => settingNameOf(key, field))),
    draw: ({ values, ...props }) => <SettingsForm {...props} form={form} values={withDefaults(form, values)} />,
  }
}

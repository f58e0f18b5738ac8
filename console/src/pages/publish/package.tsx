/** Packages an integration for others: as a template, of which everybody makes copies of their own, or as an Integration App, which is licensed, installed by steps and kept up to date. */
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { call, callAny } from '../../api/client.ts'
import { queryClient, refresh, useData } from '../../api/queries.ts'
import { ifMatch, useVersioned } from '../../api/versioned.ts'
import { useParam } from '../../url-state.ts'
import { appWords } from '../../words/apps.ts'
import { publishWords as words } from '../../words/publish.ts'
import { paths } from '../../paths.ts'
import { RefusalText } from '../../forms/form-dialog.tsx'
import { useSavedForm } from '../../forms/use-form.ts'
import { Button, LinkButton } from '../../parts/button.tsx'
import { Field, TextField } from '../../parts/field.tsx'
import { notify } from '../../parts/notices.tsx'
import { useUnsaved } from '../../parts/unsaved.tsx'
import { useHeld } from '../../parts/use-held.ts'
import '../../parts/wizard.css'

type Kind = 'template' | 'app'

interface Packaged {
  readonly name: string
  readonly description: string
  readonly version: string
  readonly applications: string
  readonly contactEmail: string
  readonly websiteURL: string
}

export function PackagePage() {
  const id = useParam('integrationId')
  const { result: integration, version: read } = useVersioned('getIntegration', { params: { _id: id } })
  const templates = useData('listTemplates', { query: { _integrationId: id } })
  const apps = useData('listConnectors', {}).filter(({ twoDotZero }) => twoDotZero?._integrationId === id)
  const made = [
    ...templates.map(({ _id, name }) => ({ _id, name, what: words.kinds.template, to: paths.resource('templates', _id) })),
    ...apps.map(({ _id, name }) => ({ _id, name, what: words.kinds.app, to: paths.resource('connectors', _id) })),
  ]
  const [kind, setKind] = useState<Kind>('template')
  const navigate = useNavigate()
  const start: Packaged = {
    name: integration.name,
    description: integration.description ?? '',
    version: integration.version ?? '1.0.0',
    applications: '',
    contactEmail: '',
    websiteURL: '',
  }
  const { register, submit, refusal, isBusy, isChanged, formState } = useSavedForm(start, async ({ version, applications, ...about }) => {
    const shown = {
      ...Object.fromEntries(Object.entries(about).filter(([, value]) => value !== '')),
      name: about.name,
      applications: applications.split(',').flatMap((each) => each.trim() || []),
      published: true,
    }
    if (version !== integration.version) {
      await callAny('updateIntegration', { params: { _id: id }, body: { ...integration, version }, ...ifMatch(read) })
      // Where what follows is refused, it is tried again from here.
      await refresh(queryClient, ['getIntegration'])
    }
    const { _id } =
      kind === 'template'
        ? await call('createTemplate', { body: { ...shown, _integrationId: id } })
        : await call('createConnector', { body: { ...shown, framework: 'twoDotZero', twoDotZero: { _integrationId: id, editions: [] } } })
    await refresh(queryClient, ['listTemplates', 'listConnectors', 'getIntegration'])
    notify(words.made(about.name))
    await navigate({
      to: paths.resource(kind === 'template' ? 'templates' : 'connectors', _id),
      search: kind === 'app' ? { tab: 'package' } : {},
    } as never)
  })
  useUnsaved(isChanged, { isSaving: isBusy })
  const { errors } = formState
  return (
    <section className="wizard-body" aria-labelledby="package-title">
      <h2 id="package-title">{words.title}</h2>
      {made.length > 0 && (
        <ul className="map-rows">
          {made.map(({ _id, name, what, to }) => (
            <li key={_id} className="map-row">
              <span>
                {name} <span className="soft">{what}</span>
              </span>
              <span className="end">
                <LinkButton to={to}>{words.open}</LinkButton>
              </span>
            </li>
          ))}
        </ul>
      )}
      <form className="wizard-body" {...useHeld(isBusy)} onSubmit={submit}>
        <fieldset className="field fieldset">
          <legend>{words.as}</legend>
          {(['template', 'app'] as const).map((each) => (
            <label key={each} className="choice tall">
              <input type="radio" name="kind" checked={kind === each} onChange={() => setKind(each)} />
              <span>
                <strong>{words.kinds[each]}</strong>
                <br />
                <span className="soft">{words.hints[each]}</span>
              </span>
            </label>
          ))}
        </fieldset>
        <TextField label={words.name} required maxLength={200} {...register('name')} error={errors.name?.message} />
        <Field label={words.description} error={errors.description?.message}>
          {(props) => <textarea className="input" rows={3} {...register('description')} {...props} />}
        </Field>
        <TextField label={words.version} required hint={words.versionHint} {...register('version')} error={errors.version?.message} />
        <TextField
          label={words.applications}
          hint={words.applicationsHint}
          {...register('applications')}
          error={errors.applications?.message}
        />
        <TextField label={words.contact} type="email" {...register('contactEmail')} error={errors.contactEmail?.message} />
        <TextField label={words.website} type="url" {...register('websiteURL')} error={errors.websiteURL?.message} />
        <RefusalText text={refusal} />
        <div>
          <Button type="submit" kind="primary" busy={isBusy}>
            {kind === 'template' ? words.makeTemplate : words.makeApp}
          </Button>
        </div>
        {kind === 'app' && <p className="soft">{words.next(appWords.licenses.title)}</p>}
      </form>
    </section>
  )
}

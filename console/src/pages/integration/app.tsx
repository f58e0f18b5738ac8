/** An installed Integration App: its licence and edition, its version, its children, and its end. */
import { useState, type ReactNode } from 'react'
import type { CallResult, OperationName } from '../../api/client.ts'
import { useData, useLater } from '../../api/queries.ts'
import { useMay } from '../../api/session.ts'
import { appWords } from '../../words/apps.ts'
import { useResumeApp } from '../../forms/resume-app.ts'
import { ChangeEditionForm } from '../../forms/change-edition.tsx'
import { DetachLicenseForm } from '../../forms/detach-license.tsx'
import { UninstallAppForm } from '../../forms/uninstall-app.tsx'
import { Button } from '../../parts/button.tsx'
import { Icon } from '../../parts/icon.tsx'
import { LicenseEnd } from '../../parts/license-end.tsx'
import { Empty } from '../../parts/states.tsx'
import { Badge } from '../../parts/status.tsx'
import { Time } from '../../parts/time.tsx'
import { useParam } from '../../url-state.ts'
import { AppChildren } from './app-children.tsx'

type Integration = CallResult<'getIntegration'>
type License = CallResult<'listLicenses'>[number]
type Open = 'edition' | 'detach' | 'uninstall'

const words = appWords.app
/** Licences of an account that are looked through. */
const mostLicenses = 1000

export function IntegrationAppPage() {
  const id = useParam('integrationId')
  const integration = useData('getIntegration', { params: { _id: id } })
  if (integration._connectorId === undefined)
    return (
      <Empty icon="box" title={words.notApp}>
        {words.notAppWhy}
      </Empty>
    )
  return <App integration={integration} connectorId={integration._connectorId} />
}

function App({ integration, connectorId }: { readonly integration: Integration; readonly connectorId: string }) {
  const { _id, _parentId, updateInProgress, appFailure, initChild } = integration
  const licenses = useLater('listLicenses', { query: { limit: mostLicenses } }).data ?? []
  const ofApp = licenses.filter((license) => license._connectorId === connectorId)
  const license = ofApp.find(({ _integrationId }) => _integrationId === (_parentId ?? _id))
  return (
    <div className="narrow">
      {updateInProgress && (
        <p className="away" role="status">
          {words.updating}
        </p>
      )}
      {appFailure && (
        <div className="refusal" role="alert">
          <Icon name="alert" />
          <p>
            {words.failure(appFailure.doing)} <Time at={appFailure.at} /> {appFailure.message}
          </p>
        </div>
      )}
      <AppFacts integration={integration} license={license} />
      {initChild?.function && <AppChildren integration={integration} />}
      <AppActs integration={integration} license={license} free={ofApp.filter((each) => each._integrationId === undefined)} />
    </div>
  )
}

function AppFacts({
  integration: { version, resolvedAt },
  license,
}: {
  readonly integration: Integration
  readonly license: License | undefined
}) {
  const facts: readonly (readonly [string, ReactNode])[] = [
    [words.version, version ?? '–'],
    [words.installed, <Time key="at" at={resolvedAt} />],
    [words.license, license ? <Badge key="type">{license.type === 'trial' ? words.trial : words.paid}</Badge> : words.noLicense],
    ...(license
      ? [
          [words.edition, license.edition ?? words.noEdition] as const,
          [license.type === 'trial' ? words.trialEnds : words.expires, <LicenseEnd key="end" license={license} />] as const,
        ]
      : []),
  ]
  return (
    <dl className="card fact-list section">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

interface AppActsProps {
  readonly integration: Integration
  readonly license: License | undefined
  /** Licences of the account for the app that nothing uses. */
  readonly free: readonly License[]
}

function AppActs({ integration, license, free }: AppActsProps) {
  const { _id, _parentId, mode, changeEdition } = integration
  const may = useMay(_id)
  const resume = useResumeApp()
  const [open, setOpen] = useState<Open>()
  const close = () => setOpen(undefined)
  const isRoot = _parentId === undefined
  const isInUse = mode === 'settings'
  const act = (isOffered: boolean, name: OperationName, label: string, hint: string, onClick: () => void): ReactNode =>
    isOffered &&
    may(name) && (
      <li key={name} className="act">
        <div>
          <h3>{label}</h3>
          <p className="soft">{hint}</p>
        </div>
        <Button kind={name === 'uninstallIntegration' ? 'danger' : 'plain'} onClick={onClick}>
          {label}
        </Button>
      </li>
    )
  const hasEditions = changeEdition?.function !== undefined && license?.edition !== undefined
  return (
    <>
      <ul className="acts" aria-label={words.acts}>
        {act(isRoot && isInUse && hasEditions, 'changeIntegrationEdition', words.changeEdition, words.changeEditionHint, () =>
          setOpen('edition'),
        )}
        {act(isRoot && isInUse, 'resumeIntegration', words.resume, words.resumeHint, () => resume(integration))}
        {act(isRoot && license !== undefined, 'detachIntegrationLicense', words.detach, words.detachHint, () => setOpen('detach'))}
        {act(mode !== 'uninstall', 'uninstallIntegration', words.uninstall, words.uninstallHint, () => setOpen('uninstall'))}
      </ul>
      {open === 'edition' && <ChangeEditionForm integrationId={_id} license={license} free={free} onClose={close} />}
      {open === 'detach' && <DetachLicenseForm integrationId={_id} onClose={close} />}
      {open === 'uninstall' && <UninstallAppForm integration={integration} onClose={close} />}
    </>
  )
}

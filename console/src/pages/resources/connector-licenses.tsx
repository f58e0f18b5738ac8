/** The licences of a connector, as its publisher gives and changes them. */
import { useState } from 'react'
import type { CallResult } from '../../api/client.ts'
import { useData } from '../../api/queries.ts'
import { useMay } from '../../api/session.ts'
import { words as common } from '../../words.ts'
import { appWords } from '../../words/apps.ts'
import { EditLicenseForm } from '../../forms/edit-license.tsx'
import { TakeLicenseBackForm } from '../../forms/take-license-back.tsx'
import { Button } from '../../parts/button.tsx'
import { LicenseEnd } from '../../parts/license-end.tsx'
import { MoreMenu } from '../../parts/menu.tsx'
import { Empty } from '../../parts/states.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { Time } from '../../parts/time.tsx'

type License = CallResult<'listConnectorLicenses'>[number]

const words = appWords.licenses
/** Licences of one answer. */
const mostLicenses = 1000

export function ConnectorLicenses({ id }: { readonly id: string }) {
  const licenses = useData('listConnectorLicenses', { params: { _id: id }, query: { limit: mostLicenses } })
  const { twoDotZero } = useData('getConnector', { params: { _id: id } })
  const may = useMay()
  const [edited, setEdited] = useState<License | 'new'>()
  const [takenBack, setTakenBack] = useState<License>()
  const editions = (twoDotZero?.editions ?? []).flatMap(({ _id, displayName }) => (_id === undefined ? [] : [{ _id, name: displayName }]))
  const nameOf = new Map(editions.map(({ _id, name }) => [_id, name]))
  const columns: readonly Column<License>[] = [
    { id: 'account', heading: words.account, cell: ({ user }) => <span className="main-link">{user.email}</span> },
    {
      id: 'edition',
      heading: words.edition,
      width: '150px',
      cell: ({ _editionId }) => nameOf.get(_editionId ?? '') ?? <span className="soft">–</span>,
    },
    { id: 'type', heading: words.type, width: '90px', cell: ({ type }) => (type === 'trial' ? appWords.app.trial : appWords.app.paid) },
    { id: 'ends', heading: words.ends, width: '190px', cell: (license) => <LicenseEnd license={license} /> },
    {
      id: 'use',
      heading: words.use,
      width: '230px',
      cell: ({ _integrationId }) =>
        _integrationId ? <code className="soft">{_integrationId}</code> : <span className="soft">{words.free}</span>,
    },
    { id: 'given', heading: words.given, width: '130px', cell: ({ createdAt }) => <Time at={createdAt} /> },
    {
      id: 'acts',
      heading: common.actions.more,
      hidesHeading: true,
      width: '56px',
      cell: (license) => (
        <MoreMenu
          label={`${common.actions.more}: ${license.user.email}`}
          items={[
            ...(may('updateConnectorLicense') ? [{ label: words.change, onSelect: () => setEdited(license) }] : []),
            ...(may('deleteConnectorLicense')
              ? [{ label: words.takeBack, icon: 'bin' as const, danger: true, onSelect: () => setTakenBack(license) }]
              : []),
          ]}
        />
      ),
    },
  ]
  const give = may('createConnectorLicense') && (
    <Button icon="plus" onClick={() => setEdited('new')}>
      {words.give}
    </Button>
  )
  return (
    <>
      {licenses.length === 0 ? (
        <Empty icon="key" title={words.noneGiven} action={give}>
          {words.noneGivenWhy}
        </Empty>
      ) : (
        <>
          <div className="toolbar">{give}</div>
          <Table label={words.label} columns={columns} rows={licenses} keyOf={({ _id }) => _id} />
        </>
      )}
      {edited && (
        <EditLicenseForm
          connectorId={id}
          editions={editions}
          license={edited === 'new' ? undefined : edited}
          onClose={() => setEdited(undefined)}
        />
      )}
      {takenBack && <TakeLicenseBackForm connectorId={id} license={takenBack} onClose={() => setTakenBack(undefined)} />}
    </>
  )
}

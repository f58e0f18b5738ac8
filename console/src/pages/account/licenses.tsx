/** The licences that publishers of Integration Apps gave the account: which are free, and what uses the others. */
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { CallResult } from '../../api/client.ts'
import { useData } from '../../api/queries.ts'
import { useMay } from '../../api/session.ts'
import { appWords } from '../../words/apps.ts'
import { paths } from '../../paths.ts'
import { InstallAppForm } from '../../forms/install-app.tsx'
import { Button } from '../../parts/button.tsx'
import { LicenseEnd } from '../../parts/license-end.tsx'
import { PageHead } from '../../parts/page.tsx'
import { Empty } from '../../parts/states.tsx'
import { Table, type Column } from '../../parts/table.tsx'

type License = CallResult<'listLicenses'>[number]

const words = appWords.licenses
/** Licences of one answer. */
const mostLicenses = 1000

export function LicensesPage() {
  const licenses = useData('listLicenses', { query: { limit: mostLicenses } })
  const may = useMay()
  const [installed, setInstalled] = useState<License>()
  const columns: readonly Column<License>[] = [
    { id: 'app', heading: words.app, cell: (license) => <span className="main-link">{nameOf(license)}</span> },
    { id: 'edition', heading: words.edition, width: '160px', cell: ({ edition }) => edition ?? <span className="soft">–</span> },
    { id: 'type', heading: words.type, width: '90px', cell: ({ type }) => (type === 'trial' ? appWords.app.trial : appWords.app.paid) },
    { id: 'ends', heading: words.ends, width: '190px', cell: (license) => <LicenseEnd license={license} /> },
    {
      id: 'use',
      heading: words.use,
      width: '190px',
      cell: (license) =>
        license._integrationId !== undefined ? (
          <Link to={paths.integrationApp(license._integrationId)}>{words.open}</Link>
        ) : may('installConnector') ? (
          <Button aria-label={words.install(nameOf(license))} onClick={() => setInstalled(license)}>
            {appWords.install.act}
          </Button>
        ) : (
          <span className="soft">{words.free}</span>
        ),
    },
  ]
  return (
    <>
      <PageHead title={words.title} detail={words.hint} />
      {licenses.length === 0 ? (
        <Empty icon="key" title={words.none}>
          {words.noneWhy}
        </Empty>
      ) : (
        <Table label={words.label} columns={columns} rows={licenses} keyOf={({ _id }) => _id} />
      )}
      {installed && (
        <InstallAppForm
          connectorId={installed._connectorId}
          licenseId={installed._id}
          name={nameOf(installed)}
          onClose={() => setInstalled(undefined)}
        />
      )}
    </>
  )
}

const nameOf = ({ app, _connectorId }: License): string => app ?? _connectorId

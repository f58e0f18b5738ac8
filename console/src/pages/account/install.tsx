/** Where an Integration App is chosen to be installed: those that the account has a free licence for, and its own. */
import { useState } from 'react'
import { useData } from '../../api/queries.ts'
import { useMay } from '../../api/session.ts'
import { appWords } from '../../words/apps.ts'
import { words as common } from '../../words.ts'
import { paths } from '../../paths.ts'
import { InstallAppForm } from '../../forms/install-app.tsx'
import { Button } from '../../parts/button.tsx'
import { LicenseEnd } from '../../parts/license-end.tsx'
import { PageHead } from '../../parts/page.tsx'
import { Empty } from '../../parts/states.tsx'
import { Badge } from '../../parts/status.tsx'
import { Table, type Column } from '../../parts/table.tsx'

interface Offer {
  readonly connectorId: string
  readonly name: string
  readonly edition?: string | undefined
  /** Absent for an app of the account's own. */
  readonly license?: { readonly _id: string; readonly expires?: string; readonly trialEndDate?: string }
}

const words = appWords.offers
/** Licences, or connectors, of one answer. */
const most = 1000

const isOver = ({ expires, trialEndDate }: { readonly expires?: string; readonly trialEndDate?: string }): boolean => {
  const end = expires ?? trialEndDate
  return end !== undefined && Date.parse(end) < Date.now()
}

function useOffers(): readonly Offer[] {
  const licenses = useData('listLicenses', { query: { limit: most } })
  const connectors = useData('listConnectors', { query: { limit: most } })
  const free = licenses.filter((license) => license._integrationId === undefined && !isOver(license))
  return [
    ...free.map((license) => ({
      connectorId: license._connectorId,
      name: license.app ?? license._connectorId,
      edition: license.edition,
      license,
    })),
    ...connectors.map(({ _id, name }) => ({ connectorId: _id, name })),
  ]
}

export function InstallPage() {
  const offers = useOffers()
  const may = useMay()
  const [chosen, setChosen] = useState<Offer>()
  const columns: readonly Column<Offer>[] = [
    { id: 'app', heading: words.app, cell: ({ name }) => <span className="main-link">{name}</span> },
    {
      id: 'edition',
      heading: appWords.licenses.edition,
      width: '160px',
      cell: ({ edition }) => edition ?? <span className="soft">–</span>,
    },
    {
      id: 'by',
      heading: appWords.app.license,
      width: '210px',
      cell: ({ license }) => (license ? <LicenseEnd license={license} /> : <Badge>{words.own}</Badge>),
    },
    {
      id: 'install',
      heading: appWords.install.act,
      hidesHeading: true,
      width: '120px',
      cell: (offer) =>
        may('installConnector') && (
          <Button aria-label={appWords.licenses.install(offer.name)} onClick={() => setChosen(offer)}>
            {appWords.install.act}
          </Button>
        ),
    },
  ]
  return (
    <>
      <PageHead title={words.title} crumbs={[{ label: common.home.title, to: paths.home() }]} detail={words.hint} />
      {offers.length === 0 ? (
        <Empty icon="plug" title={words.none}>
          {words.noneWhy}
        </Empty>
      ) : (
        <Table
          label={words.title}
          columns={columns}
          rows={offers}
          keyOf={({ connectorId, license }) => `${connectorId} ${license?._id ?? ''}`}
        />
      )}
      {chosen && (
        <InstallAppForm
          connectorId={chosen.connectorId}
          name={chosen.name}
          {...(chosen.license && { licenseId: chosen.license._id })}
          onClose={() => setChosen(undefined)}
        />
      )}
    </>
  )
}

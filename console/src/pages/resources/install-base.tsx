/** Where a connector is installed: by whom, in which version, and what came of bringing some of them up to date. */
import { useState } from 'react'
import type { CallResult } from '../../api/client.ts'
import { useAct, useData, useLater } from '../../api/queries.ts'
import { useMay } from '../../api/session.ts'
import { appWords } from '../../words/apps.ts'
import { Button } from '../../parts/button.tsx'
import { Badge } from '../../parts/status.tsx'
import { Empty, Refusal } from '../../parts/states.tsx'
import { notify } from '../../parts/notices.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { exactTime, Time } from '../../parts/time.tsx'

type Installation = CallResult<'listInstallBase'>[number]
type Outcome = CallResult<'updateInstallations'>[number]

const words = appWords.installBase
/** Installations of one answer. */
const mostShown = 1000
/** Installations that one request brings up to date: the function of each may run for a minute. */
const mostUpdated = 20

export function InstallBase({ id }: { readonly id: string }) {
  const installations = useData('listInstallBase', { params: { _id: id }, query: { limit: mostShown } })
  const { twoDotZero, _integrationId } = useData('getConnector', { params: { _id: id } })
  const templateId = twoDotZero?._integrationId ?? _integrationId
  const { version } = useLater('getIntegration', { params: { _id: templateId ?? '' } }, templateId !== undefined).data ?? {}
  const may = useMay()
  const update = useAct('updateInstallations', 'listInstallBase', 'getIntegration')
  const [chosen, setChosen] = useState<readonly string[]>([])
  const outcomes = new Map(update.data?.map((outcome) => [outcome._integrationId, outcome]))
  const editions = new Map((twoDotZero?.editions ?? []).map(({ _id, displayName }) => [_id ?? '', displayName]))
  if (installations.length === 0)
    return (
      <Empty icon="box" title={words.none}>
        {words.noneWhy}
      </Empty>
    )
  const run = () =>
    update.mutate(
      { params: { _id: id }, body: { _integrationIds: [...chosen] } },
      {
        onSuccess: (done) => {
          notify(words.updated(done.filter(({ updated }) => updated).length))
          setChosen([])
        },
      },
    )
  const toggle = (each: string, on: boolean) => setChosen(on ? [...chosen, each] : chosen.filter((other) => other !== each))
  const choice: Column<Installation> = {
    id: 'choose',
    heading: words.installation,
    hidesHeading: true,
    width: '40px',
    cell: ({ _integrationId: each, mode }) => (
      <input
        type="checkbox"
        aria-label={words.choose(each)}
        checked={chosen.includes(each)}
        disabled={mode !== 'settings' || (!chosen.includes(each) && chosen.length >= mostUpdated)}
        onChange={(event) => toggle(each, event.target.checked)}
      />
    ),
  }
  const mayUpdate = may('updateInstallations')
  return (
    <>
      <div className="toolbar">
        {mayUpdate && (
          <Button kind="primary" busy={update.isPending} disabled={chosen.length === 0} onClick={run}>
            {words.update(chosen.length)}
          </Button>
        )}
        {version && <span className="soft">{words.current(version)}</span>}
        {mayUpdate && installations.length > mostUpdated && <span className="soft">{words.most(mostUpdated)}</span>}
      </div>
      <Refusal error={update.error} />
      <Table
        label={words.label}
        columns={[...(mayUpdate ? [choice] : []), ...columnsWith(editions, outcomes)]}
        rows={installations}
        keyOf={(each) => each._integrationId}
      />
    </>
  )
}

const columnsWith = (editions: ReadonlyMap<string, string>, outcomes: ReadonlyMap<string, Outcome>): readonly Column<Installation>[] => [
  {
    id: 'user',
    heading: words.user,
    cell: ({ user, _integrationId, _parentId }) => (
      <span className="with-marks">
        <span className="main-link" title={_integrationId}>
          {user?.email ?? _integrationId}
        </span>
        {_parentId && <Badge>{words.child}</Badge>}
      </span>
    ),
  },
  { id: 'version', heading: words.version, width: '90px', cell: ({ version }) => version ?? <span className="soft">–</span> },
  {
    id: 'edition',
    heading: words.edition,
    width: '120px',
    cell: ({ _editionId }) => editions.get(_editionId ?? '') ?? <span className="soft">–</span>,
  },
  { id: 'state', heading: words.state, width: '150px', cell: (each) => <State installation={each} /> },
  {
    id: 'ends',
    heading: words.ends,
    width: '180px',
    cell: ({ expires }) => (expires ? exactTime(expires) : <span className="soft">–</span>),
  },
  { id: 'at', heading: words.at, width: '130px', cell: ({ installedAt }) => <Time at={installedAt} /> },
  ...(outcomes.size > 0
    ? [
        {
          id: 'outcome',
          heading: words.outcome,
          width: '260px',
          cell: (each: Installation) => <OutcomeText outcome={outcomes.get(each._integrationId)} />,
        },
      ]
    : []),
]

function State({ installation: { mode, updateInProgress, paused } }: { readonly installation: Installation }) {
  if (updateInProgress) return <Badge tone="accent">{words.updating}</Badge>
  if (paused) return <Badge tone="error">{words.paused}</Badge>
  return <>{appWords.app.modes[(mode ?? 'settings') as keyof typeof appWords.app.modes] ?? mode}</>
}

function OutcomeText({ outcome }: { readonly outcome: Outcome | undefined }) {
  if (!outcome) return null
  if (outcome.error) return <span className="error-count" title={outcome.error}>{`${words.failed}: ${outcome.error}`}</span>
  const kept = outcome.kept && outcome.kept.length > 0 ? words.kept(outcome.kept.join(', ')) : ''
  return <span title={kept}>{kept ? `${words.done}. ${kept}` : words.done}</span>
}

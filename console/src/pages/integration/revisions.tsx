/** The history of an integration: snapshots, pulls and reverts, newest first. */
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useData } from '../../api/queries.ts'
import type { CallResult } from '../../api/client.ts'
import { useMay } from '../../api/session.ts'
import { lifecycleWords } from '../../words/lifecycle.ts'
import { paths } from '../../paths.ts'
import { CreateSnapshotForm } from '../../forms/create-snapshot.tsx'
import { Button, LinkButton } from '../../parts/button.tsx'
import { Badge } from '../../parts/status.tsx'
import { Empty } from '../../parts/states.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { Time } from '../../parts/time.tsx'
import { useParam } from '../../url-state.ts'

const words = lifecycleWords.revisions

/** Of one answer. */
const mostListed = 1000

type Revision = CallResult<'listIntegrationRevisions'>[number]

const columns: readonly Column<Revision>[] = [
  {
    id: 'what',
    heading: words.what,
    cell: ({ _id, _integrationId, description, type, fromIntegrationName }) => (
      <span className="with-marks">
        <Link className="main-link" title={description} to={paths.integrationRevision(_integrationId, _id)}>
          {description || words.noDescription}
        </Link>
        {type === 'pull' && fromIntegrationName && <span className="soft">{words.from(fromIntegrationName)}</span>}
      </span>
    ),
  },
  { id: 'type', heading: words.type, width: '120px', cell: ({ type }) => lifecycleWords.types[type] },
  {
    id: 'status',
    heading: words.status,
    width: '130px',
    cell: ({ status, error }) => (
      <span title={error}>
        <Badge tone={status === 'failed' ? 'error' : status === 'inprogress' ? 'accent' : 'neutral'}>
          {lifecycleWords.statuses[status]}
        </Badge>
      </span>
    ),
  },
  { id: 'when', heading: words.when, width: '150px', cell: ({ createdAt }) => <Time at={createdAt} /> },
]

export function IntegrationRevisionsPage() {
  const id = useParam('integrationId')
  const revisions = useData('listIntegrationRevisions', { params: { _id: id } })
  const may = useMay(id)
  const [isCreating, setCreating] = useState(false)
  const navigate = useNavigate()
  const open = revisions.find(({ status }) => status === 'inprogress')
  const acts = (
    <span className="inline">
      {may('createIntegrationRevision') && (
        <Button icon="plus" onClick={() => setCreating(true)}>
          {words.create}
        </Button>
      )}
      {may('pullIntegration') && (
        <LinkButton icon="branch" to={paths.integrationPull(id)}>
          {words.pull}
        </LinkButton>
      )}
      <LinkButton to={paths.integrationCompare(id)}>{words.compare}</LinkButton>
    </span>
  )
  return (
    <>
      {open && (
        <div className="away banner" role="status">
          <span>{words.open(open.description || lifecycleWords.types[open.type])}</span>
          <LinkButton to={paths.integrationRevision(id, open._id)}>{words.goOn}</LinkButton>
        </div>
      )}
      {revisions.length === 0 ? (
        <Empty icon="clock" title={words.none} action={acts}>
          {words.noneWhy}
        </Empty>
      ) : (
        <>
          <div className="toolbar">{acts}</div>
          <Table
            label={words.label}
            columns={columns}
            rows={revisions}
            keyOf={({ _id }) => _id}
            onOpen={({ _id }) => void navigate({ to: paths.integrationRevision(id, _id) })}
          />
          {revisions.length >= mostListed && <p className="soft">{words.full(revisions.length)}</p>}
        </>
      )}
      {isCreating && <CreateSnapshotForm integrationId={id} onClose={() => setCreating(false)} />}
    </>
  )
}

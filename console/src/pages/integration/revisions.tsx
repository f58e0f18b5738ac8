/** The history of an integration: snapshots, pulls and reverts, newest first. */
import { useState } from 'react'
import { useData } from '../../api/queries.ts'
import type { CallResult } from '../../api/client.ts'
import { useMay } from '../../api/session.ts'
import { words } from '../../words.ts'
import { CreateSnapshotForm } from '../../forms/create-snapshot.tsx'
import { Button } from '../../parts/button.tsx'
import { Badge } from '../../parts/status.tsx'
import { Empty } from '../../parts/states.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { Time } from '../../parts/time.tsx'
import { useParam } from '../../url-state.ts'

type Revision = CallResult<'listIntegrationRevisions'>[number]

const columns: readonly Column<Revision>[] = [
  {
    id: 'what',
    heading: words.revisions.what,
    cell: ({ description, type, fromIntegrationName }) => (
      <span className="with-marks">
        <span className="main-link" title={description}>
          {description || <span className="soft">{words.revisions.noDescription}</span>}
        </span>
        {type === 'pull' && fromIntegrationName && <span className="soft">{words.revisions.from(fromIntegrationName)}</span>}
      </span>
    ),
  },
  { id: 'type', heading: words.revisions.type, width: '120px', cell: ({ type }) => words.revisions.types[type] },
  {
    id: 'status',
    heading: words.revisions.status,
    width: '130px',
    cell: ({ status, error }) => (
      <span title={error}>
        <Badge tone={status === 'failed' ? 'error' : status === 'inprogress' ? 'accent' : 'neutral'}>
          {words.revisions.statuses[status]}
        </Badge>
      </span>
    ),
  },
  { id: 'when', heading: words.revisions.when, width: '150px', cell: ({ createdAt }) => <Time at={createdAt} /> },
]

export function IntegrationRevisionsPage() {
  const id = useParam('integrationId')
  const revisions = useData('listIntegrationRevisions', { params: { _id: id } })
  const may = useMay(id)
  const [isCreating, setCreating] = useState(false)
  const create = may('createIntegrationRevision') && (
    <Button icon="plus" onClick={() => setCreating(true)}>
      {words.revisions.create}
    </Button>
  )
  return (
    <>
      {revisions.length === 0 ? (
        <Empty icon="clock" title={words.revisions.none} action={create}>
          {words.revisions.noneWhy}
        </Empty>
      ) : (
        <>
          <div className="toolbar">{create}</div>
          <Table label={words.revisions.label} columns={columns} rows={revisions} keyOf={({ _id }) => _id} />
        </>
      )}
      {isCreating && <CreateSnapshotForm integrationId={id} onClose={() => setCreating(false)} />}
    </>
  )
}

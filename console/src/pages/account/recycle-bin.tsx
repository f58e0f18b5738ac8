/** What was deleted in the last 30 days, and can be brought back. */
import { useState } from 'react'
import { useDocumentPages } from '../../api/document-pages.ts'
import { useAct } from '../../api/queries.ts'
import { explain, type CallResult } from '../../api/client.ts'
import { useMay } from '../../api/session.ts'
import { collections } from '../../collections.ts'
import { words } from '../../words.ts'
import { accountWords } from '../../words/account.ts'
import { binWords } from '../../words/recycle-bin.ts'
import { resourceWords } from '../../words/resources.ts'
import { Choice } from '../../parts/audit-table.tsx'
import { Button } from '../../parts/button.tsx'
import { Confirm } from '../../parts/dialog.tsx'
import { MoreMenu } from '../../parts/menu.tsx'
import { notify } from '../../parts/notices.tsx'
import { PageHead } from '../../parts/page.tsx'
import { Empty, Loading } from '../../parts/states.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { Time } from '../../parts/time.tsx'
import { useUrlState } from '../../url-state.ts'

type Deleted = CallResult<'listRecycleBin'>[number]

interface Doc {
  readonly _id: string
  readonly name?: string
  readonly tag?: string
  readonly deletedAt?: string
}
const docOf = ({ doc }: Deleted): Doc => doc as unknown as Doc
const nameOf = (deleted: Deleted): string => docOf(deleted).name ?? docOf(deleted).tag ?? docOf(deleted)._id
const types = Object.keys(collections)
/** `LookupCache` lies at `lookupcaches`. */
const collectionOf = ({ model }: Deleted): string =>
  types.find((type) => type.toLowerCase().startsWith(model.toLowerCase())) ?? `${model.toLowerCase()}s`

export function RecycleBinPage() {
  const [type, setType] = useUrlState('type')
  const { rows: deleted, isLoading, hasMore, readMore } = useDocumentPages<Deleted>('listRecycleBin', { ...(type && { type }) })
  const may = useMay()
  const restore = useAct('restoreFromRecycleBin', 'listRecycleBin', 'listTiles', 'listIntegrations', 'listConnections')
  const [purged, setPurged] = useState<Deleted>()
  const bring = (entry: Deleted) =>
    restore.mutate(
      { params: { resourceType: collectionOf(entry), _id: docOf(entry)._id } },
      { onSuccess: (back) => notify(binWords.restored(nameOf(entry), back.length)), onError: (error) => notify(explain(error), true) },
    )
  const columns: readonly Column<Deleted>[] = [
    {
      id: 'name',
      heading: resourceWords.name,
      cell: (entry) => (
        <span className="main-link" title={nameOf(entry)}>
          {nameOf(entry)}
        </span>
      ),
    },
    { id: 'type', heading: resourceWords.type, width: '160px', cell: ({ model }) => <span className="soft">{model}</span> },
    { id: 'when', heading: binWords.when, width: '160px', cell: (entry) => <Time at={docOf(entry).deletedAt} /> },
    {
      id: 'acts',
      heading: words.actions.more,
      hidesHeading: true,
      width: '56px',
      cell: (entry) =>
        may('restoreFromRecycleBin') && (
          <MoreMenu
            label={`${words.actions.more}: ${nameOf(entry)}`}
            items={[
              { label: binWords.restore, icon: 'refresh', onSelect: () => bring(entry) },
              { label: binWords.purge, icon: 'bin', danger: true, onSelect: () => setPurged(entry) },
            ]}
          />
        ),
    },
  ]
  return (
    <>
      <PageHead title={binWords.title} detail={binWords.hint} />
      <div className="toolbar">
        <Choice
          label={resourceWords.type}
          any={accountWords.audit.anyType}
          value={type}
          options={types}
          onChange={(event) => setType(event.target.value)}
        />
      </div>
      {isLoading ? (
        <Loading />
      ) : deleted.length === 0 ? (
        <Empty icon="bin" title={binWords.none}>
          {binWords.noneWhy}
        </Empty>
      ) : (
        <Table
          label={binWords.title}
          columns={columns}
          rows={deleted}
          keyOf={(entry) => `${entry.model} ${docOf(entry)._id}`}
          onEnd={readMore}
        />
      )}
      {hasMore && (
        <div className="pager">
          <Button onClick={readMore}>{words.actions.loadMore}</Button>
        </div>
      )}
      {purged && <Purge entry={purged} onClose={() => setPurged(undefined)} />}
    </>
  )
}

function Purge({ entry, onClose }: { readonly entry: Deleted; readonly onClose: () => void }) {
  const purge = useAct('purgeFromRecycleBin', 'listRecycleBin')
  const confirm = () => purge.mutate({ params: { resourceType: collectionOf(entry), _id: docOf(entry)._id } }, { onSuccess: onClose })
  return (
    <Confirm
      title={binWords.purgeAsk(nameOf(entry))}
      action={binWords.purge}
      kind="danger"
      busy={purge.isPending}
      error={purge.error}
      onConfirm={confirm}
      onClose={onClose}
    >
      <p>{binWords.purgeHint}</p>
    </Confirm>
  )
}

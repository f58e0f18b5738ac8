/** The children of an Integration App: stores, subsidiaries, each an integration of its own. */
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { CallResult } from '../../api/client.ts'
import { useLater } from '../../api/queries.ts'
import { useMay } from '../../api/session.ts'
import { appWords } from '../../words/apps.ts'
import { paths } from '../../paths.ts'
import { useAddChild } from '../../forms/add-child.ts'
import { UninstallAppForm } from '../../forms/uninstall-app.tsx'
import { Button } from '../../parts/button.tsx'
import { MoreMenu } from '../../parts/menu.tsx'
import { Loading, Refusal } from '../../parts/states.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { words as common } from '../../words.ts'

type Child = CallResult<'getIntegrationTreeMetadata'>['childIntegrations'][number]

const words = appWords.app

export function AppChildren({ integration }: { readonly integration: CallResult<'getIntegration'> }) {
  const { _id, name, childDisplayName, mode } = integration
  const tree = useLater('getIntegrationTreeMetadata', { params: { _id } })
  const may = useMay(_id)
  const { add, isAdding } = useAddChild(_id)
  const [removed, setRemoved] = useState<Child>()
  const children = tree.data?.childIntegrations ?? []
  const columns: readonly Column<Child>[] = [
    {
      id: 'name',
      heading: words.childName,
      cell: (child) => (
        <Link to={paths.integrationFlows(child._id)} className="main-link" title={child.name}>
          {child.name}
        </Link>
      ),
    },
    { id: 'state', heading: words.childState, width: '160px', cell: (child) => words.modes[child.mode ?? 'settings'] },
    { id: 'version', heading: words.childVersion, width: '110px', cell: ({ version }) => <span className="soft">{version ?? '–'}</span> },
    {
      id: 'acts',
      heading: common.actions.more,
      hidesHeading: true,
      width: '56px',
      cell: (child) =>
        may('uninstallIntegration') &&
        child.mode !== 'uninstall' && (
          <MoreMenu
            label={`${common.actions.more}: ${child.name}`}
            items={[{ label: words.removeChild, icon: 'bin', danger: true, onSelect: () => setRemoved(child) }]}
          />
        ),
    },
  ]
  return (
    <section className="section">
      <div className="section-head">
        <h2>{words.children}</h2>
        {mode === 'settings' && may('initChildIntegration') && (
          <Button icon="plus" busy={isAdding} onClick={add}>
            {words.addChild(childDisplayName ?? words.child)}
          </Button>
        )}
      </div>
      <Refusal error={tree.error} />
      {tree.isPending && <Loading lines={2} />}
      {tree.isSuccess &&
        (children.length === 0 ? (
          <p className="soft">
            {words.noChildren}. {words.noChildrenWhy}
          </p>
        ) : (
          <Table label={words.childrenOf(name)} columns={columns} rows={children} keyOf={(child) => child._id} />
        ))}
      {removed && <UninstallAppForm integration={removed} isChild onClose={() => setRemoved(undefined)} />}
    </section>
  )
}

/** The runs of a flow, newest first: by status, time and record, with what each did. */
import { isGoingOn } from '../../api/step-jobs.ts'
import { useMay } from '../../api/session.ts'
import type { ListedRun } from '../../api/run-pages.ts'
import { words } from '../../words.ts'
import { flowWords } from '../../words/flows.ts'
import { useCancelRun } from '../../forms/cancel-run.ts'
import { useRunAgain } from '../../forms/run-again.ts'
import { MoreMenu } from '../../parts/menu.tsx'
import { RunList } from '../../parts/run-list.tsx'

interface RunHistoryProps {
  readonly flow: { readonly _id: string; readonly name: string; readonly _integrationId?: string; readonly disabled?: boolean }
  readonly onOpen: (run: ListedRun) => void
}

export function RunHistory({ flow, onOpen }: RunHistoryProps) {
  const may = useMay(flow._integrationId)
  const cancel = useCancelRun()
  const again = useRunAgain(flow)
  const actsOf = (run: ListedRun) => {
    const items = [
      ...(may('runFlow') && run.type === 'flow' && flow.disabled !== true
        ? [{ label: flowWords.again, icon: 'play' as const, onSelect: again }]
        : []),
      ...(may('cancelJob') && isGoingOn(run) ? [{ label: flowWords.cancel, icon: 'stop' as const, onSelect: () => cancel(run) }] : []),
    ]
    return items.length > 0 && <MoreMenu label={words.actions.more} items={items} />
  }
  return (
    <RunList
      label={flowWords.tabs.history}
      of={{ _flowId: flow._id }}
      statuses={['queued', 'running', 'completed', 'partial', 'failed', 'canceled']}
      none={{ title: flowWords.never, why: flowWords.neverWhy }}
      isOfOneFlow
      hasDates
      actsOf={actsOf}
      onOpen={onOpen}
    />
  )
}

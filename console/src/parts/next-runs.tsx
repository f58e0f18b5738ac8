/** The schedule of a flow in words, and on request the next times that it runs by. */
import { Popover } from 'radix-ui'
import { useState } from 'react'
import { useLater } from '../api/queries.ts'
import { scheduleWords } from '../words/schedule.ts'
import { Schedule, scheduleOf } from './schedule.tsx'
import { Loading, Refusal } from './states.tsx'
import { exactTime, Time } from './time.tsx'

interface Scheduled {
  readonly _id: string
  readonly name: string
  readonly schedule?: string
  readonly timezone?: string
  readonly disabled?: boolean
  readonly pageGenerators?: readonly { readonly _exportId: string; readonly schedule?: string }[]
}

/** The ids of webhooks that the user may see. */
export function useWebhooks(): ReadonlySet<string> {
  const exports = useLater('listExports', { query: { type: 'webhook', include: 'type', limit: 1000 } }).data ?? []
  return new Set(exports.map(({ _id }) => _id))
}

export function ScheduleWithRuns({ flow, webhooks }: { readonly flow: Scheduled; readonly webhooks: ReadonlySet<string> }) {
  const [isOpen, setOpen] = useState(false)
  if (!scheduleOf(flow)) return <Schedule flow={flow} isCalled={flow.pageGenerators?.some(({ _exportId }) => webhooks.has(_exportId))} />
  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen}>
      <Popover.Trigger className="link cell-link" aria-label={scheduleWords.nextOf(flow.name)}>
        <Schedule flow={flow} />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="menu popover" align="start" sideOffset={4} collisionPadding={8} aria-label={scheduleWords.next}>
          <p className="menu-heading">{scheduleWords.next}</p>
          <NextRuns flow={flow} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}

function NextRuns({ flow: { _id, disabled } }: { readonly flow: Scheduled }) {
  const runs = useLater('listNextRuns', { params: { _id } })
  if (runs.isPending) return <Loading lines={3} />
  if (runs.error) return <Refusal error={runs.error} />
  if (runs.data.length === 0) return <p className="soft popover-text">{disabled ? scheduleWords.disabled : scheduleWords.noNext}</p>
  return (
    <ol>
      {runs.data.map(({ at }) => (
        <li key={at} className="popover-text">
          {exactTime(at)}{' '}
          <span className="soft">
            <Time at={at} />
          </span>
        </li>
      ))}
    </ol>
  )
}

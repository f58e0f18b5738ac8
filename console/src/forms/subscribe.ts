/** Subscribes the user to something, or unsubscribes them. */
import { useAct } from '../api/queries.ts'
import { notify } from '../parts/notices.tsx'
import { notificationWords as text } from '../words/notifications.ts'

export type Subject = { readonly _integrationId: string } | { readonly _flowId: string } | { readonly _connectionId: string }

export function useSubscribe(): (name: string, subject: Subject, subscribed: boolean) => void {
  const update = useAct('updateNotifications', 'listNotifications')
  return (name, subject, subscribed) =>
    update.mutate(
      { body: [{ ...subject, subscribed }] },
      {
        onSuccess: () => notify(subscribed ? text.on(name) : text.off(name)),
      },
    )
}

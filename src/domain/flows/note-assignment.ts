/** Notes that errors were assigned to somebody, in the transaction that assigns them: the one who looks after them now is told. */
import type { RowsOf } from '../ports/store.ts'

export async function noteAssignment(
  rows: RowsOf<'notices'>,
  envId: string,
  /** The flow, or the integration, whose errors they are. */
  placeId: string,
  { to, by, num, at }: { readonly to: string; readonly by: string; readonly num: number; readonly at: string },
): Promise<void> {
  if (num === 0 || to === by) return
  await rows.notices.add(envId, { kind: 'assignment', placeId, subjectId: to, num, detail: { byUserId: by }, at })
}

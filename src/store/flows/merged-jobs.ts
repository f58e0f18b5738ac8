/**
 * Jobs that are one of several: each value has an index in the order of lists, and PostgreSQL merges as many as are asked for. Asked for any of them at once it
 * reads no index in that order, and looks through all jobs for those that are rare.
 */

/** In place of the table: jobs of the environment `$1` for which one condition of every list holds. */
export function mergedJobs(...lists: readonly (readonly string[] | undefined)[]): string {
  let branches: readonly (readonly string[])[] = [[]]
  for (const list of lists) if (list) branches = branches.flatMap((branch) => list.map((condition) => [...branch, condition]))
  if (branches.length === 0) branches = [['false']]
  if (branches.length === 1 && branches[0]?.length === 0) return 'sluice.jobs'
  const parts = branches.map((conditions) => `select * from sluice.jobs where ${['env_id = $1', ...conditions].join(' and ')}`)
  return `(${parts.join(' union all ')}) jobs`
}

const open = new Set(['queued', 'running', 'retrying'])

/** Those that have not ended are few, and have an index of their own. */
export const toStatusConditions = (statuses: readonly string[], bind: (value: unknown) => string): string[] =>
  [...new Set(statuses)].map((status) => `status = ${bind(status)}${open.has(status) ? ' and ended_at is null' : ''}`)

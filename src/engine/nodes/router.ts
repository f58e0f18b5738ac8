/** A router: which branches a record takes. */
import { StepFailure, type Run } from '../adaptor.ts'
import type { Path, Router } from '../plan.ts'
import { compileRules } from '../steps/filter.ts'
import type { RouterDoc } from './flow.ts'
import { settingsOf } from './settings.ts'

export function routerNode(doc: RouterDoc, branches: readonly Path[], run: Run): Router {
  if (doc.routeRecordsUsing === 'script') {
    throw new StepFailure({
      source: 'resource',
      code: 'script_unavailable',
      message: `The router ${doc.name ?? doc.id ?? ''} routes by a script, and this server does not run scripts.`,
    })
  }
  const settings = settingsOf(run, {})
  const wants = doc.branches.map(({ inputFilter }) => compileRules(inputFilter?.rules, 'input_filter', inputFilter?.version))
  const takesAll = doc.routeRecordsTo === 'all_matching_branches'
  return {
    routerId: doc.id ?? '',
    branches,
    choose(record) {
      const fitting = wants.flatMap((isWanted, position) => (isWanted(record, settings) ? [position] : []))
      return takesAll ? fitting : fitting.slice(0, 1)
    },
  }
}

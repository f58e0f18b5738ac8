/** A router: which branches a record takes. */
import { StepFailure, type Failure } from '../adaptor.ts'
import type { Path, Router, RouterDoc } from './plan.ts'
import type { Definitions } from './read-documents.ts'
import { buildHookContext } from '../hooks/hook-options.ts'
import { collectSettings } from './step-settings.ts'

const source = 'input_filter'

export function createRouter(doc: RouterDoc, routerId: string, branches: readonly Path[], definitions: Definitions): Router {
  return {
    routerId,
    branches,
    choose: doc.routeRecordsUsing === 'script' ? routeByScript(doc, definitions) : routeByFilters(doc, definitions),
  }
}

function routeByFilters(doc: RouterDoc, { run, evaluate }: Definitions): Router['choose'] {
  const evaluation = evaluate({
    kind: 'routes',
    source,
    branches: doc.branches.map(({ inputFilter }) => ({
      rules: inputFilter?.rules,
      ...(inputFilter?.version !== undefined && { version: inputFilter.version }),
    })),
    takesAll: doc.routeRecordsTo === 'all_matching_branches',
    settings: collectSettings(run, {}),
  })
  return async (records) => (await evaluation.all(records)).map((answer) => ('stopped' in answer ? answer.stopped : answer.value))
}

/** The function names the branches by position or by name; none ends the record's way. */
function routeByScript(doc: RouterDoc, { run, createHook }: Definitions): Router['choose'] {
  const hook = createHook(doc.script, source, buildHookContext({ run, settings: collectSettings(run, {}) }))
  if (!hook) {
    const message = `The router ${doc.name ?? doc.id ?? ''} routes by a script and names none.`
    throw new StepFailure({ source: 'resource', code: 'script_missing', message })
  }
  const takesAll = doc.routeRecordsTo === 'all_matching_branches'
  const positionOf = (named: unknown): number =>
    typeof named === 'number' ? named : doc.branches.findIndex(({ name, branchId }) => name === named || branchId === named)
  return async (records) => {
    const answers = await hook.each(records.map((record) => ({ record })))
    return answers.map((answer): readonly number[] | Failure => {
      if ('failure' in answer) return answer.failure
      const named = (Array.isArray(answer.value) ? answer.value : [answer.value]) as unknown[]
      const positions = [...new Set(named.filter((each) => each !== undefined && each !== null).map(positionOf))]
      if (!positions.every((position) => doc.branches[position] !== undefined))
        return {
          source,
          code: 'script_error',
          message: `The script names a branch that the router does not have: ${JSON.stringify(answer.value)}.`,
        }
      return takesAll ? positions : positions.slice(0, 1)
    })
  }
}

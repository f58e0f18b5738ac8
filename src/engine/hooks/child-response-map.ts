/** postResponseMap of a script that says so: gets the children of the records of an import of many, and what became of each, and gives as many children. */
import type { FlowRecord, StepResult } from '../adaptor.ts'
import { StepFailure } from '../adaptor.ts'
import { compileWrite, write } from '../mapping/write-path.ts'
import { listChildren, type OneToMany } from '../values/one-to-many-children.ts'
import type { Hook } from './call-function.ts'
import { isHookRecord, toResultList } from './hook-options.ts'
import { recordIn, source, withoutRecord, type PostResponseMap } from './post-response-map.ts'

/** The responses are those of the children, by record. */
export function createChildResponseMap(hook: Hook, doc: OneToMany): PostResponseMap<readonly object[]> {
  const { pathToMany = '' } = doc
  const steps = compileWrite(pathToMany.replace(/^\$\.?/, ''))
  const childrenOf = (record: FlowRecord): readonly unknown[] => listChildren(doc, record) ?? []
  const replaced = (record: FlowRecord, children: readonly unknown[]): FlowRecord => {
    if (!Array.isArray(record)) return write(record, steps, children, new WeakSet()) as FlowRecord
    const left = [...children]
    return record.map((row) => write(row, steps, left.splice(0, childrenOf([row] as FlowRecord).length), new WeakSet()))
  }
  return async (records, results, responses) => {
    const families = results.map((result, i) => (result.kind === 'failed' ? [] : childrenOf(recordIn(result, records[i]) as FlowRecord)))
    const all = families.flat()
    if (all.length === 0) return [...results]
    const responseData = families.flatMap((children, i) => children.map((_child, at) => responses[i]?.[at] ?? {}))
    let answers: unknown[]
    try {
      answers = [
        ...toResultList(await hook.call({ postResponseMapData: all, responseData, oneToMany: true, pathToMany }), all.length, source),
      ]
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error
      return results.map((result) => (result.kind === 'failed' ? result : { kind: 'failed', failures: [error.failure] }))
    }
    return results.map((result, i): StepResult => {
      const own = answers.splice(0, families[i]?.length ?? 0)
      if (own.length === 0) return result
      if (!own.every(isHookRecord)) return withoutRecord
      return { ...result, record: replaced(recordIn(result, records[i]) as FlowRecord, own) } as StepResult
    })
  }
}

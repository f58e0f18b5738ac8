/** Finds every function of a publisher's that a document names, for people to see before anything runs. Pure. */
import { isObject } from '../../contract/walk.ts'
import type { Doc } from '../ports/document.ts'

export interface NamedFunction {
  readonly path: string
  readonly function: string
  readonly _scriptId?: string
  readonly _stackId?: string
}

/** Fields that hold the name of a function, beside a script or a stack. */
const names = ['function', 'initFormFunction', 'getUrlFunction', 'installerFunction', 'uninstallerFunction'] as const
/** Objects within objects that are looked into. */
const maxDepth = 30

export function findNamedFunctions(collection: string, doc: Doc): readonly NamedFunction[] {
  const found: NamedFunction[] = []
  const look = (value: unknown, path: string, depth: number): void => {
    if (depth > maxDepth || typeof value !== 'object' || value === null) return
    if (isObject(value)) {
      const { _scriptId: script, _stackId: stack } = value
      for (const name of names)
        if (typeof value[name] === 'string' && value[name] !== '' && (script !== undefined || stack !== undefined))
          found.push({
            path: `${path}.${name}`,
            function: value[name],
            ...(typeof script === 'string' && { _scriptId: script }),
            ...(typeof stack === 'string' && { _stackId: stack }),
          })
    }
    for (const [key, below] of Object.entries(value)) look(below, `${path}.${key}`, depth + 1)
  }
  look(doc, collection === 'integrations' ? 'integration' : `${collection}.${doc.name ?? ''}`, 0)
  return found
}

/** Collects the code that an Integration App would run, for people to approve, and refuses any other while the app is being installed. */
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'
import type { Installation } from '../ports/apps.ts'
import type { Scripts, Stacks } from '../ports/scripts.ts'
import { hashText } from '../definitions/definition.ts'
import { findNamedFunctions, type NamedFunction } from './named-functions.ts'
import type { RowsOf } from '../ports/store.ts'
import { isMemberOf, type Closure } from '../ports/clones.ts'

interface ShownScript {
  readonly _id: string
  readonly name: string
  readonly sha256: string
  readonly content?: string
  /** What of it would run, and where the app names it. */
  readonly functions: readonly Pick<NamedFunction, 'path' | 'function'>[]
}

export interface AppCode {
  readonly functions: readonly (NamedFunction & {
    readonly script?: string
    readonly stack?: string
    readonly hostURI?: string
    sha256?: string
  })[]
  readonly scripts: readonly ShownScript[]
  /** Hashes of all of it. */
  readonly hashes: readonly string[]
  /** One hash for all of it. */
  readonly sha256: string
}

/** Characters of scripts that one answer shows. What is not in it is asked for by itself. */
const maxShown = 2_000_000

/** `only` is the one script whose text is wanted. */
export async function collectAppCode(rows: RowsOf<'documents'>, envId: string, { members }: Closure, only?: string): Promise<AppCode> {
  const named = members.flatMap(({ collection, entry }) => findNamedFunctions(collection, entry.doc))
  const texts = new Map(
    members.flatMap((member) => (isMemberOf(member, 'scripts') ? [[member.entry.doc._id, member.entry.doc] as const] : [])),
  )
  const stacks = new Map<string, { name: string; hostURI: string }>()
  for (const id of new Set(named.flatMap(({ _scriptId, _stackId }) => (_scriptId === undefined && _stackId ? [_stackId] : [])))) {
    const doc = (await rows.documents.find(envId, 'stacks', id))?.doc
    if (doc?.server) stacks.set(id, { name: doc.name, hostURI: doc.server.hostURI })
  }
  const scripts: ShownScript[] = []
  let left = maxShown
  for (const [id, found] of Map.groupBy(named, ({ _scriptId }) => _scriptId)) {
    const doc = id === undefined ? undefined : texts.get(id)
    if (!doc) continue
    const { content, name } = doc
    const isShown = only === undefined ? content.length <= left : only === doc._id
    if (isShown) left -= content.length
    const functions = found.map(({ path, function: called }) => ({ path, function: called }))
    scripts.push({ _id: doc._id, name, sha256: hashText(content), ...(isShown && { content }), functions })
  }
  const byId = new Map(scripts.map((script) => [script._id, script]))
  const hashes = [
    ...new Set([...scripts.map(({ sha256 }) => sha256), ...[...stacks.values()].map(({ hostURI }) => hashText(hostURI))]),
  ].toSorted()
  return {
    functions: named.map((each) => {
      const script = each._scriptId === undefined ? undefined : byId.get(each._scriptId)
      const stack = each._stackId === undefined ? undefined : stacks.get(each._stackId)
      return {
        ...each,
        ...(script && { script: script.name, sha256: script.sha256 }),
        ...(stack && { stack: stack.name, hostURI: stack.hostURI }),
      }
    }),
    scripts,
    hashes,
    sha256: hashText(hashes.join('\n')),
  }
}

const codeChanged = (what: string): DomainError =>
  new DomainError(
    'code_changed',
    `${what} is not as it was when the app was shown and its installation begun. Look at GET /v1/connectors/{_id}/install/preview, and send its sha256 with the step to go on.`,
    'sha256',
  )

/** Refuses what `sha256` was not answered for. */
export function checkCodeHash(code: AppCode, sha256: string | undefined): void {
  if (sha256 !== undefined && sha256 !== code.sha256) throw codeChanged('The code of the app')
}

/** What runs is compared, not what was read some time before: the very text. */
export function restrictToApproved({ scripts, stacks }: Context, { shown }: Installation): { scripts: Scripts; stacks: Stacks } {
  if (!shown) return { scripts, stacks }
  const check = (text: string, what: string): void => {
    if (!shown.includes(hashText(text))) throw codeChanged(what)
  }
  return {
    scripts: {
      async call(call, options) {
        check(call.script.content, `The script ${call.script.name}`)
        return scripts.call(call, options)
      },
      async callEach(call, options, shared) {
        check(call.script.content, `The script ${call.script.name}`)
        return scripts.callEach(call, options, shared)
      },
    },
    stacks: {
      async call(call) {
        check(call.hostURI, 'The stack that serves the function')
        return stacks.call(call)
      },
    },
  }
}

/** What is offered while a template is typed: the names that it sees, their fields, and the helpers. */
import { snippetCompletion, type Completion, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete'
import type { Json } from '../editor.ts'
import { templateHelpers } from './template-helpers.ts'

/** From the braces to the cursor, where none has been closed. */
const within = /\{\{\{?[#^]?[^{}]*$/
/** The word before the cursor: a path, as far as it is typed. */
const word = /[\w$@][\w$.[\] -]*$|[\w$@]*$/

/** An example without what stands around its block. */
const shortest = (example: string): string => (example.length > 60 ? `${example.slice(0, 59)}…` : example)

const helpers: readonly Completion[] = templateHelpers.map(([name, example, what]) => ({
  label: name,
  type: 'function',
  detail: shortest(example),
  info: what,
  boost: -1,
}))
const blocks = templateHelpers
  .filter(([name, example]) => example.startsWith(`{{#${name} `))
  .map(([name, example, what]) =>
    snippetCompletion(`${name} \${value}}}\${}{{/${name}`, {
      label: name,
      type: 'keyword',
      detail: shortest(example),
      info: what,
      boost: -1,
    }),
  )

export function completeTemplate(readSeen: () => Json): (context: CompletionContext) => CompletionResult | null {
  return (context) => {
    const open = context.matchBefore(within)
    if (!open) return null
    const isBlock = /^\{\{\{?[#^]\w*$/.test(open.text)
    if (isBlock) return { from: context.pos - (/\w*$/.exec(open.text)?.[0].length ?? 0), options: blocks, validFor: /^\w*$/ }
    const typed = lastWord(open.text)
    const dot = typed.lastIndexOf('.')
    const from = context.pos - typed.length
    if (dot < 0) return { from, options: [...fieldsOf(readSeen(), 'variable'), ...helpers], validFor: /^[\w$@]*$/ }
    return {
      from: from + dot + 1,
      options: fieldsOf(readPath(readSeen(), typed.slice(0, dot)), 'property'),
      validFor: /^[\w$[\]-]*$/,
    }
  }
}

const lastWord = (text: string): string => {
  const inner = /[\w$@][\w$.[\]-]*$/.exec(text)?.[0] ?? ''
  return word.test(inner) ? inner : ''
}

function readPath(seen: unknown, path: string): unknown {
  let found = seen
  for (const name of path.match(/\[[^\]]*\]|[^.[\]]+/g) ?? []) {
    if (typeof found !== 'object' || found === null) return undefined
    found = (found as Record<string, unknown>)[name.replaceAll(/^\[|\]$/g, '')]
  }
  return found
}

/** Names with other signs in them, and places of lists, stand in brackets. */
const written = (name: string): string => (/^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(name) ? name : `[${name}]`)

const fieldsOf = (value: unknown, type: string): readonly Completion[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value)
        .slice(0, 200)
        .map(([name, each]) => ({ label: written(name), type, detail: (JSON.stringify(each) ?? '').slice(0, 40) }))
    : []

/** Answers of exports in XML: read as plain data, in which the paths of the export are paths of names, such as /Orders/Order or /Orders/@count. */
import type { SourceStep } from '../../../adaptor.ts'
import type { Evaluate } from '../../../evaluation/evaluator.ts'
import type { ResponseBody } from '../response-body.ts'

type Http = NonNullable<SourceStep['doc']['http']>

export interface XmlBody extends ResponseBody {
  /** Why it cannot be read. */
  readonly fault?: string
}

export async function readXmlBody(evaluate: Evaluate, text: string): Promise<XmlBody> {
  const read = await evaluate({ kind: 'xmlDocument', source: 'application' }).one({ text })
  const fault =
    'stopped' in read
      ? read.stopped.message
      : 'fault' in read.value
        ? `The application answered something that ${read.value.fault}`
        : undefined
  if (fault !== undefined) return { text, body: undefined, unreadable: 'media_type_unsupported', fault }
  return { text, body: 'value' in read && 'value' in read.value ? read.value.value : undefined }
}

/** `/Orders/Order` is how paths into XML are written. */
export const toDottedPath = (path: string): string => (path.startsWith('/') ? path.slice(1).replaceAll('/', '.') : path)

const responsePaths = ['resourcePath', 'successPath', 'failPath'] as const
const pagingPaths = ['pathAfterFirstRequest', 'resourcePath', 'lastPagePath', 'maxPagePath', 'maxCountPath'] as const

/** The same export with the paths that are looked up in its answers as paths of names. */
export function withDottedPaths(http: Http): Http {
  const { response, paging } = http
  return {
    ...http,
    ...(response && { response: dotted(response, responsePaths) }),
    ...(paging && { paging: dotted(paging, paging.pathLocation === 'header' ? pagingPaths : ['path', ...pagingPaths]) }),
  }
}

function dotted<T extends object>(block: T, fields: readonly (keyof T)[]): T {
  const changed = fields.flatMap((field) => {
    const path = block[field]
    return typeof path === 'string' && path.startsWith('/') ? [[field, toDottedPath(path)] as const] : []
  })
  return changed.length > 0 ? { ...block, ...Object.fromEntries(changed) } : block
}

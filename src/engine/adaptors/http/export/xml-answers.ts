/** Answers of exports in XML: read as plain data, in which the paths of the export are paths of names, such as /Orders/Order or /Orders/@count. */
import { StepFailure, type SourceStep } from '../../../adaptor.ts'
import { readParsers, type ContentParser } from '../../../values/content-parsers.ts'
import { compileXmlPath, InvalidXmlPath } from '../../../values/xml-path.ts'
import type { Evaluate } from '../../../evaluation/evaluator.ts'
import type { XmlDocumentRules } from '../../../values/xml-document.ts'
import type { ResponseBody } from '../response-body.ts'

type Http = NonNullable<SourceStep['doc']['http']>

export interface XmlBody extends ResponseBody {
  /** Why it cannot be read. */
  readonly fault?: string
}

export async function readXmlBody(evaluate: Evaluate, text: string, rules: XmlDocumentRules = {}): Promise<XmlBody> {
  const read = await evaluate({ kind: 'xmlDocument', source: 'application', ...rules }).one({ text })
  const fault =
    'stopped' in read
      ? read.stopped.message
      : 'fault' in read.value
        ? `The application answered something that ${read.value.fault}`
        : undefined
  if (fault !== undefined) return { text, body: undefined, unreadable: 'media_type_unsupported', fault }
  return { text, body: 'value' in read && 'value' in read.value ? read.value.value : undefined }
}

/** What the document says of the path goes before what its parser says. */
export function withParserPath(http: Http, parsers: unknown): Http {
  const parser = requireParser(parsers)
  if (!parser?.resourcePath || http.response?.resourcePath) return http
  if (/\/\/|[*[@]/.test(parser.resourcePath)) {
    const message = `"${parser.resourcePath.slice(0, 200)}" cannot be followed in an answer: its paths are paths of names, such as /Orders/Order.`
    throw new StepFailure({ source: 'internal', code: 'invalid_xml_path', message })
  }
  return { ...http, response: { ...http.response, resourcePath: parser.resourcePath } }
}

/** The parser of a step, whose fields were looked at before. Throws `StepFailure` where a path of it cannot be followed. */
export function requireParser(parsers: unknown): ContentParser | undefined {
  const parser = readParsers(parsers)
  if (parser === undefined || parser === 'unknown') return undefined
  const { listNodes = [], includeNodes = [], excludeNodes = [] } = parser.xml ?? {}
  try {
    for (const path of [...listNodes, ...includeNodes, ...excludeNodes]) if (path.trim() !== '') compileXmlPath(path)
    return parser
  } catch (error) {
    if (error instanceof InvalidXmlPath) throw new StepFailure({ source: 'internal', code: 'invalid_xml_path', message: error.message })
    throw error
  }
}

/** A path of names, as one into XML. */
export const toXmlPath = (path = ''): string => (path === '' || path.startsWith('/') ? path : `/${path.replaceAll('.', '/')}`)

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

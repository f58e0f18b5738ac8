/** RESTExport and connections of the type `rest`: the older type, read as what it is over HTTP. What an export says in the words of `http` goes before their older ones. */
import { isObject } from '../../../contract/walk.ts'
import type { Adaptor, ConnectionAdaptor, ExportDoc, SourceAdaptor, SourceStep } from '../../adaptor.ts'
import { refuseFields } from '../../fields/refuse-fields.ts'
import { asHttp } from '../../outgoing/older-rest.ts'
import { oncePerStep } from '../once-per-step.ts'
import { http } from './adaptor.ts'
import type { HttpPorts } from './connection-client.ts'

export function olderRest(ports: HttpPorts): Adaptor {
  const { connections, source } = http(ports)
  return { ...(connections && { connections: restConnections(connections) }), ...(source && { source: restExport(source) }) }
}

const restConnections = (overHttp: ConnectionAdaptor): ConnectionAdaptor => ({
  isFor: ({ type, rest }) => type === 'rest' && rest !== undefined,
  fieldOf: (code) => (code === 'auth_type_unsupported' ? 'rest.authType' : 'rest.baseURI'),
  ready: (connection, run) => overHttp.ready(asHttp(connection), run),
  advise: (connection) =>
    (overHttp.advise?.(asHttp(connection)) ?? []).map(({ field, message }) => ({ field: field.replace(/^http/, 'rest'), message })),
  hasPing: (connection) => overHttp.hasPing(asHttp(connection)),
  ping: (connection, run) => overHttp.ping(asHttp(connection), run),
})

function restExport(overHttp: SourceAdaptor): SourceAdaptor {
  const read = oncePerStep((step: SourceStep): SourceStep => {
    refuseFields('exports', step.doc)
    return { ...step, doc: asHttpExport(step.doc) }
  })
  return {
    adaptorType: 'RESTExport',
    fieldOf: (code) => overHttp.fieldOf(code).replace(/^http/, 'rest'),
    ready: async (step) => overHttp.ready(read(step)),
    pages: (step, from, watching) => overHttp.pages(read(step), from, watching),
    lookup: async (step, records, told) => overHttp.lookup(read(step), records, told),
  }
}

function asHttpExport(doc: ExportDoc): ExportDoc {
  const { rest, ...others } = doc
  const http = isObject(rest) && !doc.http?.relativeURI ? { ...readHttp(rest), ...doc.http } : doc.http
  return { ...others, adaptorType: 'HTTPExport', ...(http && { http }) } as ExportDoc
}

type Rest = Readonly<Record<string, unknown>>
const text = (value: unknown): string | undefined =>
  value === undefined || value === null ? undefined : typeof value === 'string' ? value : JSON.stringify(value)
const given = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null))

function readHttp(rest: Rest): object {
  const { relativeURI, method, headers, postBody, requestMediaType, resourcePath, successPath, successValues, once } = rest
  const paging = readPaging(rest, text(relativeURI) ?? '')
  const ofOnce = isObject(once) ? readOnce(once) : undefined
  const response = given({ resourcePath, successPath, successValues })
  return given({ relativeURI, method, headers, body: text(postBody), requestMediaType, response, once: ofOnce, ...(paging && { paging }) })
}

const readOnce = ({ relativeURI, method, postBody }: Rest): object => given({ relativeURI, method, body: text(postBody) })

/** What stands in the address of the first request is where counting begins. */
function readPaging(rest: Rest, relativeURI: string): object | undefined {
  const { pagingMethod, nextPagePath, nextPageRelativeURI, linkHeaderRelation, pageArgument, skipArgument, pagingPostBody } = rest
  const { maxPagePath, maxCountPath, lastPageStatusCode, lastPagePath, lastPageValues, lastPageValue } = rest
  const ends = {
    maxPagePath,
    maxCountPath,
    lastPageStatusCode,
    lastPagePath,
    lastPageValues: lastPageValues ?? (lastPageValue === undefined ? undefined : [lastPageValue]),
  }
  const counted = (name: unknown, what: string): string => withParameter(relativeURI, String(name), `{{export.http.paging.${what}}}`)
  const ways: Readonly<Record<string, () => object>> = {
    nextpageurl: () => ({ method: 'url', path: nextPagePath }),
    relativeuri: () => ({ method: 'relativeuri', relativeURI: nextPageRelativeURI }),
    linkheader: () => ({ method: 'linkheader', linkHeaderRelation }),
    postbody: () => ({ method: 'body', body: text(pagingPostBody) }),
    token: () => ({ method: 'token', path: nextPagePath, relativeURI: counted(pageArgument, 'token') }),
    pageargument: () => ({ method: 'page', page: numberIn(relativeURI, pageArgument, 1), relativeURI: counted(pageArgument, 'page') }),
    skipargument: () => ({ method: 'skip', skip: numberIn(relativeURI, skipArgument, 0), relativeURI: counted(skipArgument, 'skip') }),
  }
  const way = typeof pagingMethod === 'string' && Object.hasOwn(ways, pagingMethod) ? ways[pagingMethod] : undefined
  return way && given({ ...way(), ...ends })
}

/** Parts of a query are told apart outside of templates. */
function partsOf(relativeURI: string): { readonly path: string; readonly parts: readonly string[] } {
  const [path = '', ...query] = relativeURI.split('?')
  return { path, parts: query.length > 0 ? query.join('?').split(/&(?![^{]*\}\})/) : [] }
}

function withParameter(relativeURI: string, name: string, value: string): string {
  const { path, parts } = partsOf(relativeURI)
  return `${path}?${[...parts.filter((part) => part !== '' && !part.startsWith(`${name}=`)), `${name}=${value}`].join('&')}`
}

function numberIn(relativeURI: string, name: unknown, otherwise: number): number {
  const said = partsOf(relativeURI).parts.find((part) => part.startsWith(`${String(name)}=`))
  const number = Number(said?.split('=')[1])
  return said !== undefined && Number.isInteger(number) ? number : otherwise
}

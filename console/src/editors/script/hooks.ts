/** What functions of scripts are handed at each stage, and what they have to return: for the editor's arguments, and for what it says beside them. */
import type { EditorContext, Json } from '../editor.ts'

export type HookName =
  | 'preSavePage'
  | 'preMap'
  | 'postMap'
  | 'postSubmit'
  | 'postAggregate'
  | 'postResponseMap'
  | 'filter'
  | 'transform'
  | 'branching'

/** What the function is called with for these records, as a run would. */
export function argumentsOf(hook: HookName, records: readonly unknown[], context: EditorContext): Json {
  const around = aroundOf(context)
  const [record = {}] = records
  switch (hook) {
    case 'preSavePage':
      return {
        data: records,
        errors: [],
        files: [],
        retryData: {},
        pageIndex: 0,
        lastExportDateTime: '1970-01-01T00:00:00Z',
        currentExportDateTime: new Date().toISOString(),
        ...around,
      }
    case 'preMap':
      return { data: records, ...around }
    case 'postMap':
      return { preMapData: records, postMapData: records, ...around }
    case 'postSubmit':
      return {
        preMapData: records,
        postMapData: records,
        responseData: records.map((_, i) => ({ statusCode: 200, id: String(i + 1), errors: [], ignored: false, _json: {} })),
        ...around,
      }
    case 'postAggregate':
      return { postAggregateData: { success: true, _json: {} }, ...around }
    case 'postResponseMap':
      return {
        postResponseMapData: records,
        responseData: records.map(() => ({ statusCode: 200, _json: {} })),
        oneToMany: false,
        ...around,
      }
    case 'filter':
    case 'transform':
      return { record, ...around }
    case 'branching':
      return { record, ...aroundFlow(context) }
  }
}

function aroundOf(context: EditorContext): Json {
  const { _id, _connectionId } = context.document
  return {
    ...(_id !== undefined && { [context.kind === 'import' ? '_importId' : '_exportId']: _id }),
    ...(_connectionId !== undefined && { _connectionId }),
    ...aroundFlow(context),
  }
}

const aroundFlow = ({ flowId, integrationId, owner, settings }: EditorContext): Json => ({
  ...(flowId !== undefined && { _flowId: flowId }),
  ...owner,
  ...(integrationId !== undefined && { _integrationId: integrationId }),
  settings,
  testMode: true,
})

/** A function that does nothing, to begin with. */
export const stubOf = (hook: HookName, name: string): string => `function ${name}(options) {\n  ${bodies[hook]}\n}\n`

const bodies: Readonly<Record<HookName, string>> = {
  preSavePage: 'return { data: options.data, errors: options.errors, abort: false }',
  preMap: 'return options.data.map((data) => ({ data }))',
  postMap: 'return options.postMapData.map((data) => ({ data }))',
  postSubmit: 'return options.responseData',
  postAggregate: 'console.log(options.postAggregateData.success)',
  postResponseMap: 'return options.postResponseMapData',
  filter: 'return true',
  transform: 'return options.record',
  branching: 'return [0]',
}

/** Functions at the top level of a script, in their order. */
export const functionsOf = (content: string): readonly string[] => [
  ...new Set(
    [
      ...content.matchAll(
        /^(?:export\s+)?(?:async\s+)?(?:function\s*\*?\s*([\w$]+)|(?:const|let|var)\s+([\w$]+)\s*=\s*(?:async\s*)?(?:function\b|\([^)]*\)\s*=>|[\w$]+\s*=>))/gm,
      ),
    ].map(([, named, assigned]) => named ?? assigned ?? ''),
  ),
]

/** Records that a step is tried on: a page of its export, or what reaches it in a flow, or what somebody typed in. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call, readScope, type CallResult } from '../../api/client.ts'
import { mostSampled, readStoredSample } from '../../builder/stored-sample.ts'
import { isSame } from '../../parts/is-same.ts'
import type { EditorContext, Json, Sample } from '../editor.ts'

type Flow = CallResult<'getFlow'>

/** `ofStage`: which records are wanted of an export, those that the application sends or those that its transform made. `given`: records that are there already. */
export function useSample(context: EditorContext, ofStage: 'fetched' | 'transformed' = 'fetched', given?: readonly unknown[]): Sample {
  const { kind, document, flowId } = context
  const [own, setOwn] = useState<readonly unknown[]>()
  const { account, env } = readScope()
  // As it was when it was opened: while somebody types, no application is asked for what is half typed.
  const [fetched, setFetched] = useState<Json>(() => asFetched(document, ofStage))
  const client = useQueryClient()
  const source = kind === 'export' ? fetched : { flowId, stepId: document['_id'] }
  const isOnlyTyped = kind === 'export' ? typeof document['_connectionId'] !== 'string' : flowId === undefined
  const keyOf = (of: object) => ['sample', of, account ?? '', env ?? '']
  const asked = useQuery({
    queryKey: keyOf(source),
    queryFn: () => (kind === 'export' ? fetchPage(source as Json) : fetchArriving(String(flowId), String(document['_id']))),
    enabled: !isOnlyTyped && given === undefined,
    // It asks an application: only where somebody wants it again.
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    retry: false,
  })
  return {
    records: own ?? asked.data ?? given?.slice(0, mostSampled) ?? readStoredSample(document),
    isBusy: asked.isFetching,
    error: own ? undefined : asked.error,
    isOnlyTyped,
    fetch: () => {
      setOwn(undefined)
      const now = asFetched(document, ofStage)
      if (kind !== 'export' || isSame(now, fetched)) return void asked.refetch()
      client.removeQueries({ queryKey: keyOf(now), exact: true })
      setFetched(now)
    },
    set: setOwn,
  }
}

const none: readonly unknown[] = []

/** Without what is done with the records afterwards: that is what is being tried. */
function asFetched(
  { transform, filter: _filter, hooks: _hooks, mockOutput: _mock, ...doc }: Json,
  ofStage: 'fetched' | 'transformed',
): Json {
  return { ...doc, ...(ofStage === 'transformed' && transform !== undefined && { transform }), pageSize: mostSampled }
}

async function fetchPage({ _connectionId, ...doc }: Json): Promise<readonly unknown[]> {
  const { data } = await call('exportPageOverConnection', { params: { _id: String(_connectionId) }, body: { export: { ...doc } } })
  return data.slice(0, mostSampled)
}

/** Where nothing stands before the step, a page of the flow's first source; else what a test of the flow brings there. */
async function fetchArriving(flowId: string, stepId: string): Promise<readonly unknown[]> {
  const flow = await call('getFlow', { params: { _id: flowId } })
  const [generator] = flow.pageGenerators ?? []
  if (!generator) return none
  // A branch stands in the flow itself: what comes from its source is near enough.
  if (stepId !== flowId && !isFirst(flow, stepId)) return fetchTested(flowId, stepId)
  const { mockOutput, ...source } = (await call('getExport', { params: { _id: generator._exportId } })) as Json
  if (typeof source['_connectionId'] !== 'string') return readStoredSample({ mockOutput, ...source })
  return fetchPage({ ...source, pageSize: mostSampled })
}

const idOf = ({ _importId, _exportId }: { _importId?: string; _exportId?: string }) => _importId ?? _exportId

function isFirst({ pageProcessors = [], routers = [] }: Flow, stepId: string): boolean {
  const [first] =
    pageProcessors.length > 0 ? pageProcessors : (routers[0]?.branches.length === 1 && routers[0].branches[0]?.pageProcessors) || []
  return first !== undefined && idOf(first) === stepId
}

async function fetchTested(flowId: string, stepId: string): Promise<readonly unknown[]> {
  const { childJobs } = await call('testFlow', { params: { _id: flowId }, body: {} })
  const step = childJobs.find(
    (each) => each._importId === stepId || (each._exportId === stepId && each.stages.some(({ name }) => name !== 'parse')),
  )
  const stage = step?.stages.find(({ name }) => ['inputFilter', 'preMap', 'mapping', 'request'].includes(name))
  return (stage?.input ?? none).filter((each) => typeof each === 'object' && each !== null).slice(0, mostSampled)
}

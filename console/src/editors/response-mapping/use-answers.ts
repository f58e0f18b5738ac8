/** What a step answers, for its response mapping: of a test of its flow, or an answer that looks as the step's would. */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call, readScope } from '../../api/client.ts'
import type { EditorContext, Sample } from '../editor.ts'

/** Answers of a sample: a page. */
const mostAnswers = 20

const isStored = /^[0-9a-f]{24}$/

/** As they look where nobody has asked yet. */
const likely = {
  lookup: { data: [{}], ignored: false, errors: [] },
  import: { id: '1', statusCode: 200, ignored: false, errors: [], _json: {} },
} as const

export function useAnswers({ kind, document, flowId }: EditorContext): Sample {
  const [own, setOwn] = useState<readonly unknown[]>()
  const { account, env } = readScope()
  const stepId = String(document['_id'])
  const isOnlyTyped = flowId === undefined || !isStored.test(stepId)
  const asked = useQuery({
    queryKey: ['answers', flowId, stepId, account ?? '', env ?? ''],
    queryFn: () => fetchAnswers(String(flowId), stepId),
    // It asks every application of the flow: only where somebody wants it.
    enabled: false,
    retry: false,
  })
  return {
    records: own ?? (asked.data && asked.data.length > 0 ? asked.data : [kind === 'lookup' ? likely.lookup : likely.import]),
    isBusy: asked.isFetching,
    error: own ? undefined : asked.error,
    isOnlyTyped,
    fetch: () => {
      setOwn(undefined)
      void asked.refetch()
    },
    set: setOwn,
  }
}

/** Imports send nothing in a test: theirs is what they have as `mockResponse`. */
async function fetchAnswers(flowId: string, stepId: string): Promise<readonly unknown[]> {
  const { childJobs } = await call('testFlow', { params: { _id: flowId }, body: {} })
  const stages = childJobs.filter(({ _importId, _exportId }) => stepId === (_importId ?? _exportId)).flatMap((job) => job.stages)
  return stages
    .filter(({ name }) => name === 'parse')
    .flatMap(({ output }) => output ?? [])
    .filter((each) => typeof each === 'object' && each !== null)
    .slice(0, mostAnswers)
}

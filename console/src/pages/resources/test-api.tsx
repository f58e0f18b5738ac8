/** An API with the address that it is called at, and a test call: what is asked, what is answered, what each step made of it. */
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call, type CallInput } from '../../api/client.ts'
import { useData, useLater } from '../../api/queries.ts'
import { dataWords } from '../../words/data.ts'
import { CopyText } from '../../parts/copy-text.tsx'
import { Button } from '../../parts/button.tsx'
import { FieldControl } from '../../parts/field-control.tsx'
import { JsonView } from '../../parts/json-view.tsx'
import { parseJson } from '../../parts/parse-json.ts'
import { Refusal } from '../../parts/states.tsx'
import { Badge } from '../../parts/status.tsx'
import { Failures, TestedSteps } from './test-result.tsx'
import './resource-parts.css'

type Mock = NonNullable<NonNullable<CallInput<'testApi'>['body']>['mockRequest']>
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
const words = dataWords.test

/** Names of exports and imports, for the steps of a test run. */
export function useStepNames(): ReadonlyMap<string, string> {
  const query = { limit: 1000 }
  const found = [...(useLater('listExports', { query }).data ?? []), ...(useLater('listImports', { query }).data ?? [])]
  return new Map(found.map(({ _id, name }) => [_id, name ?? _id]))
}

export function TestApi({ id }: { readonly id: string }) {
  const api = useData('getAPI', { params: { _id: id } })
  const names = useStepNames()
  const { type, version = 'v1', builder } = api
  const request = builder?.request
  const isScript = type !== 'builder'
  const [mock, setMock] = useState<Mock>(() => startOf(request?.mockRequest ?? {}, request?.relativeURI ?? '', request?.queryParams ?? []))
  const [body, setBody] = useState(() => (mock.body === undefined ? '' : JSON.stringify(mock.body, null, 2)))
  const [may, setMay] = useState({ allowImports: false, allowScriptWrites: false })
  const test = useMutation({
    mutationFn: () => {
      const parsed = body.trim() === '' ? undefined : parseJson(body)
      if (parsed && 'why' in parsed) throw new Error(words.noJson(words.body, parsed.why))
      const { body: _before, ...rest } = mock
      return call('testApi', { params: { _id: id }, body: { mockRequest: { ...rest, ...(parsed && { body: parsed.value }) }, ...may } })
    },
  })
  const path = isScript ? `/v1/apis/${id}/request` : `/apis/${version}${request?.relativeURI ?? ''}`
  const pairs = (name: 'pathParams' | 'queryParams' | 'headers') => (
    <FieldControl
      kind="pairs"
      label={words[name]}
      value={mock[name] ?? {}}
      onChange={(value) => setMock({ ...mock, [name]: value as Record<string, unknown> })}
    />
  )
  return (
    <>
      <p className="address lead">
        <span>{words.address}</span>
        {request && <Badge>{request.method}</Badge>}
        <CopyText text={`${window.location.origin}${path}`} />
      </p>
      <div className="test-run">
        <div>
          <p className="soft">{words.hint}</p>
          {isScript && (
            <FieldControl
              kind="select"
              isRequired
              label={words.method}
              value={mock.method ?? 'GET'}
              options={methods.map((value) => ({ value, label: value }))}
              onChange={(method) => setMock({ ...mock, method: method as (typeof methods)[number] })}
            />
          )}
          {!isScript && pairs('pathParams')}
          {pairs('queryParams')}
          {pairs('headers')}
          <FieldControl
            kind="code"
            language="text"
            label={words.body}
            value={body}
            onChange={(text) => setBody(typeof text === 'string' ? text : '')}
          />
          <FieldControl
            kind="flag"
            label={words.allowImports}
            value={may.allowImports}
            onChange={(on) => setMay({ ...may, allowImports: on === true })}
          />
          <FieldControl
            kind="flag"
            label={words.allowScriptWrites}
            value={may.allowScriptWrites}
            onChange={(on) => setMay({ ...may, allowScriptWrites: on === true })}
          />
          <div>
            <Button kind="primary" icon="play" busy={test.isPending} onClick={() => test.mutate()}>
              {words.run}
            </Button>
          </div>
        </div>
        <div role="status">
          <Refusal error={test.error} />
          {test.data && (
            <>
              {test.data.response ? (
                <section aria-label={words.response}>
                  <h2 className="lead">{words.answer(test.data.response.statusCode)}</h2>
                  {test.data.response.body === null ? (
                    <p className="soft">{words.noBody}</p>
                  ) : (
                    <JsonView label={words.response} value={test.data.response.body} />
                  )}
                </section>
              ) : (
                <h2>{words.failed}</h2>
              )}
              <Failures failures={test.data.flowJob.errors} />
              <TestedSteps steps={test.data.childJobs} names={names} />
            </>
          )}
        </div>
      </div>
    </>
  )
}

/** The example of the API, and a place for each parameter that it has none of. */
function startOf(mock: object, path: string, queryParams: readonly { readonly key?: string }[]): Mock {
  const { pathParams, ...given } = mock as Mock
  const named = [...path.matchAll(/:([A-Za-z0-9_]+)/g)].map(([, name = '']) => name)
  const empty = (names: readonly string[]): Record<string, unknown> => Object.fromEntries(names.map((name) => [name, '']))
  return {
    ...given,
    pathParams: { ...empty(named), ...pathParams },
    queryParams: { ...empty(queryParams.flatMap(({ key }) => (key ? [key] : []))), ...given.queryParams },
  }
}

/** An API with the address that it is called at, and a test call: what is asked, what is answered, what each step made of it. */
import { useState } from 'react'
import { call, type CallInput } from '../../api/client.ts'
import { useData } from '../../api/queries.ts'
import { dataWords } from '../../words/data.ts'
import { CopyText } from '../../parts/copy-text.tsx'
import { FieldControl } from '../../parts/field-control.tsx'
import { JsonView } from '../../parts/json-view.tsx'
import { parseJson } from '../../parts/parse-json.ts'
import { Badge } from '../../parts/status.tsx'
import { TestRun } from './test-run.tsx'

type Mock = NonNullable<NonNullable<CallInput<'testApi'>['body']>['mockRequest']>
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
const words = dataWords.test

export function TestApi({ id }: { readonly id: string }) {
  const api = useData('getAPI', { params: { _id: id } })
  const { type, version = 'v1', builder } = api
  const request = builder?.request
  const isScript = type !== 'builder'
  const [mock, setMock] = useState<Mock>(() => startOf(request?.mockRequest ?? {}, request?.relativeURI ?? '', request?.queryParams ?? []))
  const [body, setBody] = useState(() => (mock.body === undefined ? '' : JSON.stringify(mock.body, null, 2)))
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
      <TestRun
        run={async (may) => {
          const parsed = body.trim() === '' ? undefined : parseJson(body)
          if (parsed && 'why' in parsed) throw new Error(words.noJson(words.body, parsed.why))
          const { body: _before, ...rest } = mock
          return call('testApi', { params: { _id: id }, body: { mockRequest: { ...rest, ...(parsed && { body: parsed.value }) }, ...may } })
        }}
        showAnswer={({ response }) =>
          response && (
            <section aria-label={words.response}>
              <h2 className="lead">{words.answer(response.statusCode)}</h2>
              {response.body === null ? <p className="soft">{words.noBody}</p> : <JsonView label={words.response} value={response.body} />}
            </section>
          )
        }
      >
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
      </TestRun>
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

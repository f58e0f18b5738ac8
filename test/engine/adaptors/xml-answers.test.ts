/** XML answers of imports: what cannot work is refused before the first record, and no answer holds anything up. */
import { expect, it } from 'vitest'
import { StepFailure } from '../../../src/engine/adaptor.ts'
import { aRun, connectionTo, importDoc, scripted, stage } from './stage.ts'

const failureOf = async (http: object, connection: object = {}): Promise<unknown> => {
  const server = await scripted([{ body: {} }])
  const doc = importDoc({ http: { method: ['POST'], relativeURI: ['/'], ...http } })
  const error = await stage()
    .sink.ready({ doc, connection: connectionTo(server.origin, connection), run: aRun() })
    .catch((caught: unknown) => caught)
  expect(server.asked).toEqual([])
  return error instanceof StepFailure ? error.failure : error
}

it.each([
  [
    'a path for JSON',
    { successMediaType: 'xml', response: { successPath: ['Response.Status'] } },
    {},
    'invalid_path',
    'is a path for JSON',
  ],
  ['a JSON path', { response: { failPath: ['$.error'] } }, { successMediaType: 'xml' }, 'invalid_path', 'is a path for JSON'],
  ['what is no XPath', { successMediaType: 'xml', response: { resourceIdPath: ['/a['] } }, {}, 'invalid_path', '"/a[" is not an XPath.'],
  [
    'paths in plain text',
    { successMediaType: 'plaintext', response: { failPath: ['error'] } },
    {},
    'answer_paths_unsupported',
    'as plaintext',
  ],
])('%s is refused before the first record', async (_what, http, connection, code, message) => {
  expect(await failureOf(http, connection)).toMatchObject({ code, message: expect.stringContaining(message) })
})

it('plain text without paths, paths in CSV, and XPath with prefixes are ready', async () => {
  expect(await failureOf({ successMediaType: 'plaintext' })).toBeUndefined()
  expect(await failureOf({ response: { successPath: ['ok'] } }, { successMediaType: 'csv' })).toBeUndefined()
  expect(await failureOf({ successMediaType: 'xml', response: { successPath: ['/s:Envelope/s:Body//Status'] } })).toBeUndefined()
})

async function outcomeOf(body: string, path: string): Promise<object | undefined> {
  const server = await scripted([{ body, headers: { 'content-type': 'application/xml' } }])
  const doc = importDoc({ http: { method: ['POST'], relativeURI: ['/'], response: { failPath: [path] } } })
  const [outcome] = await stage().sink.write({ doc, connection: connectionTo(server.origin), run: aRun() }, [{ record: {}, mapped: {} }])
  return outcome
}

it.each([
  ['an answer that is nested too deeply', `${'<a>'.repeat(300)}${'</a>'.repeat(300)}`, '//error', 'too_deep'],
  ['one that never comes up again', '<a>'.repeat(20_000), '//error', 'invalid_xml'],
  ['an answer that is too long', `<a>${'x'.repeat(5_000_001)}</a>`, '//error', 'response_too_large'],
  ['a path that never ends', `<a>${'<b/>'.repeat(20_000)}</a>`, '//*[count(//*[count(//*) > 1]) > 1]', 'evaluation_stopped'],
])('%s fails its record in words', { timeout: 60_000 }, async (_what, body, path, code) => {
  expect(await outcomeOf(body, path)).toMatchObject({
    kind: 'failed',
    failures: [{ code, message: expect.stringMatching(/^The XML that the application answered/) }],
  })
})

it('what would be the 256th level is read', async () => {
  expect(await outcomeOf(`${'<a>'.repeat(255)}<error>x</error>${'</a>'.repeat(255)}`, '//error')).toMatchObject({
    kind: 'failed',
    failures: [{ code: '200' }],
  })
})

/** What a cursor keeps of an answer can be stored: PostgreSQL takes neither U+0000 nor half of a surrogate pair. */
import { expect, it } from 'vitest'
import { firstState, nextState, type Paging } from '../../../src/engine/adaptors/http/export/paging.ts'
import type { Reply } from '../../../src/engine/adaptors/http/export/reply.ts'

const reply = (body: object): Reply => ({
  url: 'https://api.example/',
  storable: (url) => url,
  statusCode: 200,
  headers: {},
  body,
  records: [{ id: 1 }],
  bytes: 2,
})
const token: Paging = { method: 'token', path: 'next' }

it.each(['a\0b', 'a\ud800b'])('a token %j ends the export in words', (next) => {
  expect(() => nextState(token, firstState(token), reply({ next }), [])).toThrow('not a valid text')
})

it('the previous page is kept with marks in place of what cannot be', () => {
  const paging: Paging = { method: 'body' }
  const state = nextState(paging, firstState(paging), reply({ 'a\0': ['x\0y', '\ud800', '🧪', 1, null] }), 'all')
  expect(state?.previous).toMatchObject({ full_response: { 'a\ufffd': ['x\ufffdy', '\ufffd', '🧪', 1, null] } })
})

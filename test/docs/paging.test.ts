/** docs/paging.md: every export of the page asks what the page says it asks, and the page has every method and every field of paging. */
import { expect, test } from 'vitest'
import { paging } from '../../src/contract/resources/export/http-paging.ts'
import { aRun, collect, connectionTo, exportDoc, lineOf, scripted, stage, type ScriptedAnswer } from '../engine/adaptors/stage.ts'
import { blocksOf, pageOf } from './page.ts'

const page = pageOf('paging.md')
const configurations = blocksOf(page, 'json').map((text) => JSON.parse(text) as { paging: { method: string } })
const talks = blocksOf(page, 'text').map(talkOf)
const { properties } = paging as unknown as { properties: Readonly<Record<string, { enum?: readonly string[] }>> }

interface Talk {
  readonly answers: readonly ScriptedAnswer[]
  readonly records: unknown
}

/** `> request`, then `< status`, `< header: value` and `< body` of its answer; at last `= records`. */
function talkOf(text: string): Talk {
  const answers: { to: string; status?: number; headers?: Record<string, string>; body?: unknown }[] = []
  let records: unknown
  for (const [, sign, said = ''] of text.matchAll(/^([<>=]) (.*)$/gm)) {
    const answer = answers.at(-1)
    if (sign === '>') answers.push({ to: said })
    else if (sign === '=') records = JSON.parse(said)
    else if (!answer) throw new Error(`an answer to nothing: ${said}`)
    else if (/^\d{3}$/.test(said)) answer.status = Number(said)
    else if (/^[[{]/.test(said)) answer.body = JSON.parse(said)
    else answer.headers = Object.fromEntries([said.split(': ') as [string, string]])
  }
  return { answers, records }
}

test('the page has an example of every method, and names every field', () => {
  expect(talks).toHaveLength(configurations.length)
  expect([...new Set(configurations.map((each) => each.paging.method))].toSorted()).toEqual(properties['method']?.enum?.toSorted())
  expect(Object.keys(properties).filter((name) => !new RegExp(`\\b${name}\\b`).test(page))).toEqual([])
})

test.each(configurations.map((http, i) => ({ http, talk: talks[i] as Talk, name: http.paging.method })))(
  '$name: $http.relativeURI',
  async ({ http, talk: { answers, records } }) => {
    const server = await scripted(answers)
    const step = { doc: exportDoc({ http }), connection: connectionTo(server.origin), run: aRun() }
    const pages = await collect(stage().source.pages(step, undefined))
    expect(server.asked.map(lineOf)).toEqual(answers.map(({ to }) => to))
    expect(pages.flatMap((each) => each.records)).toEqual(records)
  },
)

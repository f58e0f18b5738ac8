/** Evaluation: the same results wherever it is done, records that are stopped by themselves, and accounts that take turns. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { measureSize, estimateWeight } from '../../src/engine/evaluation/is-cheap.ts'
import { Queue, type ProcessLimits } from '../../src/engine/evaluation/queue.ts'
import { packParents, unpackParents } from '../../src/engine/evaluation/pack-parents.ts'
import type { Page } from '../../src/engine/evaluation/process.ts'
import { openEvaluator } from '../../src/engine/evaluation/evaluator.ts'
import type { StageOf } from '../../src/engine/evaluation/stage.ts'
import { evaluate, evaluator, silent } from './evaluator.ts'

const mapping = (...extracts: string[]): StageOf<'mapping'> => ({
  kind: 'mapping',
  source: 'mapping',
  lookups: [],
  surroundings: {},
  mappings: extracts.map((extract, i) => ({ generate: `x${i}`, dataType: 'string', extract, status: 'Active' })),
})
const weightOfMapping = (...extracts: string[]): number => estimateWeight(mapping(...extracts))

describe('what is sure to be cheap', () => {
  it('are plain paths and texts, by what they read', () => {
    expect(weightOfMapping('$.a', '$.a.b', 'text')).toBeLessThan(20)
    expect(weightOfMapping('$.a[*].b')).toBeGreaterThan(weightOfMapping('$.a.b'))
  })

  it.each([
    '{{trim record.a}}',
    '{{timestamp}}',
    '{{this}}',
    '{{#if a}}{{a}}{{/if}}',
    `${'{{a}}'.repeat(300)}`,
    '$..a',
    '$.a[?@.b > 1]',
    `$.a[?match(@.b, 'x')]`,
    `$.${'a'.repeat(25_000)}`,
  ])('is not %s', (extract) => {
    expect(weightOfMapping(extract.slice(0, 30_000))).toBe(Number.POSITIVE_INFINITY)
  })

  it('are templates of nothing but fields, by what they read of what surrounds the record', () => {
    const weightOf = (extract: string, surroundings = {}): number => estimateWeight({ ...mapping(extract), surroundings })
    expect(weightOf('/orders/{{record.id}}/{{{record.[a b].c}}}')).toBeLessThan(20)
    expect(weightOf('{{settings.connection.x}}', { settings: { connection: { x: 'short' } } })).toBeLessThan(20)
    expect(weightOf('{{settings}}', { settings: { connection: { x: 'x'.repeat(10_000) } } })).toBeGreaterThan(600)
  })

  it('is told by the size of the records, counted no further than it matters', () => {
    expect(measureSize([{ a: 1, b: ['x', 'y'] }], 1_000)).toBeLessThan(10)
    expect(measureSize([{ a: 'x'.repeat(100_000) }], 1_000)).toBeGreaterThan(1_000)
    expect(measureSize([Array.from({ length: 1_000_000 }, () => 0)], 1_000)).toBeLessThanOrEqual(1_001)
  })
})

it('is the same in the server and in a process', async () => {
  const records = [{ a: 'x', n: { b: 1 } }, { a: null }, {}]
  const [here, there] = await Promise.all([
    evaluate(mapping('$.a', '$.n.b')).all(records),
    // Large records go to a process.
    evaluate(mapping('$.a', '$.n.b')).all([...records, { a: 'y', fill: 'z'.repeat(2_000_000) }]),
  ])
  expect(there.slice(0, 3)).toEqual(here)
  expect(there[3]).toEqual({ value: { ok: true, value: { x0: 'y' } } })
  expect(evaluator.pids.length).toBeGreaterThan(0)
})

it('a record that takes too long, or too much memory, is stopped by itself', async () => {
  const big = `[${Array.from({ length: 300_000 }, () => '[]').join()}]`
  const greedy = `{{#if (join "," ${'(arrayify (jsonParse record.big)) '.repeat(40)})}}x{{/if}}`
  const results = await evaluate(mapping(greedy)).all([{}, { big }, {}])
  expect(results).toMatchObject([{ value: { ok: true } }, expect.anything(), { value: { ok: true } }])
  // By the bound of the template, or by that of the process.
  expect(JSON.stringify(results[1])).toMatch(
    /needed more than 256 MB|took longer than 3 s|runs for more than 1000 ms|larger than|writes more than/,
  )
  const plain = await evaluate(mapping('{{trim record.a}}')).all([{ a: 1 }])
  expect(plain).toEqual([{ value: { ok: true, value: { x0: '1' } } }])
}, 60_000)

it('a stage that can never work says so before its first record', async () => {
  await expect(evaluate(mapping('{{nothing a}}')).ready).rejects.toThrow('There is no helper "nothing"')
})

it('templates that are short are read in the server, and no process is started to say whether they can work', async () => {
  const idle = openEvaluator(silent)
  onTestFinished(() => idle.close())
  const stage = (template: string): StageOf<'texts'> => ({
    kind: 'texts',
    source: 'internal',
    texts: [{ template, escaping: 'raw', sees: 'context' }],
    shared: {},
  })
  await idle.stage('a', stage('/orders?since={{lastExportDateTime}}')).ready
  await idle.stage('a', { kind: 'traceKey', source: 'internal', template: '{{id}}' }).ready
  await expect(idle.stage('a', stage('{{#each}}')).ready).rejects.toMatchObject({ failure: { code: 'template_failed' } })
  expect(idle.pids).toEqual([])
  // What takes longer to read is read where it can be ended.
  await idle.stage('a', stage(`{{id}}${'x'.repeat(1000)}`)).ready
  expect(idle.pids).toHaveLength(1)
})

it('those that are asked for together go together', async () => {
  const evaluation = evaluate(mapping('{{trim record.a}}'))
  const answers = await Promise.all([1, 2, 3].map((a) => evaluation.one({ a })))
  expect(answers.map((each) => 'value' in each && each.value)).toEqual([1, 2, 3].map((a) => ({ ok: true, value: { x0: String(a) } })))
})

it('a parent goes over once, however many children hold it', async () => {
  const parent = { id: 1, text: 'x'.repeat(1_000) }
  const children = Array.from({ length: 50 }, (_, i) => ({ i, _PARENT: parent }))
  const asked = [...children, { records: children, data: [{ _PARENT: parent }] }, { record: children[0] }, 5, [1]]
  const packed = packParents(asked)
  expect(packed.parents).toEqual([parent])
  expect(JSON.stringify(packed).length).toBeLessThan(8_000)
  expect(unpackParents(packed)).toEqual(asked)
  const mapped = await evaluate(mapping('{{trim record._PARENT.id}}-{{record.i}}')).all(children)
  expect(mapped[49]).toEqual({ value: { ok: true, value: { x0: '1-49' } } })
})

describe('a process', () => {
  const stage = mapping('{{trim record.a}}')
  const page = { key: 'k', stage, inputs: [{ a: 1 }], parents: [], known: [], mostMs: 10_000 } as unknown as Page
  const queueOf = (limits: ProcessLimits): Queue => {
    const queue = new Queue(silent, limits)
    onTestFinished(() => queue.close())
    return queue
  }

  it('that nobody needs any more ends, but for the last one', async () => {
    const queue = queueOf({ idleMs: 300, tiredBytes: Infinity })
    await Promise.all(['a', 'b', 'c', 'd'].map((account) => queue.run(account, page)))
    await expect.poll(() => queue.pids.length, { timeout: 10_000 }).toBe(1)
    expect(await queue.run('a', page)).toMatchObject({ end: 'done' })
  })

  it.runIf(process.platform === 'linux')('that has grown large ends with its page, and the next page has another one', async () => {
    const queue = queueOf({ idleMs: 60_000, tiredBytes: 1 })
    expect(await queue.run('a', page)).toMatchObject({ end: 'done' })
    const [first] = queue.pids
    expect(await queue.run('a', page)).toMatchObject({ end: 'done' })
    expect(queue.pids).not.toContain(first)
  })
})

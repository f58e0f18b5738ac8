/** Bounds in time on a machine that is busy: what was kept from the processor has not taken long, and what takes it is still stopped. */
import { spawn } from 'node:child_process'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openEvaluator } from '../../src/engine/evaluation/evaluator.ts'
import { processorMs } from '../../src/engine/evaluation/processor-time.ts'
import { render } from '../../src/engine/template/template.ts'
import { timeLimit } from '../../src/engine/values/time-limit.ts'
import { cpuTime } from '../harness/cpu-time.ts'
import { silent } from './evaluator.ts'

/** Time passes, and this thread gets nothing of the processor. */
const keptWaiting = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
const atWork = (ms: number): void => {
  for (const end = process.threadCpuUsage().user + ms * 1000; process.threadCpuUsage().user < end;);
}

describe('a template', () => {
  const context = (slow: () => void) => ({
    get slow() {
      slow()
      return ' x '
    },
  })
  const template = '{{trim "a"}}{{trim slow}}{{trim "b"}}'

  it('that was kept waiting for longer than it may run is rendered', () => {
    expect(
      render(
        template,
        context(() => keptWaiting(1200)),
        'raw',
      ),
    ).toBe('axb')
  })

  it('that was at work for so long is not', () => {
    const slow = context(() => atWork(1050))
    expect(() => render(template, slow, 'raw')).toThrow('The template runs for more than 1000 ms.')
  })
})

describe('a pattern or a path', () => {
  const refusal = new Error('too long')

  it('that was kept waiting is tried again', () => {
    let calls = 0
    const act = () => {
      if (calls++ === 0) keptWaiting(2000)
      return 'found'
    }
    expect(timeLimit(() => refusal)(act)).toBe('found')
    expect(calls).toBe(2)
  })

  it('that waits each time is given up, and so is one that is at work', () => {
    let calls = 0
    const waits = () => {
      calls++
      keptWaiting(2000)
    }
    expect(() => timeLimit(() => refusal)(waits)).toThrow(refusal)
    expect(calls).toBe(5)
    expect(() => timeLimit(() => refusal)(() => atWork(5000))).toThrow(refusal)
  })
})

describe.runIf(process.platform === 'linux')('a process', () => {
  it('is told how much of the processor it had', () => {
    const { result, ms } = cpuTime(() => {
      const before = processorMs(process.pid) as number
      atWork(300)
      return (processorMs(process.pid) as number) - before
    })
    expect(result).toBeGreaterThan(200)
    expect(result).toBeLessThan(ms * 5)
    expect(processorMs(2 ** 22 + 1)).toBeUndefined()
  })

  it('that others keep from the processor comes to its end in its time', { timeout: 120_000 }, async () => {
    const others = Array.from({ length: 12 }, () => spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }))
    const evaluator = openEvaluator(silent)
    onTestFinished(() => {
      evaluator.close()
      for (const each of others) each.kill('SIGKILL')
    })
    for (let round = 0; round < 3; round++) {
      const schema = { type: 'object', properties: { [`of${round}`]: { type: 'string' } } }
      const evaluation = evaluator.stage('a', { kind: 'schema', source: 'internal', schema })
      expect(await evaluation.all([{ value: { [`of${round}`]: 'text' } }])).toEqual([{ value: [] }])
    }
  })

  it('that stood still for longer than a record may take goes on with it, and none of its records fails', { timeout: 60_000 }, async () => {
    const evaluator = openEvaluator(silent)
    onTestFinished(() => evaluator.close())
    const evaluation = evaluator.stage('a', { kind: 'traceKey', source: 'internal', template: '{{#each list}}{{this}}{{/each}}' })
    const record = { list: [1, 2, 3] }
    await evaluation.all([record])
    const [pid] = evaluator.pids
    process.kill(pid as number, 'SIGSTOP')
    setTimeout(() => process.kill(pid as number, 'SIGCONT'), 4500)
    const began = Date.now()
    expect(await evaluation.all([record, record])).toEqual([{ value: '123' }, { value: '123' }])
    expect(Date.now() - began).toBeGreaterThan(4000)
    expect(evaluator.pids).toContain(pid)
  })
})

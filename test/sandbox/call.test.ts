/** What a script can do, and how what it does wrong is told. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LogLine } from '../../src/domain/ports/scripts.ts'
import { openSandbox, type Sandbox } from '../../src/sandbox/open.ts'
import { call, faultOf, silent } from './stage.ts'

let sandbox: Sandbox
beforeAll(() => {
  sandbox = openSandbox(silent)
})
afterAll(() => sandbox.close())

describe('a function', () => {
  const ways: readonly (readonly [string, string])[] = [
    ['a declaration', 'function f(options) { return { got: options } }'],
    ['a constant', 'const f = (options) => ({ got: options })'],
    ['async', 'async function f(options) { await null; return { got: options } }'],
    ['exported from a module', 'export function f(options) { return { got: options } }'],
    ['within a module, not exported', "import dayjs from 'dayjs'\nfunction f(options) { return { got: options } }"],
    ['in sloppy mode', 'undeclared = 1; function f(options) { return { got: options } }'],
  ]
  test.each(ways)('may be %s', async (_way, content) => {
    expect(await sandbox.call(call(content), { text: 'é\u2028😀', nothing: null, number: 1.5 })).toEqual({
      got: { text: 'é\u2028😀', nothing: null, number: 1.5 },
    })
  })

  test('that returns nothing answers undefined', async () => {
    expect(await sandbox.call(call('function f() {}'), {})).toBeUndefined()
  })

  test('is called once for each of several options; a throw concerns its own', async () => {
    const content = 'function f({ n, by }) { if (n === 2) throw new Error(`not ${n}`); return n * by }'
    const each = [{ n: 1 }, { n: 2 }, { n: 3 }]
    const answers = await sandbox.callEach(call(content), each, { by: 10 })
    expect(answers).toMatchObject([{ value: 10 }, { failure: { message: 'not 2' } }, { value: 30 }])
    expect(await sandbox.callEach(call(`async ${content}`), each, { by: 2 })).toMatchObject([{ value: 2 }, { failure: {} }, { value: 6 }])
  })
})

describe('modules', () => {
  const api = async (name: string, args: readonly unknown[]): Promise<unknown> => ({ name, args })

  test('integrator-api answers synchronously, imported or required', async () => {
    const imported =
      "import { exports, request } from 'integrator-api'\nfunction f({ id }) { return [exports.run({ _id: id }), request(1)] }"
    const required =
      "const { exports, request } = require('integrator-api')\nfunction f({ id }) { return [exports.run({ _id: id }), request(1)] }"
    for (const content of [imported, required]) {
      expect(await sandbox.call(call(content, { api }), { id: 'x' })).toEqual([
        { name: 'exports.run', args: [{ _id: 'x' }] },
        { name: 'request', args: [1] },
      ])
    }
  })

  test('what integrator-api refuses is an exception with its code', async () => {
    const refuses = async (): Promise<never> => {
      throw Object.assign(new Error('not yours'), { code: 'access_denied' })
    }
    const content =
      "import { exports } from 'integrator-api'\nfunction f() { try { exports.get('x') } catch (e) { return [e.message, e.code] } }"
    expect(await sandbox.call(call(content, { api: refuses }), {})).toEqual(['not yours', 'access_denied'])
  })

  test('a call uses it a thousand times and no more', async () => {
    let asked = 0
    const counts = async (): Promise<number> => ++asked
    const content = "const { jobs } = require('integrator-api'); function f() { for (let i = 0; i < 1001; i++) jobs.get('x') }"
    expect((await faultOf(sandbox.call(call(content, { api: counts }), {}))).message).toMatch('1000 times at the most')
    expect(asked).toBe(1000)
  })

  test('dayjs is there with its plugins, in UTC', async () => {
    const content =
      "import dayjs from 'dayjs'\nimport utc from 'dayjs/plugin/utc'\ndayjs.extend(utc)\nfunction f() { return [dayjs(0).format(), dayjs.utc('2026-01-31').add(1, 'month').format('DD.MM.')] }"
    expect(await sandbox.call(call(content), {})).toEqual(['1970-01-01T00:00:00+00:00', '28.02.'])
  })

  test.each(["require('fs')", "require('node:process')", "require('../x')", "import('fs')"])('%s gives nothing', async (expression) => {
    expect((await faultOf(sandbox.call(call(`function f() { return ${expression} }`), {}))).script).toBe('Orders')
  })
})

describe('what goes wrong', () => {
  test('names the line, and has only the frames of the script', async () => {
    const content = '\nfunction f(o) {\n  g(o)\n}\nfunction g() { throw new TypeError("no such order") }'
    expect(await faultOf(sandbox.call(call(content), {}))).toEqual({
      message: 'no such order',
      script: 'Orders',
      function: 'f',
      line: 5,
      trace: 'at g (Orders:5:22)\nat f (Orders:3:3)',
    })
  })

  test.each([
    ['a text', 'throw "plain"', 'plain'],
    ['an object', 'throw { message: "like an error" }', 'like an error'],
    ['an object without a message', 'throw { code: 7 }', '{"code":7}'],
    ['nothing', 'throw undefined', 'undefined'],
    ['something that cannot be shown', 'throw new Proxy({}, { get() { throw 1 } })', 'something that cannot be shown'],
  ])('may throw %s', async (_what, statement, message) => {
    expect((await faultOf(sandbox.call(call(`function f() { ${statement} }`), {}))).message).toBe(message)
  })

  test('a script that cannot be read names the line', async () => {
    const fault = await faultOf(sandbox.call(call('function f() {\n  retur x )\n}'), {}))
    expect(fault).toMatchObject({ message: "Unexpected identifier 'x'", line: 2 })
  })

  test('a script that throws before any function is called names the line', async () => {
    const fault = await faultOf(sandbox.call(call('\nnothing.here\nfunction f() {}'), {}))
    expect(fault).toMatchObject({ message: 'nothing is not defined', line: 2 })
  })

  test.each(['g', 'undefined', 'this'])('a function %s that is not there is named', async (name) => {
    const fault = await faultOf(sandbox.call(call('function f() {}', { function: name }), {}))
    expect(fault.message).toBe(`The script Orders has no function ${name}.`)
  })

  test.each(['', 'f()', 'a.b', 'x'.repeat(300)])('a name that no function has is refused: %s', async (name) => {
    expect((await faultOf(sandbox.call(call('function f() {}', { function: name }), {}))).bound).toBe('source')
  })
})

describe('the console', () => {
  test('goes to whoever listens, bounded in lines and length', async () => {
    const lines: LogLine[] = []
    const content =
      'function f(o) { console.log("seen", o, [1]); console.error(new Error("bad")); for (let i = 0; i < 1000; i++) console.debug("x".repeat(5000)) }'
    await sandbox.call(call(content, { log: (line) => void lines.push(line) }), { a: 1 })
    expect(lines[0]).toEqual({ level: 'info', message: 'seen {"a":1} [1]' })
    expect(lines[1]).toEqual({ level: 'error', message: 'Error: bad\n    at f (Orders:1:60)' })
    expect(lines[2]).toEqual({ level: 'debug', message: 'x'.repeat(2000) })
    expect(lines.length).toBe(200)
  })

  test('is heard up to the moment in which a call is ended', async () => {
    const lines: LogLine[] = []
    const content = 'function f() { console.log("begun"); for (;;); }'
    await faultOf(sandbox.call(call(content, { log: (line) => void lines.push(line), bounds: { runMs: 200 } }), {}))
    expect(lines.map(({ message }) => message)).toEqual(['begun'])
  })
})

/** What a script costs at the least: isolated-vm by itself in one process, from a value to a value as JSON text, with nothing around it. */
import ivm from 'isolated-vm'
import { serveParent } from './child.ts'

export interface Isolate {
  readonly content: string
  readonly options: string
  readonly calls: number
}

serveParent<Isolate>(async ({ content, options, calls }) => {
  const isolate = new ivm.Isolate({ memoryLimit: 128 })
  const context = await isolate.createContext()
  await (await isolate.compileScript(content)).run(context)
  const call = (await context.evalClosure('return (text) => JSON.stringify(f(JSON.parse(text)))', [], {
    result: { reference: true },
  })) as ivm.Reference<(text: string) => string>
  const page: unknown = JSON.parse(options)
  const once = async (): Promise<unknown> => JSON.parse(await call.apply(undefined, [JSON.stringify(page)]))
  for (let i = 0; i < 100; i++) await once()
  const began = performance.now()
  for (let i = 0; i < calls; i++) await once()
  const ms = performance.now() - began
  isolate.dispose()
  return { msPerCall: ms / calls }
})

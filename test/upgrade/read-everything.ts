/** Asks an installation for everything that its API reads, as its OpenAPI document lists it. */
import { callerOf, type Body, type Call, type KeptAnswer } from './fixture.ts'

/** They ask an application, are archives, or have no end. */
const notRead = [/\/ping$/, /\/files$/, /^\/v1\/events$/]

/** Values for the parameters of a path. */
type Bound = Readonly<Record<string, string>>

export async function readEverything(url: string): Promise<readonly KeptAnswer[]> {
  const call = callerOf(url)
  const { paths } = (await call('GET', '/openapi.json')).body as { paths: Record<string, { get?: { parameters?: Body[] } }> }
  const known = new Map<string, readonly Body[]>()
  const list = async (path: string): Promise<readonly Body[]> => {
    const found = known.get(path) ?? itemsOf((await call('GET', path)).body)
    known.set(path, found)
    return found
  }
  const answers: KeptAnswer[] = []
  for (const [path, { get }] of Object.entries(paths)) {
    if (!get || !path.startsWith('/v1/') || notRead.some((each) => each.test(path))) continue
    if (get.parameters?.some((each) => each.in === 'query' && each.required)) continue
    for (const bound of await bindAll(path, list)) {
      const filled = path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => encodeURIComponent(bound[name] ?? ''))
      answers.push(await read(call, filled))
    }
  }
  for (const { _id } of await list('/v1/flows'))
    for (const type of ['flow', 'retry'])
      await readJobs(call, `/v1/jobs?_flowId=${_id}&type=${type}&createdAt_gte=2000-01-01T00:00:00.000Z`, answers)
  return answers
}

/** The jobs of a list, and those of their steps: no list without a filter has them. */
async function readJobs(call: Call, path: string, answers: KeptAnswer[]): Promise<void> {
  const listed = await read(call, path)
  answers.push(listed)
  for (const { _id } of itemsOf(listed.body)) {
    answers.push(await read(call, `/v1/jobs/${_id}`))
    for (const type of ['export', 'import']) answers.push(await read(call, `/v1/jobs?_flowJobId=${_id}&type=${type}`))
  }
}

async function read(call: Call, path: string): Promise<KeptAnswer> {
  const { status, body } = await call('GET', path)
  return { path, status, ...(body !== undefined && { body }) }
}

/** The documents of a list, whatever it calls them. */
function itemsOf(body: Body): readonly Body[] {
  const found = Array.isArray(body) ? body : (Object.values(body ?? {}).find((each) => Array.isArray(each)) ?? [])
  return found as Body[]
}

/** Every way to fill the parameters of a path from what lists answer; one without any where it has none. */
async function bindAll(path: string, list: (path: string) => Promise<readonly Body[]>): Promise<readonly Bound[]> {
  if (path === '/v1/jobs/{_id}') return []
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string)
  if (names.length === 0) return [{}]
  const collection = path.split('/')[2] as string
  const bounds: Bound[] = []
  for (const { _id } of await list(`/v1/${collection}`)) {
    const [, second, third] = names
    const own = { [names[0] as string]: _id as string }
    if (second === undefined) bounds.push(own)
    else if (second === '_stepId') for (const step of await stepsOf(list, _id)) bounds.push(...(await ofStep(list, own, step, third)))
    else
      for (const item of await list(path.replace('{_id}', _id).replace(/\/\{\w+\}.*$/, '')))
        bounds.push({ ...own, [second]: valueOf(item) })
  }
  // Keys of the environment, and what else is found by the path before it.
  if (names.length === 1 && bounds.length === 0)
    return (await list(path.replace(/\/\{\w+\}.*$/, ''))).map((item) => ({ [names[0] as string]: valueOf(item) }))
  return bounds
}

const valueOf = (item: Body): string => (typeof item === 'string' ? item : ((item._id ?? item.key) as string))

async function stepsOf(list: (path: string) => Promise<readonly Body[]>, flowId: string): Promise<readonly string[]> {
  const [flow] = (await list('/v1/flows')).filter(({ _id }) => _id === flowId)
  return [...JSON.stringify(flow).matchAll(/"_(?:export|import)Id":"(\w+)"/g)].map(([, id]) => id as string)
}

async function ofStep(
  list: (path: string) => Promise<readonly Body[]>,
  { _id }: Bound,
  _stepId: string,
  third?: string,
): Promise<readonly Bound[]> {
  if (third === undefined) return [{ _id: _id as string, _stepId }]
  const errors = await list(`/v1/flows/${_id}/${_stepId}/errors`)
  return errors.filter((each) => each[third] !== undefined).map((each) => ({ _id: _id as string, _stepId, [third]: each[third] as string }))
}

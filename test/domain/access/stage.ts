/** A caller, and stores that hold just what a test says, for access checks without a server. */
import type { Context } from '../../../src/domain/context.ts'
import { DomainError } from '../../../src/domain/errors.ts'
import type { Installation } from '../../../src/domain/ports/apps.ts'
import type { Identity } from '../../../src/domain/ports/accounts.ts'
import type { Doc, Key } from '../../../src/domain/ports/document.ts'
import type { IntegrationScope } from '../../../src/domain/ports/membership.ts'

/** Readable ids: `id('mine')` is the same 24 digits each time. */
export const id = (name: string): string => Buffer.from(name).toString('hex').padEnd(24, '0').slice(0, 24)

export const owner: Identity = { accountId: id('acct'), envId: id('env'), userId: id('user'), scope: '*', level: 'owner' }
export const doc = (name: string, fields: object = {}): Doc => ({ ...fields, _id: id(name), createdAt: '', lastModified: '' })

export interface Scene {
  readonly caller?: Partial<Identity>
  readonly app?: Context['app']
  readonly strict?: boolean
  readonly making?: readonly string[]
  /** Documents that there are, by collection. */
  readonly documents?: Readonly<Record<string, readonly Doc[]>>
  /** The integrations that a document belongs to, by its id. An integration belongs to itself. */
  readonly belongs?: Readonly<Record<string, readonly string[]>>
  /** Ids of documents that the caller has made and nobody else has to do with. */
  readonly made?: readonly string[]
  readonly jobs?: Readonly<Record<string, { readonly _flowId: string }>>
  readonly installations?: readonly Pick<Installation, 'integrationId' | 'connectorId'>[]
}

export function contextOf(scene: Scene = {}): Context {
  const { documents = {}, belongs = {}, made = [], jobs = {}, installations = [] } = scene
  const entry = (collection: string, of: string) => {
    const found = documents[collection]?.find(({ _id }) => _id === of)
    return found && { doc: found, secrets: undefined }
  }
  const homes = ({ collection, id: of }: Key): readonly string[] => (collection === 'integrations' ? [of] : (belongs[of] ?? []))
  const store = {
    documents: {
      find: async (_envId: string, collection: string, of: string) => entry(collection, of),
      readText: async (_envId: string, collection: string, of: string) => entry(collection, of) && '{}',
      filterPresent: async (_envId: string, keys: readonly Key[]) => keys.filter(({ collection, id: of }) => entry(collection, of)),
    },
    membership: {
      filterMembers: async (_envId: string, { integrations }: IntegrationScope, keys: readonly Key[], maker?: object) =>
        keys.filter((key) => homes(key).some((home) => integrations.includes(home)) || (maker && made.includes(key.id))),
      findHolders: async (_envId: string, _bounds: object, key: Key) => ({ integrations: homes(key), isWhole: true }),
    },
    jobs: { find: async (_envId: string, of: string) => jobs[of] },
    apps: { find: async (_envId: string, of: string) => installations.find(({ integrationId }) => integrationId === of) },
  }
  return {
    caller: { ...owner, ...scene.caller },
    strict: scene.strict ?? false,
    store,
    newId: () => id('call'),
    ...(scene.app && { app: scene.app }),
    ...(scene.making && { making: new Set(scene.making) }),
  } as unknown as Context
}

/** `ok`, or the code of the refusal. Anything else is thrown. */
export async function outcome(check: () => unknown): Promise<string> {
  try {
    await check()
    return 'ok'
  } catch (error) {
    if (error instanceof DomainError) return error.problems[0]?.code ?? 'none'
    throw error
  }
}

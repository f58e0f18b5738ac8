/** Sessions with a server, opened when they are needed and kept for a moment after their last use. */

export interface Session {
  /** Why it is of no use any more. */
  readonly broken: Error | undefined
  end(): void
}

/** Kept after its last use: the pages of a flow follow each other faster than a session is opened. Milliseconds. */
const lingerMs = 5_000

interface Shared<S> {
  readonly opening: Promise<S>
  opened?: S
  users: number
  closing?: NodeJS.Timeout
}

interface Taken<S> {
  readonly session: S
  /** To be called once. */
  giveBack(): void
}

export interface Sessions<S> {
  take(): Promise<Taken<S>>
  use<T>(act: (session: S) => Promise<T>): Promise<T>
}

/** `mostUsers` is how many use one session at a time. */
export function shareSessions<S extends Session>(open: () => Promise<S>, mostUsers: number): Sessions<S> {
  const all = new Set<Shared<S>>()
  const drop = (shared: Shared<S>): void => {
    all.delete(shared)
    shared.opened?.end()
  }
  const openAnother = (): Shared<S> => {
    const shared: Shared<S> = { opening: open(), users: 0 }
    all.add(shared)
    shared.opening.then(
      (session) => (shared.opened = session),
      () => all.delete(shared),
    )
    return shared
  }
  const take = async (): Promise<Taken<S>> => {
    for (const shared of all) if (shared.opened?.broken && shared.users === 0) drop(shared)
    const shared = [...all].find(({ users, opened }) => users < mostUsers && !opened?.broken) ?? openAnother()
    clearTimeout(shared.closing)
    shared.users += 1
    const giveBack = (): void => {
      shared.users -= 1
      if (shared.users > 0) return
      if (shared.opened?.broken) drop(shared)
      else shared.closing = setTimeout(() => drop(shared), lingerMs).unref()
    }
    try {
      return { session: await shared.opening, giveBack }
    } catch (error) {
      giveBack()
      throw error
    }
  }
  return {
    take,
    async use(act) {
      const { session, giveBack } = await take()
      try {
        return await act(session)
      } finally {
        giveBack()
      }
    },
  }
}

/** What a connection obtained by signing in. It is kept sealed, apart from its document. */

export interface Session {
  /** What requests prove with. */
  readonly token?: string
  /** What a new token is asked for with. */
  readonly refreshToken?: string
  /** Cookies, as their jar writes them down. */
  readonly cookies?: string
  /** Further values of the answer that are kept, by their names. */
  readonly values?: Readonly<Record<string, string>>
  /** In milliseconds since 1970. */
  readonly obtainedAt: number
  /** In milliseconds since 1970; absent where nobody said. */
  readonly expiresAt?: number
  /** Of the sign-in that it was obtained by: with another one, to another host say, it is not used. */
  readonly print: string
}

/** The secrets of a session, as they may turn up in what an application answers. */
export const listSessionSecrets = ({ token, refreshToken, values = {}, cookies }: Session): string[] =>
  [token, refreshToken, ...Object.values(values), ...(cookies === undefined ? [] : cookieValues(cookies))].filter(
    (secret) => secret !== undefined && secret !== '',
  ) as string[]

function cookieValues(jar: string): string[] {
  const { cookies = [] } = JSON.parse(jar) as { readonly cookies?: readonly { readonly value?: string }[] }
  return cookies.flatMap(({ value }) => value ?? [])
}

export interface KeptSession {
  readonly session: Session
  /** One more with each that is kept. */
  readonly version: number
}

/** Why there is no session: for good, where somebody has to do something about it. */
export interface NoSession {
  readonly refused: string
  readonly isFinal: boolean
  /** Whether a person has to agree in the application (again). */
  readonly needsPerson?: boolean
}

/** Signs in, or renews what there is. Bounded in time by itself: others wait for it. */
export type Obtain = (before: Session | undefined) => Promise<Session | NoSession>

/** Whose session, and by which sign-in. */
export interface SessionOf {
  readonly connectionId: string
  readonly print: string
}

/** The key of a server, as everybody may see it. */
export interface HostKey {
  readonly fingerprint: string
  /** ISO time. */
  readonly since: string
}

/** The sessions of connections of one environment, for a run or a request. */
export interface Sessions {
  /** What a server showed is told by its connection (`learnedHostKey`), where that is stored. Nobody's edit. */
  showHostKey(connectionId: string, hostKey: HostKey): Promise<void>
  /** As far as is known here; undefined where nobody has signed in. */
  current(of: SessionOf): Promise<KeptSession | undefined>
  /** Another session than the one that is known, obtained by one worker for all. Rejects with the signal's reason. */
  renew(of: SessionOf, known: number | undefined, obtain: Obtain, signal: AbortSignal): Promise<KeptSession | NoSession>
}

export const isRefused = <T>(obtained: T | NoSession): obtained is NoSession =>
  typeof obtained === 'object' && obtained !== null && 'refused' in obtained

/** The rows of users who sign in as people: passwords, links that set one, sessions of browsers, and what they prefer there. */

export interface UserSession {
  readonly _id: string
  readonly userId: string
  /** Of the access token that was signed in with; its rights and its end are the session's. */
  readonly tokenHash?: Buffer
  readonly createdAt: string
  readonly seenAt: string
  /** The address that it began from. */
  readonly source: string
  readonly userAgent?: string
}

/** A session lasts where both hold. */
interface Alive {
  readonly usedSince: string
  readonly begunSince: string
}

export interface UserSessions {
  add(hash: Buffer, session: UserSession): Promise<void>
  /** Undefined where it is over. */
  find(hash: Buffer, alive: Alive): Promise<UserSession | undefined>
  /** Notes that it is used. */
  touch(id: string, at: string): Promise<void>
  list(userId: string, alive: Alive, limit: number): Promise<readonly UserSession[]>
  /** Answers whether the user had it. */
  remove(userId: string, id: string): Promise<boolean>
  /** The session of this hash, of any user. */
  end(hash: Buffer): Promise<void>
  /** All of the user's, but for one. */
  removeOthers(userId: string, but: string | undefined): Promise<void>
  /** Of those that began with this token, or with none, so many that were used last: all others end. */
  keepNewest(userId: string, tokenHash: Buffer | undefined, most: number): Promise<void>
  /** Removes some that are over; answers how many. */
  purge(alive: Alive, limit: number): Promise<number>
}

export interface Passwords {
  /** Of the user who has this address, in whatever case; without `sealed` where they have none. `sources` are those that they signed in from last. */
  findByEmail(
    email: string,
  ): Promise<{ readonly userId: string; readonly sealed?: string; readonly sources: readonly string[] } | undefined>
  /** Adds one to these, of which the newest `most` are kept. */
  noteSource(userId: string, source: string, most: number): Promise<void>
  find(userId: string): Promise<string | undefined>
  set(userId: string, sealed: string, at: string): Promise<void>
  addLink(hash: Buffer, userId: string, endsAt: string): Promise<void>
  /** Whose it is, where it has not ended. */
  findLink(hash: Buffer, now: string): Promise<string | undefined>
  /** It is gone with that, and so are all other links of the user. Answers whether it was there. */
  takeLink(hash: Buffer, now: string): Promise<boolean>
  /** Those of the user, whether or not they have ended. */
  removeLinks(userId: string): Promise<void>
  purgeLinks(before: string): Promise<void>
}

/** Who users are to OpenID providers, from the first time that they came from there. */
export interface UserIdentities {
  find(issuer: string, subject: string): Promise<string | undefined>
  /** Answers false where the user is somebody else there, or that one is another user here. */
  link(issuer: string, subject: string, userId: string, at: string): Promise<boolean>
  /** Answers whether there was one. */
  unlink(userId: string): Promise<boolean>
}

/** What users prefer, as JSON. */
export interface Preferences {
  read(userId: string): Promise<string | undefined>
  write(userId: string, text: string): Promise<void>
}

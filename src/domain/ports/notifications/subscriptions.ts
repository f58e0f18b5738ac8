/** The rows of what users have subscribed to, and their notification settings. */
import type { User } from '../ashares.ts'

export type SubjectKind = 'integration' | 'flow' | 'connection'

export interface Subject {
  readonly kind: SubjectKind
  /** Id of the document, or `none` for the flows of no integration. */
  readonly id: string
}

export interface Subscription extends Subject {
  readonly _id: string
  readonly user: Pick<User, '_id' | 'email' | 'name'>
}

export interface Subscriptions {
  /** Those of a user, or of everybody, the oldest first. */
  list(envId: string, userId: string | undefined, limit: number): Promise<readonly Subscription[]>
  count(envId: string, userId: string): Promise<number>
  /** What is there already stays. */
  add(envId: string, userId: string, subjects: readonly (Subject & { readonly _id: string })[], at: string): Promise<void>
  remove(envId: string, userId: string, subjects: readonly Subject[]): Promise<void>
  /** Who has subscribed to any of these. */
  findSubscribers(envId: string, subjects: readonly Subject[]): Promise<readonly (Subject & { readonly userId: string })[]>
}

/** What a user has chosen, as JSON, and the sealed secret of their webhook. */
export interface StoredSettings {
  readonly userId: string
  readonly text: string
  readonly secret?: string
}

export interface NotificationSettings {
  read(userIds: readonly string[]): Promise<readonly StoredSettings[]>
  /** The same of one user, whom no other transaction changes before this one ends. */
  lock(userId: string): Promise<StoredSettings | undefined>
  write(settings: StoredSettings): Promise<void>
}

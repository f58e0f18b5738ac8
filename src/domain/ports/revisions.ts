/** Revisions of integrations as they are stored. */
import type { Pair, IntegrationPlace } from './clones.ts'
import type { Doc } from './document.ts'

export interface Revision<Work = Readonly<Record<string, unknown>>> {
  readonly doc: Doc
  readonly work: Work
}

/** The last state that a clone and its source had in common: the tree of the source, in its environment, and the same as a tree of the clone. */
export interface SharedState {
  readonly sourceEnvId: string
  readonly sourceTree: string
  readonly tree: string
}

export interface Revisions {
  /** Newest first, as texts. */
  page(envId: string, integrationId: string, skip: number, limit: number): Promise<string[]>
  readText(envId: string, integrationId: string, id: string): Promise<string | undefined>
  find(envId: string, integrationId: string, id: string): Promise<Revision | undefined>
  /** As `find`, and nobody else changes it before this transaction ends. */
  lock(envId: string, integrationId: string, id: string): Promise<Revision | undefined>
  /** False where another revision of the integration is open, and this one would be too; then nothing is written. */
  add(envId: string, integrationId: string, revision: Revision, trees: readonly string[]): Promise<boolean>
  /** Reverts that were applied, newest first, at most `limit`. */
  listReverts(envId: string, integrationId: string, limit: number): Promise<readonly Doc[]>
  write(envId: string, integrationId: string, revision: Revision, trees: readonly string[]): Promise<void>
  /** Nobody else changes it before this transaction ends: relatives that pull from each other at once follow each other. */
  lockSharedState(envId: string, cloneId: string): Promise<SharedState | undefined>
  recordSharedState(envId: string, cloneId: string, state: SharedState): Promise<void>
  /** Removes revisions that are older than `before`, but the newest `keep` of each integration, those that are open, and those that one which stays names. */
  prune(before: string, keep: number, limit: number): Promise<number>
}

/** A state as files of another server had it, and the same state as it is here. Both trees lie in the environment of the integration. */
export interface OriginState {
  readonly originTree: string
  readonly tree: string
}

export interface Files {
  /** The state was handed out as files: it stays. */
  noteExport(place: IntegrationPlace, tree: string): Promise<void>
  /** Forgets states that were last handed out before `before`. */
  pruneExports(before: string): Promise<void>
  /** What files of this origin last brought. Nobody else changes it before this transaction ends. */
  lockOriginState(place: IntegrationPlace, originId: string): Promise<OriginState | undefined>
  recordOriginState(place: IntegrationPlace, originId: string, state: OriginState): Promise<void>
  listPairs(place: IntegrationPlace, originId: string): Promise<readonly Pair[]>
  /** A pair with a source id that is there already takes its place. */
  addPairs(place: IntegrationPlace, originId: string, pairs: readonly Pair[]): Promise<void>
}

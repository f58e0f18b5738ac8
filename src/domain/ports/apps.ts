/** Where Integration Apps are installed: rows that tie an integration to the connector of another account. */
import type { Document } from '../../contract/document.ts'
import type { Dependent } from './dependencies.ts'
import type { EnvironmentBound } from './licenses.ts'
import type { Entry, Key } from './document.ts'

export interface Installation {
  readonly envId: string
  readonly integrationId: string
  /** The account that installed it. */
  readonly accountId: string
  readonly userId: string
  readonly connectorEnvId: string
  readonly connectorId: string
  /** The installation that a child belongs to; its own id where it is none. */
  readonly rootId: string
  readonly editionId?: string
  readonly needsLicense: boolean
  /** Whether the packaged resources have been installed. */
  readonly packaged: boolean
  readonly pausedAt?: string
  readonly installedAt: string
  /** Hashes of the code that was shown before it was begun. */
  readonly shown?: readonly string[]
}

/** Somebody is at an installation. */
interface Claim {
  readonly who: string
  /** If they are not heard of for so long, they are dead. By the database's clock, since those of servers differ. Milliseconds. */
  readonly ms: number
  /** Which of the integrations they are at, and what they do there. */
  readonly integrationId: string
  readonly doing: string
}

interface Abandoned {
  readonly installation: Installation
  readonly integrationId: string
  readonly doing: string
}

/** An installation as its publisher sees it. */
export interface Installed {
  readonly installation: Installation
  readonly email?: string
  readonly version?: string
  readonly mode?: string
  readonly updateInProgress?: boolean
  readonly expires?: string
}

export interface Apps {
  add(installation: Omit<Installation, 'packaged' | 'pausedAt'>): Promise<void>
  find(envId: string, integrationId: string): Promise<Installation | undefined>
  /** The integrations of an installation: itself and its children, as far as they are not deleted. */
  listMembers(envId: string, rootId: string): Promise<readonly string[]>
  /** Of a connector, in the order of their ids; those that are uninstalled are not among them. */
  listInstallations(
    connectorEnvId: string,
    connectorId: string,
    bound: EnvironmentBound | undefined,
    skip: number,
    limit: number,
  ): Promise<readonly Installed[]>
  /** One of them, by the integration, wherever it is. */
  findByConnector(connectorEnvId: string, connectorId: string, integrationId: string): Promise<Installation | undefined>
  /** Other code was shown since. */
  setShown(envId: string, rootId: string, shown: readonly string[]): Promise<void>
  setPackaged(envId: string, integrationId: string): Promise<void>
  /** Of the installation and its children. */
  setEdition(envId: string, rootId: string, editionId: string | undefined): Promise<void>
  /** Nobody else is at the installation before `release`. False where somebody is, or has not been released. */
  claim(envId: string, rootId: string, claim: Claim): Promise<boolean>
  /** Whoever is at it is alive, and says so again within `ms`. */
  extend(envId: string, rootId: string, who: string, ms: number): Promise<void>
  release(envId: string, rootId: string, who: string): Promise<void>
  /** Takes over an installation, this one or any, that somebody claimed who has not been heard of for as long as they said: they are dead. */
  takeOver(who: string, ms: number, only?: { readonly envId: string; readonly rootId: string }): Promise<Abandoned | undefined>
  /** Whether `who` still has it. The row is held until this transaction ends. */
  holdsClaim(envId: string, rootId: string, who: string): Promise<boolean>
  /** Pauses the installations that need a licence and have none that is valid, up to `limit`, and answers their flows. */
  pauseUnlicensed(now: string, limit: number): Promise<readonly { readonly envId: string; readonly flowIds: readonly string[] }[]>
  resume(envId: string, rootId: string): Promise<void>
  /** Whether flows of this integration may not run now. */
  isPaused(envId: string, integrationId: string, now: string): Promise<boolean>
  /** Installations, wherever they are, that need this document of their publisher, by the names of their apps; at most `limit`. */
  findDependents(envId: string, key: Key, limit: number): Promise<readonly (Dependent & { readonly isHere: boolean })[]>
  /** The environment of the account that a connector of its own lies in. */
  findConnectorHome(accountId: string, connectorId: string): Promise<string | undefined>
  /** What lies in these integrations and belongs to the app. */
  listOwned(envId: string, integrationIds: readonly string[], connectorId: string): Promise<readonly Key[]>
  /** A script of the publisher of an app that is installed in the environment. */
  findScript(envId: string, connectorId: string, scriptId: string): Promise<Entry<Document<'scripts'>> | undefined>
}

/** What an Integration App may reach: the integrations of one installation, and what in them is the app's. */
export interface AppRights {
  readonly connectorId: string
  readonly integrationIds: readonly string[]
  /** Whether its flows may not run, for want of a licence. */
  readonly isPaused: boolean
  /** While one of its functions is at the installation: under which claim, so that what it does can be undone. */
  readonly claim?: { readonly rootId: string; readonly who: string }
  /** Ids that a person has named in what is being written: it may refer to these, too. */
  readonly named?: readonly string[]
}

/** An installation, children included. */
export type InstallationRoot = Pick<Installation, 'envId' | 'rootId'>

export interface DocumentBefore extends Key {
  /** Undefined where there was none. */
  readonly entry: Entry | undefined
  /** As the function last wrote it; undefined where it did not. */
  readonly written: Entry | undefined
  /** The function removed it. */
  readonly removed: boolean
}

/** Every one that remembers is followed by the change, in the same transaction. */
export interface AppUndoLog {
  recordDocuments(of: InstallationRoot, keys: readonly Key[], removed?: boolean): Promise<void>
  /** As the function writes a document, so that what others change of it after that is told apart. */
  recordWritten(of: InstallationRoot, collection: string, entry: Entry): Promise<void>
  /** What is remembered of one document. */
  findDocument(of: InstallationRoot, key: Key): Promise<DocumentBefore | undefined>
  /** What there is to go back to, once others have changed it. */
  rebase(of: InstallationRoot, collection: string, entry: Entry): Promise<void>
  /** Entries of a lookup cache; all that it has where no keys are named. */
  recordEntries(of: InstallationRoot, cacheId: string, keys?: readonly string[]): Promise<void>
  /** Keys of the state of an integration; all that it has where none is named. */
  recordState(of: InstallationRoot, integrationId: string, key?: string): Promise<void>
  /** What of the template is installed as what. */
  recordPairs(of: InstallationRoot, integrationId: string): Promise<void>
  /** The edition of the installation, and what of it is packaged. */
  recordEdition(of: InstallationRoot): Promise<void>
  recordLicense(of: InstallationRoot): Promise<void>
  recordRun(of: InstallationRoot, jobId: string): Promise<void>

  /** Documents, in the order of their keys. */
  listDocuments(of: InstallationRoot): Promise<readonly DocumentBefore[]>
  listRuns(of: InstallationRoot): Promise<readonly string[]>
  /** Lookup caches with entries that are remembered. */
  listCaches(of: InstallationRoot): Promise<readonly string[]>
  /** Puts everything back that is neither document nor run. */
  restore(of: InstallationRoot): Promise<void>
  clear(of: InstallationRoot): Promise<void>
}

/** Licences: what lets an account install an Integration App of another. */

export interface License {
  readonly _id: string
  readonly accountId: string
  readonly connectorEnvId: string
  readonly connectorId: string
  readonly email: string
  readonly editionId?: string
  readonly expires?: string
  readonly trialEndDate?: string
  /** The account took it by itself, to try the app. */
  readonly isTrial?: boolean
  readonly opts?: Readonly<Record<string, unknown>>
  readonly createdAt: string
  readonly lastModified: string
  /** The installation that it is used for. */
  readonly envId?: string
  readonly integrationId?: string
}

export interface NamedLicense {
  readonly license: License
  /** Absent where the connector is deleted. */
  readonly app?: string
  readonly edition?: string
}

/** Of the rows of this account only those of this environment; those of other accounts all the same. */
export interface EnvironmentBound {
  readonly accountId: string
  readonly envId: string
}

export interface Licenses {
  /** False where the account had a trial of the app already, and this is another. */
  add(license: License): Promise<boolean>
  /** Notes that accounts without a licence may find the connector. */
  offerTrial(connectorEnvId: string, connectorId: string): Promise<void>
  /** Where a connector lies that was ever noted so. */
  findTrialOffer(connectorId: string): Promise<string | undefined>
  /** Of a connector, in the order in which they were made. */
  listByConnector(
    connectorEnvId: string,
    connectorId: string,
    bound: EnvironmentBound | undefined,
    skip: number,
    limit: number,
  ): Promise<readonly License[]>
  /** Nobody else changes it before this transaction ends. */
  lock(connectorEnvId: string, connectorId: string, id: string): Promise<License | undefined>
  /** Of an account, for every app or for one. */
  listByAccount(
    accountId: string,
    connectorId: string | undefined,
    envId: string | undefined,
    skip: number,
    limit: number,
  ): Promise<readonly License[]>
  /** Of an account, for every app, with the names that their publishers gave. */
  listNamed(accountId: string, envId: string | undefined, skip: number, limit: number): Promise<readonly NamedLicense[]>
  findByInstallation(envId: string, integrationId: string): Promise<License | undefined>
  replace(license: License): Promise<void>
  remove(accountId: string, id: string): Promise<void>
  /** False where another installation uses it by now. */
  attach(accountId: string, id: string, envId: string, integrationId: string): Promise<boolean>
  detach(envId: string, integrationId: string): Promise<void>
  /** Whether a licence for this edition is there. */
  usesEdition(connectorEnvId: string, connectorId: string, editionIds: readonly string[]): Promise<boolean>
}

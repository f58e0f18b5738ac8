/** An installation of an Integration App, and everything that its operations need to know of it. */
import type { ConnectorDocument, IntegrationDocument } from '../../contract/document.ts'
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'
import type { Installation } from '../ports/apps.ts'
import type { License } from '../ports/licenses.ts'
import type { Entry } from '../ports/document.ts'
import type { RowsOf } from '../ports/store.ts'

export interface App {
  readonly installation: Installation
  /** The integration as it was when the operation began. */
  readonly doc: IntegrationDocument
  readonly connector: ConnectorDocument
  /** Of the installation; a child goes by its parent's. */
  readonly license: License | undefined
  readonly parent: IntegrationDocument | undefined
}

/** The integration's row, or 404. */
export async function readIntegration(rows: RowsOf<'documents'>, ctx: Context, id: string): Promise<Entry<IntegrationDocument>> {
  const entry = await rows.documents.find(ctx.caller.envId, 'integrations', id)
  if (!entry) throw new DomainError('not_found', 'Integration not found.', '_integrationId')
  return entry
}

/** Undefined for an integration that is no installation, or one of an app that is gone. */
export async function findApp(rows: RowsOf<'apps' | 'documents' | 'licenses'>, ctx: Context, id: string): Promise<App | undefined> {
  const { doc } = await readIntegration(rows, ctx, id)
  const installation = await rows.apps.find(ctx.caller.envId, id)
  const connector = installation && (await rows.documents.find(installation.connectorEnvId, 'connectors', installation.connectorId))
  if (!connector) return undefined
  const { envId, rootId } = installation
  const parent = rootId === id ? undefined : await rows.documents.find(envId, 'integrations', rootId)
  return {
    installation,
    doc,
    connector: connector.doc,
    license: await rows.licenses.findByInstallation(envId, rootId),
    parent: parent?.doc,
  }
}

export async function readApp(rows: RowsOf<'apps' | 'documents' | 'licenses'>, ctx: Context, id: string): Promise<App> {
  const app = await findApp(rows, ctx, id)
  if (!app) throw new DomainError('invalid_integration_app', 'The integration does not belong to any Integration App.', '_id')
  return app
}

/** A licence without an end is a trial where one of those ends. */
export const isLicenseValid = ({ expires, trialEndDate }: License, now: Date): boolean =>
  (expires ?? trialEndDate ?? '9') > now.toISOString()

export function checkLicensed({ installation, license }: App, now: Date): void {
  if (installation.needsLicense && (!license || !isLicenseValid(license, now)))
    throw new DomainError('license_expired', 'The installation has no valid licence.', '_id')
}

/** What an installation does once it is through, and before it is being removed. */
export function checkInstalled({ mode }: IntegrationDocument): void {
  if (mode === 'settings') return
  const why = mode === 'uninstall' ? 'The app is being removed.' : 'The app is not installed yet: its install steps come first.'
  throw new DomainError('invalid_step', why, 'mode')
}

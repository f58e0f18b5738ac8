/** The schemas with a name of their own in OpenAPI: each resource as it is sent and as it is answered, and what several of them share. */
import type { TSchema } from 'typebox'
import { AccessToken, AccessTokenRequest, AccessTokenUpdate } from './access-token.ts'
import { AuditEntry } from './audit.ts'
import { ClonePreviewResponse, CloneRequest, CloneResponse } from './clone.ts'
import { AShare, AShareRequest, IntegrationAShare, SharedAShare } from './ashare.ts'
import { DependencyEntry, DependencyResponse } from './dependencies.ts'
import { CloneFamilyResponse, ILMIgnoreResponse } from './operations/integrations/clone-family.ts'
import { License } from './license.ts'
import { job as Job } from './operations/flows/jobs.ts'
import { Revision } from './operations/lifecycle/revisions.ts'
import { resources } from './resources/index.ts'
import { shared } from './shared/index.ts'

export const schemas: Readonly<Record<string, TSchema>> = {
  ...Object.fromEntries(
    Object.values(resources).flatMap(({ model, body, stored }): [string, TSchema][] => [
      [`${model}Request`, body],
      [model, stored],
    ]),
  ),
  ...shared,
  AuditEntry,
  AccessToken,
  AccessTokenRequest,
  AccessTokenUpdate,
  AShare,
  AShareRequest,
  IntegrationAShare,
  SharedAShare,
  CloneFamilyResponse,
  ILMIgnoreResponse,
  License,
  Job,
  Revision,
  CloneRequest,
  CloneResponse,
  ClonePreviewResponse,
  DependencyEntry,
  DependencyResponse,
}

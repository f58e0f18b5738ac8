/** Who looks after which open error, and its tags. All answer the ids of the errors that were changed. */

export interface ErrorAssignment {
  assign(envId: string, flowId: string, stepId: string, errorIds: readonly string[], userId: string): Promise<readonly string[]>
  /** Of whichever flow of the integration. */
  assignAny(envId: string, integrationId: string, errorIds: readonly string[], userId: string): Promise<readonly string[]>
  tag(envId: string, flowId: string, stepId: string, errorIds: readonly string[], tagIds: readonly string[]): Promise<readonly string[]>
  /** Those of these short ids that tags of the environment have. */
  knownTags(envId: string, tagIds: readonly string[]): Promise<readonly string[]>
}

/** What the scripts of an integration remember. */
export interface State {
  keys(envId: string, integrationId: string): Promise<readonly string[]>
  /** The JSON text of a value. */
  get(envId: string, integrationId: string, key: string): Promise<string | undefined>
  put(envId: string, integrationId: string, key: string, value: string): Promise<void>
  /** One key, or all; answers how many there were. */
  remove(envId: string, integrationId: string, key?: string): Promise<number>
}

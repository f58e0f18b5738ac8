/** State by key: of a document, or of an environment as a whole, which goes by an empty id. */
export interface State {
  listKeys(envId: string, id: string): Promise<readonly string[]>
  /** The JSON text of a value. */
  get(envId: string, id: string, key: string): Promise<string | undefined>
  put(envId: string, id: string, key: string, value: string): Promise<void>
  /** One key, or all; answers how many there were. */
  remove(envId: string, id: string, key?: string): Promise<number>
}

export const ofEnvironment = ''

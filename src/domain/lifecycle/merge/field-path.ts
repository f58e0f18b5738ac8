/** Paths of fields as people read them: `mappings[generate=total].extract`. No two fields have the same one, whatever they are called. Pure. */

/** A key that holds what paths are made of is quoted: `settings["a.b"]`. */
export const fieldPath = (path: string, key: string): string => {
  if (!/^[^.[\]"]+$/.test(key)) return `${path}[${JSON.stringify(key)}]`
  return path === '' ? key : `${path}.${key}`
}

export const itemPath = (path: string, selector: string): string =>
  /^[^[\]"]*$/.test(selector) ? `${path}[${selector}]` : `${path}[${JSON.stringify(selector)}]`

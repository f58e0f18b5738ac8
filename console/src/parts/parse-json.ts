/** Reads what somebody typed as JSON, or says why it is none. */
export type Parsed = { readonly value: unknown } | { readonly why: string }

export function parseJson(text: string): Parsed {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch (error) {
    return { why: (error as Error).message }
  }
}

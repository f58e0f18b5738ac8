/** A tool as callers of an MCP server are told of it, and what a call of it comes to. */
export interface OfferedTool {
  readonly name: string
  readonly title?: string
  readonly description?: string
  /** JSON Schemas whose root is an object. */
  readonly inputSchema: ObjectSchema
  readonly outputSchema?: ObjectSchema
  readonly annotations?: Annotations
}

interface Annotations {
  readonly title?: string
  readonly readOnlyHint?: boolean
  readonly destructiveHint?: boolean
  readonly idempotentHint?: boolean
  readonly openWorldHint?: boolean
}

export interface ObjectSchema {
  readonly type: 'object'
  readonly [word: string]: unknown
}

export type McpAnswer =
  | { readonly kind: 'done'; readonly output: unknown }
  /** In sentences for whoever called, who may call again with another input. */
  | { readonly kind: 'failed'; readonly sentences: readonly string[] }
  /** The server has no such tool, or the token may not call it. */
  | { readonly kind: 'refused'; readonly why: 'unknown' | 'scope' }

/** A tool, or an API that is offered as one. */
export interface Entry {
  readonly name: string
  /** Whether a token that only reads may call it. */
  readonly onlyReads: boolean
  /** On record beside the call. */
  readonly details: Readonly<Record<string, string>>
  readonly tool: OfferedTool
  call(input: unknown, signal: AbortSignal): Promise<McpAnswer>
}

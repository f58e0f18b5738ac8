/** Imports that ask a language model or check content. Their fields are not fixed: they are kept as they are sent. */
import { anyObject } from '../../shared/schema-helpers.ts'

export const aiAgent = anyObject('Model, instructions and tools of an agent, for `AiAgentImport`.')
export const guardrail = anyObject('What content is checked for, for `GuardrailImport`.')

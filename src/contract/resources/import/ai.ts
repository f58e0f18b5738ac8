/** Imports that ask a language model, check content, or call a tool. Their fields are not fixed: they are kept as they are sent. */
import { free } from '../../shared/words.ts'

export const aiAgent = free('Model, instructions and tools of an agent, for `AiAgentImport`.')
export const guardrail = free('What content is checked for, for `GuardrailImport`.')
export const tool = free('Tool to call and what to hand to it, for `ToolImport`.')

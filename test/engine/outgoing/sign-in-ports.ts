/** What credentials are made with, where nobody is asked for any. */
import type { SignInPorts } from '../../../src/engine/outgoing/auth/credentials.ts'
import { evaluate } from '../evaluator.ts'

export const signInPorts: SignInPorts = { evaluate, send: () => Promise.reject(new Error('Nobody is to be asked.')) }

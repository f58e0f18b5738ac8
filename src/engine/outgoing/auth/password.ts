/** User name and password in a header, from the fields for them or from the base URI. */
import { encodeBasic } from '../basic.ts'
import type { SignInKind } from './sign-in.ts'

export const signInWithPassword: SignInKind = ({ auth: { basic } }) => ({
  additions: { header: { name: 'authorization', template: '', ahead: encodeBasic(basic?.username ?? '', basic?.password ?? '') } },
})

/** Headers and bodies of a `custom` connection are templates of its own. */
export const signInByTemplates: SignInKind = ({ base: { basic } }) =>
  basic === undefined ? {} : { additions: { header: { name: 'authorization', template: '', ahead: basic } } }

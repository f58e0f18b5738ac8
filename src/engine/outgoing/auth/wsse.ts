/** WSSE: user name and a digest of the password that holds for one request (UsernameToken of Web Services Security, in a header). */
import { createHash, randomBytes } from 'node:crypto'
import type { SignInKind } from './sign-in.ts'
import { quoted, withHeader } from './with-header.ts'

/** Bytes. */
const nonceLength = 16

export const signInByWsse: SignInKind = ({ auth: { basic, token } }) => {
  const name = (token?.headerName || 'X-WSSE').toLowerCase()
  const { username = '', password = '' } = basic ?? {}
  return {
    proof: {
      async prove(request) {
        const made = makeUsernameToken({ username, password, nonce: randomBytes(nonceLength), created: withoutMilliseconds(new Date()) })
        // Servers that follow the Atom draft want to be told what the other header is.
        return withHeader(withHeader(request, name, made), 'authorization', 'WSSE profile="UsernameToken"')
      },
    },
  }
}

interface UsernameToken {
  readonly username: string
  readonly password: string
  readonly nonce: Buffer
  readonly created: string
}

export function makeUsernameToken({ username, password, nonce, created }: UsernameToken): string {
  const digest = createHash('sha1').update(nonce).update(created).update(password).digest('base64')
  return `UsernameToken Username=${quoted(username)}, PasswordDigest="${digest}", Nonce="${nonce.toString('base64')}", Created="${created}"`
}

const withoutMilliseconds = (date: Date): string => date.toISOString().replace(/\.\d+/, '')

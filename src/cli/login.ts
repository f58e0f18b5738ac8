/** Keeps the address of a server and a token of a person, after the server has accepted it. */
import { readPassword } from './read-password.ts'
import { exitCodes, CommandError } from './exit-codes.ts'
import { createServer, trimUrl } from './server/connect.ts'
import { defaultProfile, writeProfile } from './server/profiles.ts'
import type { Terminal } from './terminal.ts'

export interface LoginOptions {
  readonly url?: string
  readonly profile?: string
}

/** The token is asked for, or read from what is piped in: on the command line others could see it. */
export async function login(
  terminal: Terminal,
  { url = 'http://127.0.0.1:3000', profile = defaultProfile }: LoginOptions,
): Promise<number> {
  const address = trimUrl(url)
  const token = (await readPassword(`Access token for ${address}: `, { twice: false }))?.trim()
  if (!token) throw new CommandError('No token was given.')
  const { _userId } = await createServer(address, token).call('getTokenInfo')
  const path = await writeProfile(terminal.env, profile, { url: address, token })
  terminal.print({ profile, url: address, _userId }, `Signed in to ${address} as the user ${_userId}; kept in ${path}.`)
  return exitCodes.done
}

/** The OpenID provider at which users of this installation sign in, where its settings name one. */

/** As the one who runs the server has registered it there. */
export interface OpenIdSettings {
  /** Its address, as it names itself. */
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** What people call it. */
  readonly name: string
  /** Domains of addresses whose owners become users when they first come. */
  readonly createsUsersOf: readonly string[]
}

export interface OpenIdProvider extends Pick<OpenIdSettings, 'issuer' | 'name' | 'createsUsersOf'> {
  /** Where the browser goes. */
  begin(redirectURI: string, signal: AbortSignal | undefined): Promise<OpenIdStart | OpenIdFailure>
  /** Who it is that came back with these parameters. */
  finish(parameters: OpenIdParameters, kept: OpenIdKept, signal: AbortSignal | undefined): Promise<OpenIdUser | OpenIdFailure>
}

/** What only the browser that began knows, and the server between. */
export interface OpenIdKept {
  readonly redirectURI: string
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

export interface OpenIdStart {
  readonly url: string
  readonly kept: OpenIdKept
}

/** As the provider adds them to the address. */
export interface OpenIdParameters {
  readonly state: string
  readonly code?: string | undefined
  readonly iss?: string | undefined
  readonly error?: string | undefined
  readonly error_description?: string | undefined
}

export interface OpenIdUser {
  /** Who it is to the provider, whatever their address becomes. */
  readonly subject: string
  readonly email?: string
  readonly isVerified: boolean
  readonly name?: string
}

export interface OpenIdFailure {
  /** In a sentence. */
  readonly failed: string
  /** Whether the provider is at fault, and not what it was asked. */
  readonly isDown: boolean
}

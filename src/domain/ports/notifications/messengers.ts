/** What carries messages to users: the mail server of the settings, and calls of webhooks. */

/** How the settings name a mail server. */
export interface MailSettings {
  readonly host: string
  readonly port: number
  /** TLS from the first byte on; else it begins with STARTTLS, which is asked for where a password is sent to another machine. */
  readonly isSecure: boolean
  readonly user?: string
  readonly password?: string
  /** `Sluice <sluice@example.com>`, or the address alone. */
  readonly from: string
}

export interface Mail {
  /** Stays the same in every try, so that a mail server knows one again. */
  readonly _id: string
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  /** Where one click ends all mails; absent for mails that the user asks for. */
  readonly unsubscribeURL?: string
}

export interface WebhookCall {
  readonly _id: string
  readonly uri: string
  readonly secret: string
  readonly body: string
  readonly at: Date
}

/** `isFinal`: it will never be taken. */
export type Delivery = { readonly kind: 'taken' } | { readonly kind: 'refused'; readonly message: string; readonly isFinal: boolean }

export interface Messengers {
  /** Absent where the settings name no mail server. */
  readonly sendMail?: (mail: Mail) => Promise<Delivery>
  readonly callWebhook: (call: WebhookCall, signal: AbortSignal) => Promise<Delivery>
  /** Where users reach the console, without a slash at its end. */
  readonly publicURL?: string
  /** How long events are gathered before a message is sent. Milliseconds. */
  readonly gatherMs: number
}

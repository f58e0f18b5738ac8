/** Hands mails to the mail server of the settings (SMTP). A connection a mail: there are a few in a quarter of an hour. */
import type { Socket } from 'node:net'
import { once } from 'node:events'
import type * as Nodemailer from 'nodemailer'
import type SMTPTransport from 'nodemailer/lib/smtp-transport/index.js'
import { lazyLoad } from '../../../domain/lazy-load.ts'
import type { Delivery, Mail, MailSettings } from '../../../domain/ports/notifications/messengers.ts'
import { openGuardedSocket } from '../guarded-socket.ts'

const nodemailer = lazyLoad<typeof Nodemailer>('nodemailer')

/** Opening a connection, and the first line of the server. Milliseconds. */
const openingMs = 15_000
/** Between two answers of the server, and for the whole mail: many let a new sender wait. Milliseconds. */
const [silentMs, mailMs] = [30_000, 90_000] as const

export type SendMail = (mail: Mail) => Promise<Delivery>

export function createMailer(settings: MailSettings): SendMail {
  const domain = /@([^\s>@]+)>?$/.exec(settings.from)?.[1] ?? settings.host
  return async (mail) => {
    let socket: Socket | undefined
    const tooLong = setTimeout(() => socket?.destroy(new Error(`it took longer than ${mailMs / 1000} seconds`)), mailMs)
    try {
      socket = await openSocket(settings)
      await nodemailer()
        .createTransport(toOptions(settings, socket))
        .sendMail(toMessage(mail, settings, domain))
      return { kind: 'taken' }
    } catch (error) {
      return explain(settings, error as SMTPFailure)
    } finally {
      clearTimeout(tooLong)
      socket?.destroy()
    }
  }
}

/** Named by the one who runs the server, it may stand in a private network. Metadata and link-local addresses are refused all the same. */
async function openSocket({ host, port }: MailSettings): Promise<Socket> {
  const socket = openGuardedSocket(host, port, 'allow')
  const late = setTimeout(() => socket.destroy(new Error(`it does not answer within ${openingMs / 1000} seconds`)), openingMs)
  try {
    await once(socket, 'connect')
    return socket
  } finally {
    clearTimeout(late)
  }
}

const toOptions = ({ host, port, isSecure, user, password }: MailSettings, connection: Socket): SMTPTransport.Options => ({
  host,
  port,
  secure: isSecure,
  connection,
  tls: { servername: host },
  // A password goes to no other machine without TLS.
  requireTLS: !isSecure && user !== undefined && !isHere(host),
  // A server on this machine has a certificate of its own making, if any.
  ignoreTLS: !isSecure && isHere(host),
  ...(user !== undefined && { auth: { user, pass: password ?? '' } }),
  greetingTimeout: openingMs,
  socketTimeout: silentMs,
  disableFileAccess: true,
  disableUrlAccess: true,
})

const isHere = (host: string): boolean => host === 'localhost' || host === '::1' || host.startsWith('127.')

const toMessage = (
  { _id, to, subject, text, html, unsubscribeURL }: Mail,
  { from }: MailSettings,
  domain: string,
): SMTPTransport.MailOptions => ({
  from,
  // As an address alone: nothing in it names others.
  to: { name: '', address: to },
  subject,
  text,
  html,
  messageId: `<${_id}@${domain}>`,
  headers: {
    'Auto-Submitted': 'auto-generated',
    ...(unsubscribeURL !== undefined && {
      'List-Unsubscribe': `<${unsubscribeURL}>`,
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    }),
  },
})

interface SMTPFailure extends Error {
  readonly code?: string
  readonly responseCode?: number
  readonly response?: string
}

/** What the server refuses for good (5xx) is tried no more; a wrong password is somebody's to mend meanwhile. */
function explain({ host, port }: MailSettings, { code, responseCode, response, message }: SMTPFailure): Delivery {
  if (code === 'ETLS')
    return {
      kind: 'refused',
      isFinal: false,
      message: `The mail server ${host}:${port} begins no TLS (${message.replaceAll(/\s+/g, ' ')}), and a password goes to no other machine without.`,
    }
  const isFinal = code !== 'EAUTH' && responseCode !== undefined && responseCode >= 500
  const said = response === undefined ? message : response
  return { kind: 'refused', isFinal, message: `The mail server ${host}:${port} did not take it: ${said.replaceAll(/\s+/g, ' ')}` }
}

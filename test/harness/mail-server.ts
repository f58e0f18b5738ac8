/** A mail server (smtp-server) that takes mails, reads them (mailparser), and can be made to refuse them. */
import type { AddressInfo } from 'node:net'
import { simpleParser, type ParsedMail } from 'mailparser'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import type { MailSettings } from '../../src/domain/ports/notifications/messengers.ts'

interface Taken extends ParsedMail {
  readonly recipient: string
  readonly plain: string
}

export interface MailServer {
  readonly settings: MailSettings
  readonly taken: Taken[]
  /** Passwords that were sent. */
  readonly passwords: string[]
  /** Answers this in the place of taking a recipient. */
  refusal: { readonly code: number; readonly message: string } | undefined
  to(email: string): Taken[]
  close(): Promise<void>
}

export async function startMailServer({
  host = '127.0.0.1',
  user,
  password,
  ...options
}: SMTPServerOptions & { readonly host?: string; readonly user?: string; readonly password?: string } = {}): Promise<MailServer> {
  const taken: Taken[] = []
  const passwords: string[] = []
  const server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    logger: false,
    onAuth(auth, _session, done) {
      passwords.push(auth.password ?? '')
      return auth.password === password ? done(null, { user: auth.username }) : done(new Error('Invalid username or password'))
    },
    onRcptTo(_address, _session, done) {
      const { refusal } = mails
      return done(refusal ? Object.assign(new Error(refusal.message), { responseCode: refusal.code }) : null)
    },
    onData(stream, session, done) {
      simpleParser(stream, (error, mail) => {
        const recipient = session.envelope.rcptTo.map(({ address }) => address).join(',')
        if (!error) taken.push(Object.assign(mail, { recipient, plain: mail.text ?? '' }))
        done(error)
      })
    },
    ...options,
  })
  server.on('error', () => {})
  await new Promise<void>((ready) => void server.listen(0, host, ready))
  const { port } = server.server.address() as AddressInfo
  const mails: MailServer = {
    settings: {
      host,
      port,
      isSecure: false,
      from: 'Sluice <sluice@sluice.example>',
      ...(user !== undefined && { user, password: password ?? '' }),
    },
    taken,
    passwords,
    refusal: undefined,
    to: (email) => taken.filter(({ recipient }) => recipient === email),
    close: () => new Promise((closed) => server.close(() => closed())),
  }
  return mails
}

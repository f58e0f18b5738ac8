/** vsftpd, started for a test on a port of its own, as the user who runs the test: for FTP, and for FTPS where TLS begins at once or after a command. */
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endSessions, freePort, onceListening } from './file-servers.ts'

export const vsftpd = '/usr/sbin/vsftpd'

export interface FtpServer {
  readonly port: number
  readonly username: string
  readonly password: string
  /** The folder that the user comes to. */
  readonly home: string
  /** Its certificate, which nobody else vouches for: for 127.0.0.1 and no name. */
  readonly certificate: string
  /** What was asked of it, as it noted it. */
  commands(): string
  /** Closes all sessions, and lets new ones in. */
  dropAll(): void
  stop(): void
}

interface Options {
  readonly tls?: 'explicit' | 'implicit'
  readonly readOnly?: boolean
}

const password = 'let me in'

export async function startVsftpd({ tls, readOnly = false }: Options = {}): Promise<FtpServer> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-vsftpd-'))
  const at = (name: string): string => join(folder, name)
  mkdirSync(at('home'))
  // The only user that it lets in without the users of the machine: one of these passwords is asked of it.
  writeFileSync(at('passwords'), `${password}\n`)
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const names = ['-subj', '/CN=a file server', '-addext', 'subjectAltName=IP:127.0.0.1']
  execFileSync('openssl', ['req', '-x509', ...curve, '-days', '1', '-keyout', at('key.pem'), '-out', at('cert.pem'), ...names], {
    stdio: 'ignore',
  })
  const port = await freePort()
  const yes = (...settings: readonly string[]): string[] => settings.map((setting) => `${setting}=YES`)
  const no = (...settings: readonly string[]): string[] => settings.map((setting) => `${setting}=NO`)
  writeFileSync(
    at('config'),
    [
      'listen_address=127.0.0.1',
      `listen_port=${port}`,
      `anon_root=${at('home')}`,
      `secure_chroot_dir=${at('home')}`,
      `email_password_file=${at('passwords')}`,
      `vsftpd_log_file=${at('log')}`,
      'anon_umask=027',
      ...yes('listen', 'run_as_launching_user', 'anonymous_enable', 'secure_email_list_enable', 'log_ftp_protocol'),
      ...yes('anon_upload_enable', 'anon_mkdir_write_enable', 'anon_other_write_enable'),
      ...no('background', 'local_enable', 'anon_world_readable_only', 'connect_from_port_20'),
      ...no('seccomp_sandbox', 'isolate', 'isolate_network'),
      `write_enable=${readOnly ? 'NO' : 'YES'}`,
      ...(tls
        ? [
            ...yes('ssl_enable', 'allow_anon_ssl', 'force_anon_logins_ssl', 'force_anon_data_ssl', 'require_ssl_reuse'),
            `implicit_ssl=${tls === 'implicit' ? 'YES' : 'NO'}`,
            `rsa_cert_file=${at('cert.pem')}`,
            `rsa_private_key_file=${at('key.pem')}`,
          ]
        : []),
      '',
    ].join('\n'),
  )
  const server = spawn(vsftpd, [at('config')], { stdio: 'ignore' })
  await onceListening(port)
  return {
    port,
    username: 'anonymous',
    password,
    home: at('home'),
    certificate: readFileSync(at('cert.pem'), 'utf8'),
    commands: () => readFileSync(at('log'), 'utf8'),
    dropAll: () => endSessions(server.pid as number),
    stop() {
      endSessions(server.pid as number)
      server.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

// Programs from Debian's packages that the tests start: file servers and databases, on ports of their own, the browser that the console is tested in, and GnuPG. Installs those that are not there.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'

const packages = {
  'openssh-server': '/usr/sbin/sshd',
  vsftpd: '/usr/sbin/vsftpd',
  'chromium-headless-shell': '/usr/bin/chromium-headless-shell',
  gpg: '/usr/bin/gpg',
  'mariadb-server': '/usr/sbin/mariadbd',
}
const versions = '/usr/lib/postgresql'
const hasPostgres = existsSync(versions) && readdirSync(versions).some((version) => existsSync(`${versions}/${version}/bin/postgres`))
const missing = [...Object.keys(packages).filter((name) => !existsSync(packages[name])), ...(hasPostgres ? [] : ['postgresql'])]
const run = (file, args) => execFileSync(file, args, { stdio: ['ignore', 'ignore', 'inherit'] })
if (missing.length > 0) {
  run('apt-get', ['-qq', 'update'])
  run('env', ['DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq', '-y', '--no-install-recommends', 'install', ...missing])
}

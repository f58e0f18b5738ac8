// Programs from Debian's packages that the tests start: file servers, on ports of their own, the browser that the console is tested in, and GnuPG. Installs those that are not there.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const packages = { '/usr/sbin/sshd': 'openssh-server', '/usr/sbin/vsftpd': 'vsftpd', '/usr/bin/chromium': 'chromium', '/usr/bin/gpg': 'gpg' }
const missing = Object.keys(packages).filter((file) => !existsSync(file))
const run = (file, args) => execFileSync(file, args, { stdio: ['ignore', 'ignore', 'inherit'] })
if (missing.length > 0) {
  run('apt-get', ['-qq', 'update'])
  run('env', ['DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq', '-y', '--no-install-recommends', 'install', ...missing.map((file) => packages[file])])
}

// The PostgreSQL of Debian's packages, on data of its own, for the second run of the tests: prints its URL. With `stop`, stops it and removes its data.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'

const base = '/tmp/sluice-ci-postgres'
const port = 54329
const asRoot = process.getuid() === 0
const run = (file, args) => execFileSync(file, args, { stdio: ['ignore', 'ignore', 'inherit'], cwd: '/' })
const binaries = () => {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root).filter((version) => existsSync(`${root}/${version}/bin/postgres`)) : []
  return versions.length > 0 ? `${root}/${versions.sort((a, b) => Number(a) - Number(b)).at(-1)}/bin` : undefined
}
const asPostgres = (file, ...args) => (asRoot ? run('setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups', file, ...args]) : run(file, args))

if (process.argv[2] === 'stop') {
  asPostgres(`${binaries()}/pg_ctl`, '-D', `${base}/data`, '-m', 'immediate', 'stop')
  rmSync(base, { recursive: true, force: true })
} else {
  if (existsSync(`${base}/data/postmaster.pid`)) asPostgres(`${binaries()}/pg_ctl`, '-D', `${base}/data`, '-m', 'immediate', 'stop')
  rmSync(base, { recursive: true, force: true })
  mkdirSync(base, { recursive: true })
  if (asRoot) run('chown', ['postgres', base])
  asPostgres(`${binaries()}/initdb`, '-D', `${base}/data`, '-U', 'sluice', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync')
  // Nobody misses this data after a power cut.
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${base} -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_wal_size=4GB -c max_connections=300`
  asPostgres(`${binaries()}/pg_ctl`, '-D', `${base}/data`, '-o', options, '-l', `${base}/log`, '-w', 'start')
  process.stdout.write(`postgresql://sluice@127.0.0.1:${port}/postgres\n`)
}

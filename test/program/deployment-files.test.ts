/** The files that people deploy with: that they are well-formed, name what is there, and keep the promises of docs/operate.md. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'

// oxlint-disable-next-line typescript/no-explicit-any -- files of every shape
type Doc = any

const root = resolve(import.meta.dirname, '../..')
const read = (file: string): Promise<string> => readFile(join(root, file), 'utf8')
const { version } = JSON.parse(await read('package.json')) as { version: string }
const listed = await read('docs/settings.md')
/** Settings that the page about them does not list. */
const unknown = (names: readonly string[]): readonly string[] =>
  names.filter((name) => /^(?:SLUICE_|DATABASE_URL)/.test(name) && !listed.includes(`\`${name}\``))

const kubernetes = async (): Promise<readonly Doc[]> => {
  const documents = parseAllDocuments(await read('packaging/kubernetes/sluice.yaml'))
  expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([])
  return documents.map((each) => each.toJS() as Doc)
}
const matches = (selector: Doc, labels: Doc): boolean => Object.entries(selector).every(([name, value]) => labels[name] === value)

test('the manifest of Kubernetes starts servers and workers that are probed, bounded, and without rights', async () => {
  const deployments = (await kubernetes()).filter(({ kind }) => kind === 'Deployment')
  expect(deployments.map(({ metadata }) => metadata.name)).toEqual(['sluice-server', 'sluice-worker'])
  for (const { apiVersion, spec } of deployments) {
    const { spec: pod, metadata } = spec.template
    const [container] = pod.containers
    expect(apiVersion).toBe('apps/v1')
    expect(matches(spec.selector.matchLabels, metadata.labels)).toBe(true)
    expect(container.args).toEqual(['--role', metadata.labels.role])
    expect(container.image.split(':')[1]).toBe(version)
    const ports = new Map<string, number>(container.ports.map((each: Doc) => [each.name, each.containerPort]))
    const env = new Map<string, string>(container.env.map((each: Doc) => [each.name, each.value]))
    expect(unknown([...env.keys()])).toEqual([])
    expect(env.get('SLUICE_HEALTH_ADDRESS')).toBe(`0.0.0.0:${ports.get('health')}`)
    expect(env.get('SLUICE_METRICS_ADDRESS')).toBe(`0.0.0.0:${ports.get('metrics')}`)
    expect(metadata.annotations['prometheus.io/port']).toBe(String(ports.get('metrics')))
    for (const [probe, path] of [
      ['startupProbe', '/livez'],
      ['livenessProbe', '/livez'],
      ['readinessProbe', '/readyz'],
    ] as const)
      expect(container[probe].httpGet).toEqual({ path, port: 'health' })
    expect(container.resources).toEqual({
      requests: expect.objectContaining({ cpu: expect.any(String) }),
      limits: { memory: expect.any(String) },
    })
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } })
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
    // Longer than what is under way takes to end.
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(50 + Number(env.get('SLUICE_DRAIN_SECONDS') ?? 0))
    expect(container.volumeMounts.map((each: Doc) => each.name)).toEqual(pod.volumes.map((each: Doc) => each.name))
  }
})

test('what else the manifest of Kubernetes makes selects the servers, and its secret names settings', async () => {
  const all = await kubernetes()
  const find = (kind: string): Doc => all.find((each) => each.kind === kind)
  const [server] = all.filter(({ kind }) => kind === 'Deployment')
  const { labels } = server.spec.template.metadata
  const [container] = server.spec.template.spec.containers
  expect(matches(find('Service').spec.selector, labels)).toBe(true)
  expect(find('Service').spec.ports.map((each: Doc) => each.targetPort)).toEqual(['http'])
  expect(container.ports).toContainEqual({ name: 'http', containerPort: 3000 })
  expect(matches(find('PodDisruptionBudget').spec.selector.matchLabels, labels)).toBe(true)
  expect(server.spec.replicas).toBeGreaterThan(find('PodDisruptionBudget').spec.minAvailable)
  expect(server.spec.template.spec.serviceAccountName).toBe(find('ServiceAccount').metadata.name)
  const literals = [...(await read('packaging/kubernetes/sluice.yaml')).matchAll(/--from-literal=(\w+)=/g)].map(
    ([, name]) => name as string,
  )
  expect(literals).toEqual(['DATABASE_URL', 'SLUICE_ENCRYPTION_KEY'])
})

test('compose starts a PostgreSQL, a server and two workers, read-only and without rights', async () => {
  const { services, volumes } = parse(await read('compose.yaml'), { merge: true }) as Doc
  expect(Object.keys(services)).toEqual(['postgres', 'server', 'worker'])
  for (const role of ['server', 'worker']) {
    const service = services[role]
    expect(service).toMatchObject({
      image: `sluice:${version}`,
      command: ['--role', role],
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      depends_on: { postgres: { condition: 'service_healthy' } },
    })
    expect(unknown(Object.keys(service.environment))).toEqual([])
    expect(service.environment).toMatchObject({ DATABASE_URL: expect.any(String), SLUICE_ENCRYPTION_KEY: expect.any(String) })
    expect(Number.parseInt(service.stop_grace_period, 10)).toBeGreaterThanOrEqual(
      45 + Number(service.environment.SLUICE_DRAIN_SECONDS ?? 0),
    )
  }
  expect(services.worker.deploy.replicas).toBe(2)
  const mounted = Object.values<Doc>(services).flatMap((service) => (service.volumes ?? []).map((each: string) => each.split(':')[0]))
  // Each worker has a folder of its own, which has no name and is on no other.
  expect(services.worker.volumes).toEqual(['/data'])
  expect(new Set(mounted)).toEqual(new Set([...Object.keys(volumes), '/data']))
})

test('the unit of systemd names settings and files that are there', async () => {
  const unit = await read('packaging/systemd/sluice.service')
  expect(unknown([...unit.matchAll(/\b([A-Z][A-Z_]+)=/g)].map(([, name]) => name as string))).toEqual([])
  expect(/^ExecStart=(.*)$/m.exec(unit)?.[1]).toMatch(/node_modules\/node\/bin\/node .*\/sluice\/dist\/main\.js serve$/)
})

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0

test.skipIf(!hasSystemd)('the unit of systemd is what systemd takes, and leaves a service little', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-unit-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'sluice.service')
  // The program of this machine in place of one that is not installed.
  const unit = (await read('packaging/systemd/sluice.service')).replace(/^(ExecStart=)\S+/m, `$1${process.execPath}`)
  await writeFile(file, unit)
  const verified = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' })
  expect({ status: verified.status, said: verified.stderr }).toEqual({ status: 0, said: '' })
  const security = execFileSync('systemd-analyze', ['security', '--offline=yes', '--no-pager', file], { encoding: 'utf8' })
  expect(Number(/exposure level for \S+: ([\d.]+)/.exec(security)?.[1])).toBeLessThan(3)
})

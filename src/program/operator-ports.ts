/** What operators ask apart from the API, on the addresses that the settings name: probes and metrics. */
import { openOperatorPort, type OperatorAnswers } from '../http/operator-port.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { Address, Settings } from '../settings.ts'
import { seatsForOthers } from '../store/queue/run-seats.ts'
import { refuseAddress } from './listen-failure.ts'
import type { Opened } from './open-world.ts'

/** Loaded where somebody asks for them: other servers have none of it in memory. */
export async function startMetrics(
  { database, askCounts }: Opened,
  { concurrency }: Settings,
  isWorker: boolean,
  version: string,
): Promise<Metrics> {
  const { createMetrics } = await import('../metrics/metrics.ts')
  return createMetrics({
    version,
    readCounts: askCounts,
    readPool: () => ({ total: database.pool.totalCount, idle: database.pool.idleCount, waiting: database.pool.waitingCount }),
    ...(isWorker && { slots: concurrency + seatsForOthers }),
  })
}

/** Both at one address where the settings name the same. Answers what closes them. */
export async function openOperatorPorts(
  { healthAddress, metricsAddress }: Settings,
  { askReadiness, metrics }: OperatorAnswers,
): Promise<() => Promise<unknown>> {
  const wanted: (readonly [string, Address | undefined, OperatorAnswers])[] = [
    ['SLUICE_HEALTH_ADDRESS', healthAddress, { ...(askReadiness && { askReadiness }) }],
    ['SLUICE_METRICS_ADDRESS', metricsAddress, { ...(metrics && { metrics }) }],
  ]
  const places = Map.groupBy(wanted, ([, address]) => address && `${address.host} ${address.port}`)
  places.delete(undefined)
  const opened: Awaited<ReturnType<typeof openOperatorPort>>[] = []
  const close = async (): Promise<unknown> => Promise.all(opened.map((each) => each.close()))
  try {
    for (const together of places.values()) {
      const [setting, address] = together[0] as (typeof wanted)[number]
      const answers: OperatorAnswers = Object.assign({}, ...together.map(([, , each]) => each))
      opened.push(await openOperatorPort(address as Address, answers).catch(refuseAddress(address as Address, setting)))
    }
  } catch (error) {
    await close()
    throw error
  }
  return close
}

/** What reaches outside while somebody waits: code of the accounts' own, in the sandbox and on servers of theirs, and the applications they connect. */
import { appWritePolicy } from '../domain/app-code/write-policy.ts'
import { integratorApi } from '../domain/dispatch/integrator-api.ts'
import type { Log, World } from '../domain/context.ts'
import { createApplications } from '../engine/on-request/applications.ts'
import { createLoadTool } from '../engine/graph/call-tool.ts'
import { openEvaluator, type Evaluator } from '../engine/evaluation/evaluator.ts'
import { createHttpClient } from '../engine/outgoing/client.ts'
import { createMailer } from '../engine/outgoing/messengers/mail.ts'
import { createWebhookCaller } from '../engine/outgoing/messengers/webhook.ts'
import { createOpenIdProvider } from '../engine/outgoing/openid/openid-provider.ts'
import type { ConnectionSlots } from '../engine/around/slots.ts'
import { createWebhookReader } from '../engine/webhooks/reader.ts'
import { createStackCalls } from '../engine/hooks/call-stack.ts'
import type { Settings } from '../settings.ts'
import { openSandbox } from '../sandbox/open.ts'

export interface Code extends Pick<
  World,
  'scripts' | 'stacks' | 'applications' | 'webhookReader' | 'integratorApi' | 'writePolicy' | 'openId' | 'messengers'
> {
  readonly evaluator: Evaluator
  close(): Promise<void>
}

interface Shortened {
  /** How long a call of an API may take, for tests. Milliseconds. */
  readonly callMs?: number | undefined
}

/** `slots` are those of the worker in this program, if there is one: both count against a connection's level. The world is asked for once somebody calls. */
export function openCode(
  log: Log,
  {
    privateNetwork,
    files,
    openId,
    mail,
    publicURL,
    gatherMs,
    callMs,
  }: Pick<Settings, 'privateNetwork' | 'files' | 'gatherMs'> & Partial<Pick<Settings, 'openId' | 'mail' | 'publicURL'>> & Shortened,
  slots: ConnectionSlots,
  world: () => World,
): Code {
  const sandbox = openSandbox(log)
  const evaluator = openEvaluator(log)
  const client = createHttpClient({ privateNetwork })
  // Named by the one who runs the server, as private networks are: it may stand in one. Metadata and link-local addresses are refused to it too.
  const toProvider = openId && createHttpClient({ privateNetwork: 'allow' })
  return {
    scripts: sandbox,
    stacks: createStackCalls(client.send),
    applications: createApplications(
      {
        send: client.send,
        slots,
        evaluator,
        privateNetwork,
        loadTool: createLoadTool(world),
        kept: () => world().store,
        uploads: () => world().store,
        ...(files !== undefined && { files }),
      },
      callMs,
    ),
    webhookReader: createWebhookReader(evaluator),
    integratorApi,
    writePolicy: appWritePolicy,
    messengers: {
      ...(mail && { sendMail: createMailer(mail) }),
      callWebhook: createWebhookCaller(client.send),
      ...(publicURL !== undefined && { publicURL }),
      gatherMs,
    },
    ...(openId && toProvider && { openId: createOpenIdProvider(openId, toProvider.send) }),
    evaluator,
    async close() {
      sandbox.close()
      evaluator.close()
      await client.close()
      await toProvider?.close()
    },
  }
}

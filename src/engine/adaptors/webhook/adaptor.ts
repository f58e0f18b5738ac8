/** Webhooks: exports of what applications send by themselves. They have no connection, and nothing is imported into them. */
import type { Adaptor, FieldOf } from '../../adaptor.ts'
import { fieldOfWebhookObstacle } from '../../webhooks/find-obstacle.ts'
import { webhookExport, type WebhookPorts } from './export.ts'

const fields: Readonly<Record<string, string>> = { ...fieldOfWebhookObstacle, lookup_unsupported: 'isLookup' }
const fieldOf: FieldOf = (code) => fields[code] ?? 'webhook'

export const webhook = (ports: WebhookPorts): Adaptor => ({ source: webhookExport(ports, fieldOf) })

/** DynamoDB as dynalite carries it out, in this process. */
import type { AddressInfo } from 'node:net'
import { AwsClient } from 'aws4fetch'
import dynalite from 'dynalite'

export const awsKey = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }

export interface Dynamo {
  readonly origin: string
  ask(action: string, body: object): Promise<Record<string, unknown>>
  stop(): Promise<void>
}

export async function startDynalite(): Promise<Dynamo> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0 })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = new AwsClient({ ...awsKey, region: 'us-east-1', service: 'dynamodb' })
  return {
    origin,
    async ask(action, body) {
      const answer = await client.fetch(origin, {
        method: 'POST',
        headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDB_20120810.${action}` },
        body: JSON.stringify(body),
      })
      const said = (await answer.json()) as Record<string, unknown>
      if (!answer.ok) throw new Error(JSON.stringify(said))
      return said
    },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

/** DynamoDB as dynalite has it: the cases of test/cases/dynamodb, signatures, slots, answers that pass, keys that are refused. */
import { AwsV4Signer } from 'aws4fetch'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ConnectionDoc, FlowRecord } from '../../../src/engine/adaptor.ts'
import { dynamodb } from '../../../src/engine/adaptors/dynamodb/adaptor.ts'
import type { DynamoPorts } from '../../../src/engine/adaptors/dynamodb/client.ts'
import { readItem, type Item } from '../../../src/engine/adaptors/dynamodb/values.ts'
import { createHttpClient } from '../../../src/engine/outgoing/client.ts'
import type { HttpRequest, Send } from '../../../src/engine/outgoing/message.ts'
import { awsKey, startDynalite, type Dynamo } from '../../harness/dynalite.ts'
import { evaluator } from '../evaluator.ts'
import { failureOf, runExportCase, runImportCase, type DocumentCase } from './document-cases.ts'
import { aRun, casesIn, collect, connectionTo, exportDoc, importDoc, unlimited } from './stage.ts'

const client = createHttpClient({ privateNetwork: 'allow' })
let dynamo: Dynamo
beforeAll(async () => {
  dynamo = await startDynalite()
})
afterAll(async () => {
  await dynamo.stop()
  await client.close()
})

const key = (name: string, type: string) => ({ AttributeName: name, AttributeType: type })
beforeEach(async () => {
  await dynamo.ask('DeleteTable', { TableName: 'orders' }).catch(() => undefined)
  await dynamo.ask('CreateTable', {
    TableName: 'orders',
    AttributeDefinitions: [key('shop', 'S'), key('n', 'N')],
    KeySchema: [
      { AttributeName: 'n', KeyType: 'RANGE' },
      { AttributeName: 'shop', KeyType: 'HASH' },
    ].toReversed(),
    BillingMode: 'PAY_PER_REQUEST',
  })
})

const connection = { ...connectionTo(''), http: undefined, type: 'dynamodb', dynamodb: { aws: awsKey } } as unknown as ConnectionDoc
const adaptorOf = (ports: Partial<DynamoPorts> = {}) =>
  dynamodb({ send: client.send, slots: unlimited, evaluator, firstWait: 1, dynamodb: () => dynamo.origin, ...ports })

async function prepared(before: readonly object[] = []): Promise<void> {
  for (const Item of before) await dynamo.ask('PutItem', { TableName: 'orders', Item })
}
async function left({ after }: DocumentCase): Promise<void> {
  if (!after) return
  const { Items } = await dynamo.ask('Scan', { TableName: 'orders' })
  const found = (Items as Item[]).map(readItem).toSorted((a, b) => Number(a['n']) - Number(b['n']))
  expect(JSON.parse(JSON.stringify(found))).toEqual(after)
}

it.each(casesIn<DocumentCase>('dynamodb/export'))('export: $name', async (one) => {
  await prepared(one.before)
  await expect(runExportCase({ kind: 'Dynamodb', connection, ...adaptorOf() }, one)).resolves.toBeUndefined()
  await left(one)
})

it.each(casesIn<DocumentCase>('dynamodb/import'))('import: $name', async (one) => {
  await prepared(one.before)
  await expect(runImportCase({ kind: 'Dynamodb', connection, ...adaptorOf() }, one)).resolves.toBeUndefined()
  await left(one)
})

const put = importDoc({ adaptorType: 'DynamodbImport', dynamodb: { method: 'putItem', tableName: 'orders' } })
const query = exportDoc({
  adaptorType: 'DynamodbExport',
  pageSize: 100,
  dynamodb: { tableName: 'orders', keyConditionExpression: 'shop = :s', expressionAttributeValues: '{":s": "a"}' },
})
const submitted = (records: readonly FlowRecord[]) => records.map((record) => ({ record, mapped: record }))

it('signs each request as another signer does', async () => {
  const sent: HttpRequest[] = []
  const send: Send = (request, signal) => {
    sent.push(request)
    return client.send(request, signal)
  }
  await adaptorOf({ send }).connections.ping(connection, aRun())
  const [{ method, headers, body } = { method: '', headers: {} as Record<string, string> }] = sent
  const { authorization, ...rest } = headers
  const signer = new AwsV4Signer({
    ...awsKey,
    url: `${dynamo.origin}/`,
    method,
    headers: rest,
    body: body as string,
    region: 'us-east-1',
    service: 'dynamodb',
    datetime: rest['x-amz-date'] ?? '',
    allHeaders: true,
  })
  expect(authorization).toContain(`Signature=${await signer.signature()}`)
})

it('exports what does not fit one answer, each item once', async () => {
  const items = Array.from({ length: 30 }, (_, i) => ({ shop: { S: 'a' }, n: { N: String(i) }, text: { S: 'x'.repeat(100_000) } }))
  await prepared(items)
  const step = { doc: query, connection, run: aRun() }
  const asked: string[] = []
  const send: Send = (request, signal) => {
    asked.push(String(request.headers['x-amz-target']))
    return client.send(request, signal)
  }
  const pages = await collect(adaptorOf({ send }).source.pages(step, undefined))
  expect(pages.flatMap(({ records }) => records.map((record) => (record as { n: number }).n))).toEqual(items.map((_, i) => i))
  expect(asked.filter((target) => target.endsWith('.Query')).length).toBeGreaterThan(2)
})

describe('an answer that says that it was too much, or that something broke', () => {
  const answering =
    (body: object, statusCode: number, times: number): Send =>
    async (request, signal) =>
      times-- > 0 ? { kind: 'answer', statusCode, headers: {}, body: Buffer.from(JSON.stringify(body)) } : client.send(request, signal)

  it.each([
    ['com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException', 400],
    ['com.amazon.coral.availability#ThrottlingException', 400],
    ['com.amazonaws.dynamodb.v20120810#InternalServerError', 500],
  ])('%s is asked again', async (__type, status) => {
    const outcomes = await adaptorOf({ send: answering({ __type, message: 'm' }, status, 2) }).sink.write(
      { doc: put, connection, run: aRun() },
      submitted([{ shop: 'a', n: 1 }]),
    )
    expect(outcomes).toMatchObject([{ kind: 'done' }])
  })

  it('and does not stop is the failure of its record after four times, or as often as the import says', async () => {
    const body = { __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException', message: 'too much' }
    const failing = [
      { kind: 'failed', failures: [{ source: 'application', code: 'ProvisionedThroughputExceededException', message: 'too much' }] },
    ]
    for (const [doc, tries] of [
      [put, 4],
      [{ ...put, maxAttempts: 2 }, 2],
    ] as const) {
      let asked = 0
      const send: Send = async () => {
        asked += 1
        return { kind: 'answer', statusCode: 400, headers: {}, body: Buffer.from(JSON.stringify(body)) }
      }
      const outcomes = await adaptorOf({ send }).sink.write({ doc, connection, run: aRun() }, submitted([{ shop: 'a', n: 1 }]))
      expect([outcomes, asked]).toMatchObject([failing, tries])
    }
  })
})

it('tells a key that is not known, and takes one that may not list tables for a good one', async () => {
  const said =
    (__type: string): Send =>
    async () => ({
      kind: 'answer',
      statusCode: 400,
      headers: {},
      body: Buffer.from(JSON.stringify({ __type: `com.amazon.coral.service#${__type}`, message: 'The security token is invalid.' })),
    })
  const refused: string[] = []
  const run = aRun({ refused: ({ name }: { name: string }) => refused.push(name) })
  expect(await adaptorOf({ send: said('UnrecognizedClientException') }).connections.ping(connection, run)).toMatchObject({
    source: 'connection',
    code: 'UnrecognizedClientException',
  })
  expect(refused).toEqual(['a connection'])
  expect(await adaptorOf({ send: said('AccessDeniedException') }).connections.ping(connection, run)).toBeUndefined()
  expect(await adaptorOf().connections.ping(connection, run)).toBeUndefined()
})

it('has as many requests at work as the connection allows, over all of its steps', async () => {
  const levels = new Set<number>()
  let [atWork, most] = [0, 0]
  const slots: DynamoPorts['slots'] = {
    ...unlimited,
    async use(_owner, level, _signal, work) {
      levels.add(level)
      most = Math.max(most, ++atWork)
      return work().finally(() => (atWork -= 1))
    },
  }
  const limited = { ...connection, dynamodb: { aws: awsKey, concurrencyLevel: 3 } } as unknown as ConnectionDoc
  await adaptorOf({ slots }).sink.write(
    { doc: put, connection: limited, run: aRun() },
    submitted(Array.from({ length: 20 }, (_, n) => ({ shop: 'a', n }))),
  )
  expect([[...levels], most]).toEqual([[3], 3])
  const recovering = {
    ...connection,
    autoRecoverRateLimitErrors: true,
    dynamodb: { aws: awsKey, targetConcurrencyLevel: 2 },
  } as unknown as ConnectionDoc
  await adaptorOf({ slots }).sink.write({ doc: put, connection: recovering, run: aRun() }, submitted([{ shop: 'a', n: 1 }]))
  expect(levels).toContain(2)
})

it('shows its requests and sends none where its run only previews', async () => {
  const told: unknown[] = []
  const step = { doc: put, connection, run: aRun({ previewsImports: true }) }
  await adaptorOf().sink.write(step, submitted([{ shop: 'a', n: 1 }]), {
    starts: () => undefined,
    begun: () => undefined,
    received: () => undefined,
    aheadUntil: () => undefined,
    exchanged: (places, { request }) => told.push(places, JSON.parse(String(request.body))),
  })
  expect(told).toEqual([[0], { TableName: 'orders', Item: { shop: { S: 'a' }, n: { N: '1' } } }])
  await left({ name: '', after: [] })
})

it('asks the region that the step says, or us-east-1', async () => {
  const regions: string[] = []
  const ports = { dynamodb: (region: string) => (regions.push(region), dynamo.origin) }
  const there = { ...put, dynamodb: { ...put.dynamodb, region: 'eu-west-3' } } as typeof put
  await adaptorOf(ports).sink.write({ doc: there, connection, run: aRun() }, submitted([{ shop: 'a', n: 1 }]))
  await collect(adaptorOf(ports).source.pages({ doc: query, connection, run: aRun() }, undefined))
  expect(regions).toEqual(['eu-west-3', 'us-east-1'])
})

it('needs both parts of its access key', async () => {
  for (const aws of [{ accessKeyId: 'k' }, { secretAccessKey: 's' }])
    expect(
      await failureOf(() => adaptorOf().connections.ready({ ...connection, dynamodb: { aws } } as unknown as ConnectionDoc, aRun())),
    ).toMatchObject({ code: 'configuration_missing' })
})

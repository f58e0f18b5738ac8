/** Writes mails: as a text and as HTML, from the same sentences. */
import type { OutboxEvent, Payload } from '../ports/notifications/outbox.ts'
import type { NotificationEvent } from '../ports/notifications/notification-event.ts'
import type { Mail } from '../ports/notifications/messengers.ts'
import { linkTo, pageOfEvent, pages, type ConsoleScope } from './console-links.ts'
import { escapeHtml } from './escape-html.ts'

/** What a mail says besides its events. */
export interface Letter extends ConsoleScope {
  readonly account: string
  readonly environment: string
  readonly timezone: string
  readonly unsubscribeURL: string | undefined
}

type Written = Pick<Mail, 'subject' | 'text' | 'html'>

interface Item {
  readonly sentence: string
  readonly link: string | undefined
  readonly quotes: readonly string[]
}
interface Section {
  readonly title: string
  readonly items: readonly Item[]
}

const titles: Readonly<Record<NotificationEvent['type'], string>> = {
  'flow.errors': 'Errors',
  'flow.run.failed': 'Runs that failed',
  'connection.offline': 'Connections that went offline',
  'connection.online': 'Connections that are back',
  'errors.assigned': 'Errors assigned to you',
  'license.ending': 'Licences that end',
}

/** Characters of a name in a subject. */
const maxName = 60

export function composeMail({ events, omitted, since }: Payload, letter: Letter): Written {
  const sections = (Object.keys(titles) as NotificationEvent['type'][]).flatMap((type): Section[] => {
    const items = events.filter(({ event }) => event.type === type).map((each) => toItem(each, letter))
    return items.length > 0 ? [{ title: titles[type], items }] : []
  })
  const left = omitted > 0 ? [`${countOf(omitted, 'more thing', 'more things')} happened that this mail leaves out.`] : []
  return render(
    buildSubject(
      events.map(({ event }) => event),
      letter.environment,
    ),
    [`What happened in ${letter.environment} of ${letter.account} since ${formatTime(since, letter.timezone)}:`],
    sections,
    [...left, ...closing(letter)],
  )
}

export const composeTestMail = (letter: Letter): Written =>
  render(
    'Sluice: a test',
    ['This is a test: mails of Sluice reach you at this address.', `You asked for it in ${letter.environment} of ${letter.account}.`],
    [],
    closing(letter),
  )

/** Sentences with an address at their end. */
function closing(letter: Letter): readonly string[] {
  const profile = linkTo({ ...letter, ashareId: undefined, envId: letter.accountId }, pages.profile())
  return [
    ...(profile === undefined ? [] : [`Change your notifications: ${profile}`]),
    ...(letter.unsubscribeURL === undefined ? [] : [`No more mails: ${letter.unsubscribeURL}`]),
  ]
}

const countOf = (n: number, one: string, several: string): string => `${n.toLocaleString('en')} ${n === 1 ? one : several}`

function formatTime(at: string, timezone: string): string {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone: timezone, dateStyle: 'medium', timeStyle: 'short', hourCycle: 'h23' })
  return `${format.format(new Date(at))} (${timezone})`
}

function buildSubject(events: readonly NotificationEvent[], environment: string): string {
  const total = (type: NotificationEvent['type']): number =>
    events
      .filter((event) => event.type === type)
      .reduce((sum, event) => sum + (event.connection || event.license ? 1 : (event.num ?? 1)), 0)
  const part = (type: NotificationEvent['type'], one: string, several: string): string[] => {
    const n = total(type)
    return n > 0 ? [countOf(n, one, several)] : []
  }
  const parts = [
    ...part('flow.errors', 'error', 'errors'),
    ...part('flow.run.failed', 'failed run', 'failed runs'),
    ...part('connection.offline', 'connection offline', 'connections offline'),
    ...part('connection.online', 'connection back', 'connections back'),
    ...part('errors.assigned', 'error assigned to you', 'errors assigned to you'),
    ...part('license.ending', 'licence that ends', 'licences that end'),
  ]
  const names = new Set(events.map(({ flow, connection, integration }) => (flow ?? connection ?? integration)?.name ?? ''))
  const [only = ''] = names
  const place = names.size === 1 && only !== '' ? only : environment
  return `Sluice: ${parts.join(', ')} · ${place.length > maxName ? `${place.slice(0, maxName - 1)}…` : place}`
}

function toItem({ event, key }: OutboxEvent, letter: Letter): Item {
  const page = pageOfEvent(event, key.collection)
  return {
    sentence: describeEvent(event, letter.timezone),
    link: page === undefined ? undefined : linkTo(letter, page),
    quotes: (event.errors ?? []).map(
      ({ source, code, message, traceKey }) => `${source} ${code}${traceKey === undefined ? '' : ` (${traceKey})`}: ${message}`,
    ),
  }
}

function describeEvent(event: NotificationEvent, timezone: string): string {
  const { type, num = 1, numOpen = 0, flow, step, integration, connection, license, by, lastAt } = event
  const place = flow && integration ? `${flow.name} (${integration.name})` : ((flow ?? integration)?.name ?? '')
  const time = formatTime(lastAt, timezone)
  if (type === 'flow.errors')
    return `${place}: ${countOf(num, 'new error', 'new errors')} at the step ${step?.name}, the last on ${time}. ${countOf(numOpen, 'is', 'are')} open.`
  if (type === 'flow.run.failed')
    return num === 1 ? `${place}: a run failed on ${time}.` : `${place}: ${num.toLocaleString('en')} runs failed, the last on ${time}.`
  if (type === 'connection.offline')
    return `${connection?.name} went offline on ${time}. Flows that use it are not started until it is back.`
  if (type === 'connection.online')
    return num > 1
      ? `${connection?.name} was offline for some time, and is back since ${time}.`
      : `${connection?.name} is back since ${time}.`
  if (type === 'errors.assigned')
    return `${by ? `${by.name} assigned` : 'Assigned to you are'} ${countOf(num, 'error', 'errors')} of ${place}${by ? ' to you' : ''}.`
  return `The licence of ${integration?.name}${license?.app === undefined ? '' : ` (${license.app})`} ends on ${formatTime(license?.endsAt ?? lastAt, timezone)}. Its flows run no more after that.`
}

function render(subject: string, opening: readonly string[], sections: readonly Section[], end: readonly string[]): Written {
  const itemText = ({ sentence, link, quotes }: Item): string =>
    [`- ${oneLine(sentence)}`, ...(link === undefined ? [] : [`  ${link}`]), ...quotes.map((quote) => `  > ${oneLine(quote)}`)].join('\n')
  const text = [
    opening.map(oneLine).join('\n'),
    ...sections.map(({ title, items }) => [title, ...items.map(itemText)].join('\n')),
    ...(end.length > 0 ? [`-- \n${end.join('\n')}`] : []),
  ].join('\n\n')
  const itemHtml = ({ sentence, link, quotes }: Item): string => {
    const linked = link === undefined ? '' : ` <a href="${escapeHtml(link)}">Look at it</a>`
    const quoted = quotes.map((quote) => `<blockquote style="margin:4px 0 4px 12px;color:#555">${escapeHtml(quote)}</blockquote>`).join('')
    return `<li>${escapeHtml(sentence)}${linked}${quoted}</li>`
  }
  const html = [
    '<!doctype html><html lang="en"><body style="font:15px/1.5 system-ui,sans-serif;max-width:40rem">',
    ...opening.map((sentence) => `<p>${escapeHtml(sentence)}</p>`),
    ...sections.map(({ title, items }) => `<h2 style="font-size:16px">${title}</h2><ul>${items.map(itemHtml).join('')}</ul>`),
    ...(end.length > 0 ? [`<p style="color:#555;font-size:13px">${end.map(linkAtEnd).join('<br>')}</p>`] : []),
    '</body></html>',
  ].join('\n')
  return { subject: oneLine(subject), text: `${text}\n`, html }
}

const linkAtEnd = (sentence: string): string => {
  const [, words = sentence, url] = /^(.*): (https?:\/\/\S+)$/.exec(sentence) ?? []
  return url === undefined ? escapeHtml(words) : `<a href="${escapeHtml(url)}">${escapeHtml(words)}</a>`
}

/** Names and messages may hold line breaks, which would look like sentences of ours. */
const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')

/** What only answers say of a connection: whether it works, how busy it is, and where it comes from. */
import { dateTime, objectId } from '../../kit.ts'
import { choice, flag, anyObject, optional, number, object, text } from '../../shared/schema-helpers.ts'
import { appStamps, deletedAt } from '../read-only-fields.ts'

const readOnly = { readOnly: true }
const quota = (span: string) =>
  object(`Requests a ${span}.`, optional({ limit: number('Allowed.'), used: number('Sent so far.'), remaining: number('Left.') }))

export const answered = {
  ...appStamps,
  ...optional({
    offline: flag(
      'True while the application cannot be reached or does not accept the credentials, and on a copy in another environment until it is saved with its credentials. Flows do not run over it meanwhile.',
      readOnly,
    ),
    aiDescription: anyObject('Summary written by a language model, where one was asked for.', readOnly),
    _userId: objectId({ readOnly: true, description: 'User who made the connection.' }),
    _sourceId: objectId({ readOnly: true, description: 'Connection that this one was cloned from. It may be gone.' }),
    deletedAt,
    needsAuthorization: flag('True while a person has yet to agree in the application, for OAuth.', readOnly),
    isAmazonSPConnection: flag('True for a connection to the Selling Partner API of Amazon.', readOnly),
    concurrencyInfo: object(
      'How many requests run at the same time, at present.',
      optional({
        currentLevel: number('Requests allowed at present.'),
        targetLevel: number('Requests that the level is on its way to.'),
        maxLevel: number('Requests allowed at the most.'),
        borrowedFrom: text('Id of the connection whose level is shared.'),
      }),
      readOnly,
    ),
    rateLimit: object(
      'Whether the application has lately said that there were too many requests.',
      optional({
        isRecovering: flag('True while fewer requests are sent than allowed, on the way back up.'),
        lastErrorAt: dateTime({ description: 'When the application last said so, in UTC.' }),
        retryCount: number('Times that the request at hand was sent again.'),
      }),
      readOnly,
    ),
    learnedHostKey: object(
      'Key that an SFTP server showed when it first let the user in, where `ftp.hostKey` pins none. A server at that address that shows another one is sent nothing until `ftp.hostKey` says that one.',
      optional({
        fingerprint: text('Fingerprint of the key, as `ssh-keygen -l` writes it (`SHA256:...`).'),
        since: dateTime({ description: 'When it was first shown, in UTC.' }),
      }),
      readOnly,
    ),
    status: choice(['active', 'inactive', 'error', 'pending', 'offline'], 'How the connection does, in one word.', readOnly),
    lastPingAt: dateTime({ readOnly: true, description: 'When it was last tried, in UTC.' }),
    lastPingStatus: choice(['success', 'failed', 'pending'], 'What came of the last try.', readOnly),
    capabilities: object(
      'What can be done over it.',
      optional({
        read: flag('Fetch records.'),
        write: flag('Create and change records.'),
        delete: flag('Delete records.'),
        realtime: flag('Learn of changes when they happen.'),
        batch: flag('Handle many records in one request.'),
      }),
      readOnly,
    ),
    quotas: object(
      'What the application allows, and how much of it is used.',
      optional({ daily: quota('day'), monthly: quota('month') }),
      readOnly,
    ),
  }),
}

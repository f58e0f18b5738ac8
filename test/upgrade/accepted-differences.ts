/** What earlier versions answered otherwise, and why that is meant. */

export const accepted: Readonly<Record<string, string>> = {
  '/v1/flows/{_id}/{_id}/errors .errors[].classifiedBy added': 'who told what kind of error it is, as documented',
  '/v1/flows/{_id}/{_id}/resolved .resolved[].classifiedBy added': 'as of open errors',
  '/v1/integrations/{_id}/clone/preview .mentions added': 'what scripts of a clone would name of the original',
  '/v1/integrations/{_id}/state .hash added': 'the hash of the state that revisions compare',
  '/v1/licenses [].app added': 'the name of the app',
  '/v1/licenses [].edition added': 'the name of the edition',
}

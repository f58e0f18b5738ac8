/** Whether a connection is online. */
import { integrationWords } from '../words/integrations.ts'

export const OnlineStatus = ({ offline }: { readonly offline: boolean | undefined }) => (
  <span className={`status ${offline ? 'failed' : 'good'}`}>
    <span className="dot" aria-hidden="true" />
    {offline ? integrationWords.connections.offline : integrationWords.connections.online}
  </span>
)

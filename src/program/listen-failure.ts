/** Why nothing can listen at an address, for the person who set it. */
import { SetupError } from '../domain/errors.ts'
import type { Address } from '../settings.ts'

/** `ofPort` and `ofHost` are the settings that say where to listen. */
export const refuseAddress =
  ({ host, port }: Address, ofPort: string, ofHost = ofPort) =>
  (error: NodeJS.ErrnoException): never => {
    if (error.code === 'EADDRINUSE')
      throw new SetupError(`Port ${port} on ${host} is in use by another program: set ${ofPort} to a free one.`)
    if (error.code === 'EACCES') throw new SetupError(`This user may not listen on port ${port}: set ${ofPort} to 1024 or above.`)
    if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN')
      throw new SetupError(`${ofHost} "${host}" is not an address of this machine.`)
    throw error
  }

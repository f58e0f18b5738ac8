/** Signs requests in anew where the application does not accept their proof: once, and then its answer counts. */
import { closeFile, type HttpResult, type Send } from '../message.ts'

export function withRenewal(send: Send, isRefused: (result: HttpResult) => boolean | Promise<boolean>): Send {
  return async (request, signal) => {
    const result = await send(request, signal)
    const { proof } = request
    if (!proof?.renew || result.kind !== 'answer') return result
    if (!(await isRefused(result))) {
      proof.accepted?.(request, result)
      return result
    }
    const renewed = await proof.renew(request, result, signal)
    if (typeof renewed !== 'boolean') {
      await closeFile(result)
      return renewed
    }
    if (!renewed) return result
    await closeFile(result)
    const second = await send((await request.again?.()) ?? request, signal)
    if (proof.accepted && second.kind === 'answer' && !(await isRefused(second))) proof.accepted(request, second)
    return second
  }
}

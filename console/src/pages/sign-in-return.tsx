/** Where the OpenID provider leads back to: what it added to the address is passed on once, and the user is signed in or told why not. */
import { useEffect, useState } from 'react'
import { call, explain, type CallInput } from '../api/client.ts'
import { useEnterAfterwards } from '../api/next-page.ts'
import { signInWords } from '../words/sign-in.ts'
import { paths } from '../paths.ts'
import { RefusalText } from '../forms/form-dialog.tsx'
import { LinkButton } from '../parts/button.tsx'
import { Gate } from '../parts/gate.tsx'
import { Loading } from '../parts/states.tsx'
import { useSearchParams } from '../url-state.ts'

type Answer = CallInput<'finishOpenIdSignIn'>['body']

/** A code works once, and React may begin twice. */
let passedOn: { readonly state: string; readonly done: Promise<unknown> } | undefined
function passOnce(body: Answer): Promise<unknown> {
  if (passedOn?.state !== body.state) passedOn = { state: body.state, done: call('finishOpenIdSignIn', { body }) }
  return passedOn.done
}

export function SignInReturnPage() {
  const { state = '', code, iss, error, error_description } = useSearchParams()
  const [refusal, setRefusal] = useState<string>()
  const enter = useEnterAfterwards()
  useEffect(() => {
    const body: Answer = {
      state,
      ...(code && { code }),
      ...(iss && { iss }),
      ...(error && { error }),
      ...(error_description && { error_description }),
    }
    passOnce(body).then(enter, (failure: unknown) => setRefusal(explain(failure)))
    // oxlint-disable-next-line react/exhaustive-deps -- once: the code is used up
  }, [state])
  return (
    <Gate title={signInWords.signIn.title}>
      {refusal === undefined ? (
        <Loading lines={2} />
      ) : (
        <>
          <RefusalText text={refusal} />
          <div className="gate-ways">
            <LinkButton to={paths.signIn()} kind="primary">
              {signInWords.signIn.again}
            </LinkButton>
          </div>
        </>
      )}
    </Gate>
  )
}

/** Sign-in with a token, and the question before a link signs in another actor. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Problem, roleWord } from '../ui/problem.tsx'
import { type Me, readWays, SESSION_KEY, signIn, signInFailure } from './session.tsx'

/** By the gateway's code in the URL. */
const FAILURES: Readonly<Record<string, string>> = {
  declined: 'Your account’s sign-in page declined the sign-in.',
  stale: 'That sign-in was begun in another browser, was used already, or took longer than ten minutes. Begin again.',
  invalid:
    'The answer of your sign-in page is not valid. Try again; if it fails again, tell the gateway’s administrator.',
  unavailable: 'Your sign-in page cannot be reached from the gateway just now. A link or a token still works.',
  no_role: 'Your account has no role in Sluice. Ask an administrator for one.',
  rate: 'Too many tries from this address. Wait a minute.',
}

export function SignIn({ why }: { readonly why: unknown }) {
  const client = useQueryClient()
  const [token, setToken] = useState('')
  const entering = useMutation({
    mutationFn: () => signIn({ token: token.trim() }),
    onSuccess: (me) => client.setQueryData(SESSION_KEY, me),
  })
  const ways = useQuery({ queryKey: ['ways'], queryFn: readWays, retry: false, staleTime: Number.POSITIVE_INFINITY })
  const problem = entering.error ?? why
  const failure = signInFailure === undefined ? undefined : (FAILURES[signInFailure] ?? FAILURES.invalid)
  return (
    <main className="sign-in">
      <form
        className="sign-in-form"
        onSubmit={(event) => {
          event.preventDefault()
          entering.mutate()
        }}
      >
        <h1>
          <img src="/icon.svg" alt="" width="28" height="28" /> Sluice
        </h1>
        {failure !== undefined && (
          <p role="alert" className="problem-line">
            {failure}
          </p>
        )}
        {ways.data?.issuer === true && (
          <a className="button primary" href="/session/sign-in">
            Sign in with your account
          </a>
        )}
        <p>
          {ways.data?.issuer === true ? 'Or with' : 'Sign in with'} a link: <code>npx sluice console</code> prints one
          on the gateway’s machine. It works once, for a minute.
        </p>
        <label htmlFor="token">Or with your token</label>
        <input
          id="token"
          type="password"
          autoComplete="off"
          spellCheck={false}
          value={token}
          onChange={(event) => setToken(event.target.value)}
          required
        />
        <Problem of={problem} />
        <button type="submit" className="button primary" disabled={entering.isPending}>
          {entering.isPending ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
    </main>
  )
}

export function OtherLink({ me, code }: { readonly me: Me; readonly code: string }) {
  const client = useQueryClient()
  const { offered: _, ...same } = me
  const changing = useMutation({
    mutationFn: () => signIn({ code, replace: true }),
    onSuccess: (other) => client.setQueryData(SESSION_KEY, other),
  })
  return (
    <main className="sign-in">
      <div className="sign-in-form">
        <h1>
          <img src="/icon.svg" alt="" width="28" height="28" /> Sluice
        </h1>
        <p>
          You are signed in as <strong>{me.name ?? me.roles.map(roleWord).join(', ')}</strong>. The link you followed is
          somebody else’s: what you do after it counts as theirs. Sign in with it instead?
        </p>
        <Problem of={changing.error} />
        <button
          type="button"
          className="button primary"
          ref={(button) => button?.focus()}
          onClick={() => client.setQueryData(SESSION_KEY, same)}
        >
          Stay signed in
        </button>
        <button type="button" className="button" disabled={changing.isPending} onClick={() => changing.mutate()}>
          Sign in with the link
        </button>
      </div>
    </main>
  )
}

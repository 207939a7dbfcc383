/** Who looks at the console. The session is the gateway's; this page holds its CSRF token in memory and nothing else. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect } from 'react'
import { ApiProblem, holdCsrf, mayCall, type OperationId, send } from '../api/client.ts'

export interface Me {
  readonly id: string
  readonly roles: readonly string[]
  readonly name?: string
  readonly csrf: string
  readonly until: string
  /** The code of a link that was followed and is somebody else's: it waits for this person's word. */
  readonly offered?: string
}

const SessionContext = createContext<Me | undefined>(undefined)
export const SESSION_KEY = ['session'] as const

/** What an address says in its fragment: taken out of it before anything else happens. */
function takeFrom(name: 'code' | 'sign-in-failed'): string | undefined {
  const value = new URLSearchParams(location.hash.slice(1)).get(name)
  if (value === null) return undefined
  history.replaceState(null, '', location.pathname + location.search)
  return value
}

let waitingCode = takeFrom('code')
/** Why the issuer's way back signed nobody in, in one word of the gateway's. */
export const signInFailure = takeFrom('sign-in-failed')

async function readSession(): Promise<Me | null> {
  if (waitingCode !== undefined) {
    const code = waitingCode
    waitingCode = undefined
    return signIn({ code }).catch(async (error: unknown) => {
      const isOther = error instanceof ApiProblem && error.code === 'ERR_SESSION_OTHER'
      // A link that is used up ends no session.
      const kept = await readHeld().catch(() => undefined)
      if (kept === undefined) throw error
      return isOther ? { ...kept, offered: code } : kept
    })
  }
  try {
    return await readHeld()
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401) return null
    throw error
  }
}

async function readHeld(): Promise<Me> {
  return held(await (await send('GET', '/session', undefined)).json())
}

type SignInBy = { readonly token: string } | { readonly code: string; readonly replace?: true }

export async function signIn(by: SignInBy): Promise<Me> {
  return held(await (await send('POST', '/session', by)).json())
}

/** Ends the session; true where the browser leaves for the issuer, which ends its own. */
async function signOut(): Promise<boolean> {
  const answer = await send('DELETE', '/session', undefined)
  if (answer.status === 204) return false
  // Sound: the gateway's own answer.
  const { issuer } = (await answer.json()) as { readonly issuer: string }
  location.replace(issuer)
  return true
}

function held(answer: unknown): Me {
  // Sound: the gateway's own answer.
  const me = answer as Me
  holdCsrf(me.csrf)
  return me
}

export function useSession() {
  return useQuery({ queryKey: SESSION_KEY, queryFn: readSession, retry: false, staleTime: Number.POSITIVE_INFINITY })
}

/** A link that is followed while the console is open changes its address alone: the page is not loaded anew. */
export function useLinks(): void {
  const client = useQueryClient()
  useEffect(() => {
    const follow = (): void => {
      const code = takeFrom('code')
      if (code === undefined) return
      waitingCode = code
      void client.refetchQueries({ queryKey: SESSION_KEY })
    }
    window.addEventListener('hashchange', follow)
    return () => window.removeEventListener('hashchange', follow)
  }, [client])
}

/** Whether this gateway lets a browser sign in at an issuer. */
export async function readWays(): Promise<{ readonly issuer: boolean }> {
  return (await send('GET', '/session/ways', undefined)).json() as Promise<{ readonly issuer: boolean }>
}

export function SessionProvider({ me, children }: { readonly me: Me; readonly children: ReactNode }) {
  return <SessionContext value={me}>{children}</SessionContext>
}

/** Only below `SessionProvider`. */
export function useMe(): Me {
  const me = useContext(SessionContext)
  if (me === undefined) throw new Error('no session')
  return me
}

export function useMay(id: OperationId): boolean {
  return mayCall(id, useMe().roles)
}

export function useSignOut(): () => Promise<void> {
  const client = useQueryClient()
  return async () => {
    if (await signOut()) return
    client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION_KEY[0] })
    client.setQueryData(SESSION_KEY, null)
  }
}

/** The signed-in user. The gateway owns the session; this page only keeps its CSRF token in memory. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect } from 'react'
import { ApiProblem, holdCsrf, mayCall, type OperationId, send } from '../api/client.ts'

export interface Me {
  readonly id: string
  readonly roles: readonly string[]
  readonly name?: string
  readonly csrf: string
  readonly until: string
  /** The code of another actor's link, until the user confirms the switch. */
  readonly offered?: string
}

const SessionContext = createContext<Me | undefined>(undefined)
export const SESSION_KEY = ['session'] as const

/** Reads the URL's fragment and removes it before anything else happens. */
function takeFrom(name: 'code' | 'sign-in-failed'): string | undefined {
  const value = new URLSearchParams(location.hash.slice(1)).get(name)
  if (value === null) return undefined
  history.replaceState(null, '', location.pathname + location.search)
  return value
}

let waitingCode = takeFrom('code')
/** Why the sign-in at the issuer failed: the gateway's code in the URL. */
export const signInFailure = takeFrom('sign-in-failed')

async function readSession(): Promise<Me | null> {
  if (waitingCode !== undefined) {
    const code = waitingCode
    waitingCode = undefined
    return signIn({ code }).catch(async (error: unknown) => {
      const isOther = error instanceof ApiProblem && error.code === 'ERR_SESSION_OTHER'
      // A used link does not end the session.
      const kept = await readExisting().catch(() => undefined)
      if (kept === undefined) throw error
      return isOther ? { ...kept, offered: code } : kept
    })
  }
  try {
    return await readExisting()
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401) return null
    throw error
  }
}

async function readExisting(): Promise<Me> {
  return sessionOf(await (await send('GET', '/session', undefined)).json())
}

type SignInBy = { readonly token: string } | { readonly code: string; readonly replace?: true }

export async function signIn(by: SignInBy): Promise<Me> {
  return sessionOf(await (await send('POST', '/session', by)).json())
}

/** Ends the session; true if the browser goes on to the issuer to end its session too. */
async function signOut(): Promise<boolean> {
  const answer = await send('DELETE', '/session', undefined)
  if (answer.status === 204) return false
  // Sound: the gateway's answer.
  const { issuer } = (await answer.json()) as { readonly issuer: string }
  location.replace(issuer)
  return true
}

function sessionOf(answer: unknown): Me {
  // Sound: the gateway's answer.
  const me = answer as Me
  holdCsrf(me.csrf)
  return me
}

export function useSession() {
  return useQuery({ queryKey: SESSION_KEY, queryFn: readSession, retry: false, staleTime: Number.POSITIVE_INFINITY })
}

/** Following a link while the console is open only changes the fragment: the page is not reloaded. */
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

/** Whether sign-in at an issuer is configured. */
export async function readWays(): Promise<{ readonly issuer: boolean }> {
  return (await send('GET', '/session/ways', undefined)).json() as Promise<{ readonly issuer: boolean }>
}

export function SessionProvider({ me, children }: { readonly me: Me; readonly children: ReactNode }) {
  return <SessionContext value={me}>{children}</SessionContext>
}

/** MUST be used below `SessionProvider`. */
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

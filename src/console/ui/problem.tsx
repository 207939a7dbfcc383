/** Screen states: loading, failed, forbidden. */
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { ApiProblem, UNREACHABLE } from '../api/client.ts'
import { useMe } from '../app/session.tsx'

export function wordsOf(error: unknown): string {
  if (!(error instanceof ApiProblem)) return 'The console itself failed. Reload the page.'
  const { code, details } = error
  if (code === 'ERR_TOKEN_INVALID' && details.reason === 'code')
    return 'This sign-in link was used already, or its minute is over. Ask for a new one.'
  if (code === 'ERR_FOUR_EYES') return 'You wrote part of this: another person has to decide.'
  const problems = problemsOf(error)
  return problems.length === 0 ? error.message : `${error.message} ${problems.join(' ')}`
}

/** Problems of a configuration or request, one sentence each. */
export function problemsOf(error: unknown): readonly string[] {
  if (!(error instanceof ApiProblem) || !Array.isArray(error.details.problems)) return []
  return error.details.problems.map((problem: unknown) => {
    if (typeof problem === 'string') return problem
    const { path, found, allowed, message } = (problem ?? {}) as Readonly<Record<string, unknown>>
    return typeof message === 'string' ? message : `${String(path)}: ${String(found)}; allowed: ${String(allowed)}.`
  })
}

export function Loading({ what }: { readonly what: string }) {
  return (
    <p className="state" role="status">
      Reading {what}…
    </p>
  )
}

export function Empty({ children }: { readonly children: ReactNode }) {
  return <div className="state">{children}</div>
}

export function Failed({ error, retry }: { readonly error: unknown; readonly retry?: () => void }) {
  const gone = error instanceof ApiProblem && error.code === UNREACHABLE
  return (
    <div className="state failed" role="alert">
      <p>
        <strong>{gone ? 'The gateway does not answer.' : 'This could not be read.'}</strong>{' '}
        {gone ? '' : wordsOf(error)}
      </p>
      {error instanceof ApiProblem && error.code !== '' && !gone && <p className="quiet">{error.code}</p>}
      {retry !== undefined && (
        <button type="button" className="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  )
}

/** Why a call failed; nothing if it did not. */
export function Problem({ of }: { readonly of: unknown }) {
  return of == null ? null : (
    <p role="alert" className="problem-line">
      {wordsOf(of)}
    </p>
  )
}

/** Shown in place of an answer that is still loading or failed. */
export function Unread({ of, what }: { readonly of: Asked; readonly what: string }) {
  return of.isError ? <Failed error={of.error} retry={() => void of.refetch()} /> : <Loading what={what} />
}
type Asked = Pick<UseQueryResult, 'isError' | 'error' | 'refetch'>

/** A screen that the user's roles do not permit. */
export function NoPermission({ what, needs }: { readonly what: string; readonly needs: readonly string[] }) {
  const { roles } = useMe()
  return (
    <div className="state">
      <p>
        <strong>{what} is not for your roles.</strong>
      </p>
      <p>
        You are {roles.map(roleWord).join(', ')}. It takes {needs.map(roleWord).join(' or ')}: ask whoever gives out
        tokens.
      </p>
    </div>
  )
}

export function roleWord(role: string): string {
  return role.replaceAll('_', ' ')
}

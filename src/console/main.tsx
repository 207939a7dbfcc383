/** The console: signs in, then shows the screens. */
import { CSPProvider } from '@base-ui/react/csp-provider'
import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { ApiProblem } from './api/client.ts'
import { router } from './app/router.tsx'
import { SESSION_KEY, SessionProvider, useLinks, useSession } from './app/session.tsx'
import { OtherLink, SignIn } from './app/sign-in.tsx'
import { applyTheme, readTheme } from './app/theme.ts'
import { Failed, Loading } from './ui/problem.tsx'
import './ui/base.css'
import './ui/parts.css'
import './ui/table.css'
import './app/shell.css'

const client = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, { queryKey }) => {
      // The session ended, or its token was taken back: back to the door.
      if (error instanceof ApiProblem && error.status === 401 && queryKey[0] !== SESSION_KEY[0])
        client.setQueryData(SESSION_KEY, null)
    },
  }),
  defaultOptions: {
    queries: { retry: (count, error) => !(error instanceof ApiProblem) && count < 2, staleTime: 2_000 },
  },
})

function Console() {
  useLinks()
  const session = useSession()
  if (session.isPending) return <Loading what="who you are" />
  if (session.isError && !(session.error instanceof ApiProblem && session.error.status === 401))
    return <Failed error={session.error} retry={() => void session.refetch()} />
  if (session.data == null) return <SignIn why={session.error} />
  if (session.data.offered !== undefined) return <OtherLink me={session.data} code={session.data.offered} />
  return (
    <SessionProvider me={session.data}>
      <RouterProvider router={router} />
    </SessionProvider>
  )
}

applyTheme(readTheme())
const place = document.getElementById('console')
if (place !== null)
  createRoot(place).render(
    <StrictMode>
      <CSPProvider disableStyleElements>
        <QueryClientProvider client={client}>
          <Console />
        </QueryClientProvider>
      </CSPProvider>
    </StrictMode>,
  )

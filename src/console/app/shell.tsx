/** The frame of every screen: navigation, live revision, waiting tasks and the stop button. */
import { Menu } from '@base-ui/react/menu'
import { Link, Outlet, useRouterState } from '@tanstack/react-router'
import { useEffect } from 'react'
import { mayCall, type OperationId } from '../api/client.ts'
import { type Status, useStatus } from '../api/queries.ts'
import { roleWord } from '../ui/problem.tsx'
import { timeText } from '../ui/words.ts'
import { useMe, useSignOut } from './session.tsx'
import { StopButton } from './stop.tsx'
import { THEMES, useTheme } from './theme.ts'

interface Screen {
  readonly to:
    | '/'
    | '/partners'
    | '/review'
    | '/simulator'
    | '/live'
    | '/inbox'
    | '/disclosures'
    | '/people'
    | '/ledger'
    | '/policy'
    | '/cells'
  readonly name: string
  readonly sign: string
  /** A call that the screen requires; without permission, its link is hidden. */
  readonly needs: OperationId
}

/** Existing screens only. */
const SCREENS: readonly Screen[] = [
  { to: '/', name: 'Overview', sign: '◫', needs: 'readStatus' },
  { to: '/partners', name: 'Partners', sign: '⇄', needs: 'listPartners' },
  { to: '/review', name: 'Review', sign: '✓', needs: 'listProposals' },
  { to: '/simulator', name: 'Simulator', sign: '▷', needs: 'simulate' },
  { to: '/live', name: 'Live', sign: '◉', needs: 'watchLive' },
  { to: '/inbox', name: 'Inbox', sign: '✉', needs: 'listInbox' },
  { to: '/disclosures', name: 'Disclosures', sign: '≡', needs: 'listDisclosures' },
  { to: '/people', name: 'People', sign: '◍', needs: 'listCases' },
  { to: '/ledger', name: 'Ledger', sign: '▤', needs: 'readCheckpoint' },
  { to: '/policy', name: 'Policy', sign: '§', needs: 'readPolicy' },
  { to: '/cells', name: 'Cells', sign: '▦', needs: 'listCells' },
]

export function Shell() {
  const { roles } = useMe()
  const status = useStatus()
  const waits: Readonly<Record<string, number | undefined>> = {
    '/review': status.data?.proposals.waiting,
    '/inbox': status.data?.inbox.waiting,
  }
  const hasCells = status.data?.cell !== undefined
  const screens = SCREENS.filter(({ to, needs }) => mayCall(needs, roles) && (to !== '/cells' || hasCells))
  const path = useRouterState({ select: ({ location }) => location.pathname })
  const here = screens.findLast(({ to }) => (to === '/' ? path === '/' : path.startsWith(to)))
  useEffect(() => {
    document.title = here === undefined ? 'Sluice' : `${here.name} · Sluice`
  }, [here])
  return (
    <div className="shell">
      <a className="skip" href="#content">
        To the content
      </a>
      <header className="top">
        <span className="brand">
          <img src="/icon.svg" alt="" width="22" height="22" />
          <span>Sluice</span>
        </span>
        {status.data !== undefined && <Live status={status.data} />}
        <span className="top-end">
          <StopButton />
          <Account />
        </span>
      </header>
      <nav className="rail" aria-label="Screens">
        {screens.map(({ to, name, sign }) => (
          <Link key={to} to={to} activeOptions={{ exact: to === '/' }} className="rail-link">
            <span aria-hidden="true" className="rail-sign">
              {sign}
            </span>
            {name}
            {(waits[to] ?? 0) > 0 && (
              <span className="badge">
                {waits[to]}
                <span className="unseen"> waiting</span>
              </span>
            )}
          </Link>
        ))}
      </nav>
      <main id="content" tabIndex={-1}>
        {status.data?.stopped.all === true && (
          <p className="banner bad" role="status">
            <span aria-hidden="true">■</span> Sending is stopped to every partner. Events are accepted and nothing
            leaves.
          </p>
        )}
        {status.isError && (
          <p className="banner bad" role="alert">
            <span aria-hidden="true">■</span> The gateway does not answer. What you see is from before.
          </p>
        )}
        <Outlet />
      </main>
    </div>
  )
}

function Live({ status }: { readonly status: Status }) {
  return (
    <span className="live">
      Revision {status.revision}
      <span className="live-detail"> live since {timeText(status.activated_at)}</span>
    </span>
  )
}

function Account() {
  const me = useMe()
  const signOut = useSignOut()
  const [theme, setTheme] = useTheme()
  return (
    <Menu.Root>
      <Menu.Trigger className="button quiet-button">
        {me.name ?? 'You'}
        <span className="unseen"> and the display</span> <span aria-hidden="true">▾</span>
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner className="menu-positioner" sideOffset={6} align="end">
          <Menu.Popup className="menu">
            <p className="menu-text">{me.roles.map(roleWord).join(', ')}</p>
            <Menu.RadioGroup value={theme} onValueChange={setTheme}>
              {THEMES.map(({ value, word }) => (
                <Menu.RadioItem key={value} value={value} className="menu-item">
                  <span aria-hidden="true" className="menu-sign">
                    {theme === value ? '●' : '○'}
                  </span>
                  {word}
                </Menu.RadioItem>
              ))}
            </Menu.RadioGroup>
            <Menu.Item className="menu-item" onClick={() => void signOut()}>
              Sign out
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}

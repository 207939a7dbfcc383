/** Screens by path. Paths and queries contain ids of partners, revisions and records; never an identity. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { readFacets } from '../disclosures/facets.ts'
import { readAsked } from '../simulator/state.ts'
import { Failed } from '../ui/problem.tsx'
import { NotFound } from './not-found.tsx'
import { Shell } from './shell.tsx'

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: Failed })

export const WINDOWS = [15, 60, 360, 1_440] as const
const overview = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: ({ minutes }: Record<string, unknown>): { readonly minutes?: number } =>
    WINDOWS.some((one) => one === minutes) ? { minutes: Number(minutes) } : {},
  component: lazyRouteComponent(() => import('../overview/screen.tsx'), 'OverviewScreen'),
})

const partners = createRoute({
  getParentRoute: () => root,
  path: '/partners',
  component: lazyRouteComponent(() => import('../partners/screen.tsx'), 'PartnersScreen'),
})
const newPartner = createRoute({
  getParentRoute: () => root,
  path: '/new-partner',
  component: lazyRouteComponent(() => import('../partners/new-partner.tsx'), 'NewPartnerScreen'),
})
const partner = createRoute({
  getParentRoute: () => root,
  path: '/partners/$partner',
  validateSearch: ({
    view,
    grant,
  }: Record<string, unknown>): { readonly view?: 'letters'; readonly grant?: number } => ({
    ...(view === 'letters' ? { view } : {}),
    ...(Number.isSafeInteger(grant) ? { grant: Number(grant) } : {}),
  }),
  component: lazyRouteComponent(() => import('../partners/partner.tsx'), 'PartnerScreen'),
})

const review = createRoute({
  getParentRoute: () => root,
  path: '/review',
  component: lazyRouteComponent(() => import('../review/screen.tsx'), 'ReviewScreen'),
})
const proposal = createRoute({
  getParentRoute: () => root,
  path: '/review/$proposal',
  component: lazyRouteComponent(() => import('../review/proposal.tsx'), 'ProposalScreen'),
})

const simulator = createRoute({
  getParentRoute: () => root,
  path: '/simulator',
  validateSearch: readAsked,
  component: lazyRouteComponent(() => import('../simulator/screen.tsx'), 'SimulatorScreen'),
})
const live = createRoute({
  getParentRoute: () => root,
  path: '/live',
  validateSearch: ({ view }: Record<string, unknown>): { readonly view?: 'set-up' | 'test' } =>
    view === 'set-up' || view === 'test' ? { view } : {},
  component: lazyRouteComponent(() => import('../live/screen.tsx'), 'LiveScreen'),
})
const inbox = createRoute({
  getParentRoute: () => root,
  path: '/inbox',
  validateSearch: ({ state }: Record<string, unknown>): { readonly state?: 'ignored' | 'blocked' | 'granted' } =>
    state === 'ignored' || state === 'blocked' || state === 'granted' ? { state } : {},
  component: lazyRouteComponent(() => import('../inbox/screen.tsx'), 'InboxScreen'),
})
const disclosures = createRoute({
  getParentRoute: () => root,
  path: '/disclosures',
  validateSearch: readFacets,
  component: lazyRouteComponent(() => import('../disclosures/screen.tsx'), 'DisclosuresScreen'),
})
const record = createRoute({
  getParentRoute: () => root,
  path: '/disclosures/$record',
  component: lazyRouteComponent(() => import('../disclosures/record.tsx'), 'RecordScreen'),
})

const people = createRoute({
  getParentRoute: () => root,
  path: '/people',
  component: lazyRouteComponent(() => import('../people/screen.tsx'), 'PeopleScreen'),
})
const oneCase = createRoute({
  getParentRoute: () => root,
  path: '/people/$case',
  component: lazyRouteComponent(() => import('../people/case.tsx'), 'CaseScreen'),
})

const ledger = createRoute({
  getParentRoute: () => root,
  path: '/ledger',
  component: lazyRouteComponent(() => import('../ledger/screen.tsx'), 'LedgerScreen'),
})
const policy = createRoute({
  getParentRoute: () => root,
  path: '/policy',
  component: lazyRouteComponent(() => import('../policy/screen.tsx'), 'PolicyScreen'),
})

const cells = createRoute({
  getParentRoute: () => root,
  path: '/cells',
  component: lazyRouteComponent(() => import('../cells/screen.tsx'), 'CellsScreen'),
})

export const router = createRouter({
  routeTree: root.addChildren([
    overview,
    partners,
    newPartner,
    partner,
    review,
    proposal,
    simulator,
    live,
    inbox,
    disclosures,
    record,
    people,
    oneCase,
    ledger,
    policy,
    cells,
  ]),
  defaultPreload: 'intent',
  scrollRestoration: false,
})

declare module '@tanstack/react-router' {
  interface Register {
    readonly router: typeof router
  }
}

/**
 * `GET /partners`, `/partners/changes` and the same as JSON, for anyone: read from the live revision at each request, so
 * that a new one needs no reload. Nothing in them is about a person.
 */
import { createHash } from 'node:crypto'
import type { RequestHandler, Response } from 'express'
import type { Revisions } from '../../contracts/ports.ts'
import type { EpochMs } from '../../model/brand.ts'
import type { RegisteredType } from '../../partners/envelope-limits.ts'
import { createEntryReader, neverShared } from './entry.ts'
import { createHistoryReader, dayOf } from './history.ts'
import { changesPage, type PublicList, partnersPage } from './pages.ts'
import { STYLE } from './style.ts'

export interface PublicListDeps {
  readonly revisions: Pick<Revisions, 'current' | 'at' | 'stopped'>
  readonly types: ReadonlyMap<string, RegisteredType>
  readonly now: () => EpochMs
}

/** Pages of the advertising industry where people opt out of many companies at once. */
const INDUSTRY = [
  { name: 'Network Advertising Initiative (NAI)', url: 'https://optout.networkadvertising.org/' },
  { name: 'Digital Advertising Alliance (DAA)', url: 'https://optout.aboutads.info/' },
  { name: 'European Interactive Digital Advertising Alliance (EDAA)', url: 'https://www.youronlinechoices.eu/' },
  { name: 'AppChoices, for apps', url: 'https://youradchoices.com/appchoices' },
] as const

export function createPublicList({ revisions, types, now }: PublicListDeps): {
  readonly partners: RequestHandler
  readonly changes: RequestHandler
} {
  const readEntry = createEntryReader(types)
  const readHistory = createHistoryReader(revisions, readEntry)
  const list = async (): Promise<PublicList> => {
    const history = await readHistory()
    const plan = revisions.current()
    const activated = dayOf(plan.activatedAt)
    return {
      privacy_policy_date: plan.policy.date,
      updated: history.changes[0]?.date ?? activated,
      signals: { global_privacy_control: plan.policy.honour.gpc, do_not_track: plan.policy.honour.dnt },
      precise_below_km2: plan.policy.minAreaKm2,
      never_shared: neverShared(),
      partners: plan.contracts
        .flatMap((contract) => readEntry(contract, plan, now()) ?? [])
        .map((entry) => ({
          ...entry,
          changed: history.changedOn(entry.id) ?? activated,
          // Sound: the entry's id is a contract's.
          stopped: revisions.stopped(entry.id as Parameters<typeof revisions.stopped>[0]),
        }))
        .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
      opt_out: { api: '/v1/me/choices', industry: INDUSTRY },
    }
  }
  const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
  return {
    partners: negotiated(policy, async (wantsJson) =>
      wantsJson ? JSON.stringify(await list()) : partnersPage(await list()),
    ),
    changes: negotiated(policy, async (wantsJson) => {
      const { changes } = await readHistory()
      return wantsJson ? JSON.stringify({ changes }) : changesPage(changes)
    }),
  }
}

/** HTML unless the path ends in `.json` or the request asks for JSON before HTML. */
function negotiated(policy: string, render: (wantsJson: boolean) => Promise<string>): RequestHandler {
  return async (request, response) => {
    const wantsJson = request.path.endsWith('.json') || request.accepts(['html', 'json']) === 'json'
    send(response, request.headers['if-none-match'], await render(wantsJson), wantsJson, policy)
  }
}

/** Whoever keeps a copy asks each time whether it still holds: a stopped partner says so at once. */
function send(
  response: Response,
  known: string | undefined,
  text: string,
  isJson: boolean,
  contentPolicy: string,
): void {
  const tag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`
  response.setHeader('ETag', tag)
  response.setHeader('Vary', 'Accept')
  response.setHeader('Cache-Control', 'public, no-cache')
  response.setHeader('Access-Control-Allow-Origin', '*')
  if (known?.split(/\s*,\s*/).some((one) => one === '*' || one.replace(/^W\//, '') === tag)) {
    response.status(304).end()
    return
  }
  response.setHeader('Content-Type', isJson ? 'application/json; charset=utf-8' : 'text/html; charset=utf-8')
  response.setHeader('X-Content-Type-Options', 'nosniff')
  response.setHeader('Referrer-Policy', 'no-referrer')
  response.setHeader('Content-Security-Policy', isJson ? "default-src 'none'" : contentPolicy)
  response.status(200).end(text)
}

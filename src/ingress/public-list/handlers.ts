/**
 * `GET /partners`, `/partners/changes` and the same as JSON, for anyone: read from the live revision at each request, so
 * that a new one needs no reload. Nothing in them is about a person.
 */

import { createHash } from 'node:crypto'
import type { Request, RequestHandler, Response } from 'express'
import { LRUCache } from 'lru-cache'
import type { EpochMs, PartnerId } from '../../model/brand.ts'
import type { RevisionPlan } from '../../model/contract.ts'
import { GatewayError } from '../../model/errors.ts'
import type { RegisteredType } from '../../partners/kit/envelope-limits.ts'
import type { Revisions } from '../../publish/ports.ts'
import { MINIMUM_COHORT, type ReleasedTables } from '../../subjects/released-tables.ts'
import { NO_CONTACT } from '../../subjects/statement.ts'
import { POLICY, renderPage } from '../person/frame.ts'
import { languageOf } from '../person/language.ts'
import { createEntryReader, neverShared } from './entry.ts'
import { createHistoryReader, dayOf } from './history.ts'
import { INDUSTRY } from './industry.ts'
import { changesPage, HOME, homePage, type ListedPartner, type PublicList, partnersPage } from './pages.ts'
import { STYLE } from './style.ts'
import { transparencyOf, transparencyPage } from './transparency.ts'
import { ENGLISH } from './words-en.ts'

export interface PublicListDeps {
  readonly revisions: Pick<Revisions, 'current' | 'at' | 'kept' | 'stopped'>
  readonly types: ReadonlyMap<string, RegisteredType>
  readonly now: () => EpochMs
  readonly tables: Pick<ReleasedTables, 'months' | 'table'>
  /** Seconds until the newest choices were in force. */
  readonly recentChoices: () => readonly number[]
}

const DAY = /^\d{4}-\d{2}-\d{2}$/
const DAY_MS = 86_400_000
/** Past lists, cached as they were written. */
const EARLIER_KEPT = 64

export function createPublicList({ revisions, types, now, ...deps }: PublicListDeps): {
  /** What this address is. */
  readonly home: RequestHandler
  readonly partners: RequestHandler
  readonly changes: RequestHandler
  /** The list at the end of a day. */
  readonly earlier: RequestHandler
  readonly transparency: RequestHandler
} {
  const readEntry = createEntryReader(types, ENGLISH)
  const readHistory = createHistoryReader(revisions, readEntry)
  const listOf = (
    plan: RevisionPlan,
    at: EpochMs,
    part: Pick<PublicList, 'updated' | 'as_of'>,
    more: (id: string) => Pick<ListedPartner, 'changed' | 'stopped'>,
  ): PublicList => ({
    ...part,
    privacy_policy_date: plan.policy.date,
    ...(plan.policy.privacyPolicy === undefined ? {} : { privacy_policy: plan.policy.privacyPolicy }),
    contact: plan.policy.contact ?? NO_CONTACT,
    signals: { global_privacy_control: plan.policy.honour.gpc, do_not_track: plan.policy.honour.dnt },
    precise_below_km2: plan.policy.minAreaKm2,
    never_shared: neverShared(ENGLISH),
    partners: plan.contracts
      .flatMap((contract) => readEntry(contract, plan, at) ?? [])
      .map((entry) => ({ ...entry, ...more(entry.id) }))
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
    opt_out: { page: '/choices', api: '/v1/me/choices', industry: INDUSTRY },
  })
  const list = async (): Promise<PublicList> => {
    const history = await readHistory()
    const plan = revisions.current()
    const activated = dayOf(plan.activatedAt)
    return listOf(plan, now(), { updated: history.changes[0]?.date ?? activated }, (id) => ({
      changed: history.changedOn(id) ?? activated,
      // Sound: the entry's id is a contract's.
      stopped: revisions.stopped(id as PartnerId),
    }))
  }
  const earlier = new LRUCache<string, string>({ max: EARLIER_KEPT })
  const listOn = async (day: string, wantsJson: boolean): Promise<string> => {
    const isPast = DAY.test(day) && Number.isFinite(Date.parse(day)) && day < dayOf(now())
    const number = isPast ? (await readHistory()).inForceOn(day) : undefined
    const plan = number === undefined ? undefined : revisions.kept(number)
    if (plan === undefined) throw new GatewayError('ERR_NOT_FOUND')
    const name = `${day} ${wantsJson}`
    const known = earlier.get(name)
    if (known !== undefined) return known
    const end = Date.parse(day) + DAY_MS - 1
    const of = listOf(plan, end, { as_of: day, updated: dayOf(plan.activatedAt) }, () => ({ stopped: false }))
    const text = wantsJson ? JSON.stringify(of) : partnersPage(of)
    earlier.set(name, text)
    return text
  }
  const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
  return {
    home: negotiated(policy, async (wantsJson) => (wantsJson ? JSON.stringify(HOME) : homePage(await list()))),
    partners: negotiated(policy, async (wantsJson) =>
      wantsJson ? JSON.stringify(await list()) : partnersPage(await list()),
    ),
    changes: negotiated(policy, async (wantsJson) => {
      const { changes, policies } = await readHistory()
      return wantsJson ? JSON.stringify({ changes, policies }) : changesPage(changes, policies)
    }),
    transparency: negotiated(
      POLICY,
      async (wantsJson, request) => {
        const { policy } = revisions.current()
        const minimum = policy.minimumCohort ?? MINIMUM_COHORT
        const report = await transparencyOf(deps.tables, deps.recentChoices(), minimum)
        if (wantsJson) return JSON.stringify(report)
        const language = languageOf(request)
        return renderPage(language, policy, transparencyPage(language, report))
      },
      'Accept, Accept-Language',
    ),
    earlier: negotiated(policy, (wantsJson, { params }) =>
      listOn(String(params.day).replace(/\.json$/u, ''), wantsJson),
    ),
  }
}

/** HTML unless the path ends in `.json` or the request asks for JSON before HTML. */
function negotiated(
  policy: string,
  render: (wantsJson: boolean, request: Request) => Promise<string>,
  vary = 'Accept',
): RequestHandler {
  return async (request, response) => {
    const wantsJson = request.path.endsWith('.json') || request.accepts(['html', 'json']) === 'json'
    response.setHeader('Vary', vary)
    send(response, request.headers['if-none-match'], await render(wantsJson, request), wantsJson, policy)
  }
}

/** Caches must revalidate, so that a stopped partner shows at once. */
function send(
  response: Response,
  known: string | undefined,
  text: string,
  isJson: boolean,
  contentPolicy: string,
): void {
  const tag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`
  response.setHeader('ETag', tag)
  response.setHeader('Cache-Control', 'public, no-cache')
  response.setHeader('Access-Control-Allow-Origin', '*')
  if (known?.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === tag)) {
    response.status(304).end()
    return
  }
  response.setHeader('Content-Type', isJson ? 'application/json; charset=utf-8' : 'text/html; charset=utf-8')
  response.setHeader('X-Content-Type-Options', 'nosniff')
  response.setHeader('Referrer-Policy', 'no-referrer')
  response.setHeader('Content-Security-Policy', isJson ? "default-src 'none'" : contentPolicy)
  response.status(200).end(text)
}

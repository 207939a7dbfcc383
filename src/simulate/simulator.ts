/**
 * Simulations for operators, without sending: one event through all stages, the matrix of partners and states, a comparison of
 * two revisions, all possible recipients of a field. Works on worlds, which have no means of sending.
 */

import type { Prepared } from '../flow/prepare.ts'
import type { EpochMs, JsonObject, PartnerId } from '../model/brand.ts'
import type { RevisionPlan } from '../model/contract.ts'
import { GatewayError } from '../model/errors.ts'
import type { AcceptedEvent, Standing } from '../model/event.ts'
import type { FieldClass } from '../model/field-class.ts'
import { formatProblem } from '../model/problem.ts'
import { isRelayKey } from '../model/relay-map.ts'
import type { RegisteredType } from '../partners/kit/envelope-limits.ts'
import type { AskedEvent, AskedRevision } from './asked.ts'
import { leavingOf, type ShownChange, showChange } from './compare.ts'
import { type ClassifiedLeaf, classifyLeaves } from './leaves.ts'
import { maskEvent } from './mask.ts'
import { type Matrix, matrixOf } from './matrix.ts'
import { nthNewest } from './nth-newest.ts'
import { PERSONAS, personaEvent } from './personas.ts'
import type { DraftFiles, ReadDraft, ReadRecent } from './ports.ts'
import { type RelayScenario, simulateRelayed } from './relayed.ts'
import { type SimulatedPartner, type Simulation, simulate } from './stages.ts'
import { prepareFor, type Scenario, type SupposeDeps, type Supposed, suppose, supposeAccepted } from './suppose.ts'
import { type WhoReceives, whoCanReceive } from './who.ts'
import type { World } from './world.ts'

export interface SimulateDeps extends SupposeDeps {
  readonly current: () => RevisionPlan
  readonly revisionAt: (revision: number) => RevisionPlan | undefined
  /** A revision, live or not, in this gateway's environment: its stopped partners, its pseudonyms. */
  readonly worldOf: (plan: RevisionPlan) => World
  readonly readDraft: (draft: DraftFiles) => Promise<ReadDraft>
  readonly recent: ReadRecent
  /** The current standing of its subject. */
  readonly standingOf: (event: AcceptedEvent) => Standing
  readonly now: () => EpochMs
}

export interface SimulationAnswer extends Simulation {
  readonly draft: boolean
  /** True if every value is masked: the event is a real user's. */
  readonly masked: boolean
  /** The received event, leaf by leaf; empty for an accepted event, of which only fields are stored. */
  readonly leaves: readonly ClassifiedLeaf[]
}
export interface Compared {
  readonly before: { readonly revision: number; readonly draft: boolean }
  readonly after: { readonly revision: number; readonly draft: boolean }
  readonly partners: readonly ShownChange[]
}

export interface SimulatedItem {
  readonly prepared: Prepared
  readonly shown: SimulatedPartner
  readonly type: RegisteredType
  readonly app: string
  readonly event: string
  readonly revision: number
  readonly draft: boolean
}

export interface Simulator {
  simulate(asked: AskedEvent & AskedRevision): Promise<SimulationAnswer>
  matrix(asked: AskedEvent & AskedRevision): Promise<Matrix & { readonly revision: number; readonly draft: boolean }>
  compare(asked: AskedEvent & { readonly before: AskedRevision; readonly after: AskedRevision }): Promise<Compared>
  /** One event for one partner, prepared as by delivery, with its description. */
  item(asked: AskedEvent & AskedRevision & { readonly partner: string }): Promise<SimulatedItem>
  who(asked: AskedRevision & { readonly field: FieldClass }): Promise<{
    readonly revision: number
    readonly partners: readonly WhoReceives[]
  }>
}

export function createSimulator(deps: SimulateDeps): Simulator {
  const worldFor = async (asked: AskedRevision): Promise<{ readonly world: World; readonly draft: boolean }> => {
    const plan = await planFor(asked, deps)
    return { world: deps.worldOf(plan), draft: asked.draft !== undefined }
  }
  const supposeIn = async (world: World, asked: AskedEvent): Promise<Supposed> => {
    if (asked.relay !== undefined) throw refused('relay', 'two revisions are compared by an event')
    if (asked.last === undefined) return requireSupposed(suppose(world, scenarioOf(world, asked, deps), deps))
    const event = await nthNewest(deps, asked.last)
    if (event === undefined) throw refused('last', 'not so many accepted events are kept')
    // Current choices are looked up with the original keys, before masking.
    return supposeAccepted(world, maskEvent(event), deps.standingOf(event), asked.state, deps, deps.now())
  }

  return {
    simulate: async (asked) => {
      const { world, draft } = await worldFor(asked)
      if (asked.relay !== undefined) {
        const simulation = simulateRelayed(world, relayScenarioOf(world, asked, asked.relay, deps), deps)
        return { ...simulation, draft, masked: false, leaves: [] }
      }
      const supposed = await supposeIn(world, asked)
      requirePartner(world, asked.partner)
      const simulation = simulate(world, supposed, deps, asked.partner as PartnerId | undefined)
      const masked = asked.last !== undefined
      const leaves = masked ? [] : classifyLeaves(world, scenarioOf(world, asked, deps), deps)
      // A consent string's content is personal; its presence and validity are not.
      const decoded = masked ? simulation.decoded.map(({ value: _, ...rest }) => rest) : simulation.decoded
      return { ...simulation, decoded, draft, masked, leaves }
    },

    matrix: async (asked) => {
      const { world, draft } = await worldFor(asked)
      if (asked.relay !== undefined) throw refused('relay', 'a matrix is made of an event')
      if (asked.last !== undefined) throw refused('last', 'a matrix is made of an event whose state may change')
      const matrix = matrixOf(world, scenarioOf(world, asked, deps), deps)
      if ('kind' in matrix) throw refused('event', matrix.code)
      return { ...matrix, revision: world.plan.number, draft }
    },

    compare: async ({ before, after, at = new Date(deps.now()).toISOString(), ...event }) => {
      // The same time for both, so that only the revisions differ.
      const asked = { ...event, at }
      const sides = [await worldFor(before), await worldFor(after)] as const
      const [one, other] = [await supposeIn(sides[0].world, asked), await supposeIn(sides[1].world, asked)]
      const partners = [...new Set([...one.partners, ...other.partners])].sort()
      return {
        before: { revision: sides[0].world.plan.number, draft: sides[0].draft },
        after: { revision: sides[1].world.plan.number, draft: sides[1].draft },
        partners: partners
          .filter((id) => asked.partner === undefined || id === asked.partner)
          .map((id) =>
            showChange(
              id,
              leavingOf(prepareFor(sides[0].world, one, id)),
              leavingOf(prepareFor(sides[1].world, other, id)),
            ),
          ),
      }
    },

    item: async (asked) => {
      const { world, draft } = await worldFor(asked)
      requirePartner(world, asked.partner)
      const supposed = await supposeIn(world, asked)
      // Sound: just found to be one.
      const partner = asked.partner as PartnerId
      const [shown] = simulate(world, supposed, deps, partner).partners
      const contract = world.plan.contracts.find(({ id }) => id === partner)
      const type = world.types.get(contract?.type ?? '')
      if (shown === undefined || type === undefined) throw refused('partner', 'its type is not known')
      const { app, eventKey: event } = supposed.event
      return {
        prepared: prepareFor(world, supposed, partner),
        shown,
        type,
        app,
        event,
        revision: world.plan.number,
        draft,
      }
    },

    who: async ({ field, ...asked }) => {
      const { world } = await worldFor(asked)
      return { revision: world.plan.number, partners: whoCanReceive(world, field, deps.now()) }
    },
  }
}

/** The live revision, a past one, or a draft on top of the live one. Throws `ERR_SIMULATE_INVALID`. */
export async function planFor(
  { revision, draft }: AskedRevision,
  deps: Pick<SimulateDeps, 'current' | 'revisionAt' | 'readDraft' | 'now'>,
): Promise<RevisionPlan> {
  const current = deps.current()
  if (draft !== undefined) {
    const read = await deps.readDraft(draft)
    if (!read.ok) throw new GatewayError('ERR_CONFIG_INVALID', { problems: read.problems.map(formatProblem) })
    return { ...current, ...read.plans, digest: '', activatedAt: deps.now() }
  }
  if (revision === undefined) return current
  const plan = deps.revisionAt(revision)
  if (plan === undefined) throw refused('revision', `never published; the live one is ${current.number}`)
  return plan
}

/** The requested event: pasted, or a persona's. */
function scenarioOf({ plan }: World, asked: AskedEvent, deps: Pick<SimulateDeps, 'now'>): Scenario {
  const { app, event, persona: id, headers, client_ip: clientIp, at } = asked
  const state = asked.state
  const time = at === undefined ? deps.now() : Date.parse(at)
  const persona = PERSONAS.find((one) => one.id === id)
  if (persona === undefined) {
    if (app === undefined) throw refused('app', `missing; there are: ${plan.apps.map((one) => one.id).join(', ')}`)
    // Sound: the schema accepts only objects, which came as JSON.
    return { app, event: event as JsonObject, headers, clientIp, state, at: time }
  }
  const own = plan.apps.find((one) => (app === undefined ? one.platform === persona.platform : one.id === app))
  const appId = own?.id ?? plan.apps[0]?.id ?? ''
  const naming = plan.contracts.filter(({ apps }) => apps.some((name) => name === appId))
  const key = asked.event_name ?? mostNamed(naming.flatMap(({ events }) => Object.keys(events)))
  const paths = naming.flatMap(({ events }) => Object.keys(events[key]?.properties ?? {}))
  return {
    app: app ?? appId,
    event: personaEvent(persona, key, [...new Set(paths)]),
    headers: { ...persona.headers, ...headers },
    clientIp,
    state: { ...persona.state, ...state, choice: state.choice === 'none' ? persona.state.choice : state.choice },
    at: time,
  }
}

/** The requested relay request, as an SDK would send it. */
function relayScenarioOf(
  world: World,
  asked: AskedEvent,
  { method, path, headers, body }: NonNullable<AskedEvent['relay']>,
  deps: Pick<SimulateDeps, 'now'>,
): RelayScenario {
  const { app, partner, client_ip: clientIp, state, at } = asked
  if (app === undefined) throw refused('app', 'missing')
  if (partner === undefined) throw refused('partner', 'missing')
  requirePartner(world, partner)
  return {
    app,
    // Sound: just found to be one.
    partner: partner as PartnerId,
    method,
    path,
    headers: Object.fromEntries(
      Object.entries({ ...headers, ...asked.headers }).flatMap(([name, value]) =>
        value === undefined ? [] : [[name.toLowerCase(), value]],
      ),
    ),
    body: body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body),
    clientIp,
    state,
    at: at === undefined ? deps.now() : Date.parse(at),
  }
}

function mostNamed(keys: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const key of keys) if (!isRelayKey(key)) counts.set(key, (counts.get(key) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 'Application Opened'
}

function requireSupposed(supposed: ReturnType<typeof suppose>): Supposed {
  if (supposed.kind === 'supposed') return supposed
  throw refused(supposed.code === 'UNKNOWN_APP' ? 'app' : 'event', supposed.code)
}

function requirePartner({ plan }: World, partner: string | undefined): void {
  if (partner === undefined || plan.contracts.some(({ id }) => id === partner)) return
  throw refused('partner', `unknown; there are: ${plan.contracts.map(({ id }) => id).join(', ')}`)
}

function refused(path: string, problem: string): GatewayError {
  return new GatewayError('ERR_SIMULATE_INVALID', { problems: [{ path, problem }] })
}

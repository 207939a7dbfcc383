/**
 * Sends a test event: prepared for one partner by the functions that delivery uses, and sent to the sandbox with delivery's
 * HTTP client. Recorded as a test, not as a disclosure: it does not leave this machine.
 */
import { causeOf } from '../flow/cause.ts'
import type { Outcome } from '../model/disclosure.ts'
import { GatewayError } from '../model/errors.ts'
import { REASONS, sentenceOfEvent } from '../model/reason.ts'
import type { AskedEvent, AskedRevision } from '../simulate/asked.ts'
import type { Simulator } from '../simulate/simulator.ts'
import type { SimulatedPartner } from '../simulate/stages.ts'
import type { Sandbox, SandboxAnswer, SandboxRequest } from './sandbox.ts'

export type AskedTest = AskedEvent & AskedRevision & { readonly partner: string; readonly answer: SandboxAnswer }

export interface TestedEvent {
  readonly app: string
  readonly event: string
  readonly partner: string
  readonly revision: number
  readonly draft: boolean
  readonly result: 'delivered' | 'not_delivered' | 'withheld'
  readonly why: string
  readonly because: string
  /** What the answer would mean for an event: the end of its pair, or a retry. */
  readonly means: string
  readonly status?: number
  readonly tookMs?: number
  /** The request as received by the sandbox. */
  readonly received?: SandboxRequest
  readonly fields: SimulatedPartner['fields']
}

export interface TestDeps {
  readonly simulator: Pick<Simulator, 'item'>
  readonly sandbox: Pick<Sandbox, 'send'>
  readonly record: (action: string, facts: Readonly<Record<string, string | number>>) => Promise<void>
}

/** Throws `ERR_SIMULATE_INVALID`, `ERR_CONFIG_INVALID`, and `ERR_LEDGER_UNAVAILABLE` before anything is sent. */
export async function sendTest(asked: AskedTest, { simulator, sandbox, record }: TestDeps): Promise<TestedEvent> {
  const { answer, ...what } = asked
  if (what.last !== undefined || what.relay !== undefined)
    throw new GatewayError('ERR_SIMULATE_INVALID', {
      problems: [
        { path: what.last === undefined ? 'relay' : 'last', problem: 'a test is made of a persona or an event' },
      ],
    })
  const { prepared, shown, type, app, event, revision, draft } = await simulator.item(what)
  const head = { app, event, partner: asked.partner, revision, draft, fields: shown.fields }
  const facts = { partner: asked.partner, app, revision, draft: draft ? 1 : 0, to: 'sandbox' }
  if (prepared.kind === 'withheld') {
    const { why } = prepared
    await record('test_event', { ...facts, outcome: 'withheld', why })
    const means = 'Nothing would be sent.'
    return { ...head, result: 'withheld', why, because: sentenceOfEvent(why), means }
  }
  const request = prepared.encoder.envelope([prepared.bytes])
  // Recorded before it is sent, like every request.
  await record('test_event', { ...facts, bytes: Buffer.byteLength(prepared.bytes) })
  const { result, received, tookMs } = await sandbox.send(prepared.contract, request, answer, type.sample.answer ?? '')
  const outcome = result.kind === 'answered' ? prepared.encoder.respond(result) : result
  const { why } = prepared.decision
  return {
    ...head,
    result: outcome.kind === 'delivered' ? 'delivered' : 'not_delivered',
    why,
    because: REASONS[why],
    means: meaningOf(outcome, causeOf(outcome, result, request)),
    tookMs,
    ...(result.kind === 'answered' ? { status: result.status } : {}),
    ...(received === undefined ? {} : { received }),
  }
}

function meaningOf(outcome: Outcome, cause: string): string {
  const because = cause === '' ? '' : ` (${cause})`
  switch (outcome.kind) {
    case 'delivered':
      return 'An event is delivered.'
    case 'refused':
      return outcome.retry ? `An event is tried again${because}.` : `An event is a dead letter${because}.`
    case 'failed_before_write':
      return `An event is tried again${because}.`
    default:
      return `Whether the partner has the event is not known${because}.`
  }
}

/**
 * Why a decision fell as it did: stable codes that the ledger, metrics and screens show, each with one sentence. The order is
 * precedence: where several ceilings force the same treatment, the first code here is the binding reason.
 */
export const REASONS = {
  stopped: 'An operator has stopped sending to this partner.',
  not_fresh: 'The state behind the decision could not be confirmed, so nothing was sent; it is decided again.',
  never_leaves: 'This kind of data never leaves, whatever a contract says.',
  erased: 'The person was erased after this event was accepted.',
  child: 'The person is known or said to be a child; nothing leaves.',
  guard: 'The last-hop scanner found a withheld value in the request, so nothing was sent.',
  contract_ended: 'The partner no longer has a contract for this app and event.',
  event_not_granted: 'The contract does not name this event.',
  choice: 'The person opted out with us.',
  signal_invalid: 'A privacy signal was malformed or contradicted itself, which denies.',
  gpc: 'The browser or app sent Global Privacy Control.',
  us_privacy: 'The US Privacy string opts out of sale.',
  gpp: 'The Global Privacy Platform string opts out.',
  tcf: 'The consent string does not permit this.',
  category: 'A consent category that covers this purpose was refused.',
  integrations: 'The event itself disables this partner (`integrations`).',
  category_unmapped: 'A consent category was sent that the app has not mapped to purposes, which denies.',
  dnt: 'Do Not Track was sent, and the policy honours it.',
  att: 'App Tracking Transparency did not authorise tracking.',
  lmt: 'The device limits ad tracking.',
  zeroed_id: 'The advertising id is zeroed, which is how a device reports a refusal.',
  location_permission: 'The device does not permit the app to use its location.',
  consent_missing: 'The law of this place asks for consent first, and there is none.',
  regime: 'The law of this place does not allow it.',
  not_opted_in: 'The law of this place asks for an opt-in, and there is none.',
  sensitive: 'The person limits sensitive data, and any of these fields may hold it.',
  precise_location: 'The position is finer than may be shared.',
  no_identity: 'The request carries no identity that a stored choice could match.',
  rollout: 'The staged rollout does not include this person yet.',
  lapsed: 'It was granted for a limited time, which is over.',
  type_cannot_carry: "The partner's interface has no place for this.",
  generalised: 'The contract grants it in coarser form.',
  not_granted: 'The contract does not grant this field.',
  agreed: 'The contract grants it and nothing restricts it.',
} as const

export type Reason = keyof typeof REASONS
/** For one field. A field the interface accepts in coarser form is not one it lacks. */
export function sentenceOfField(why: Reason, isLeft: boolean): string {
  return why === 'type_cannot_carry' && isLeft ? "Lowered to what the partner's interface takes." : REASONS[why]
}

/** For a withheld event. */
export function sentenceOfEvent(why: Reason): string {
  return why === 'type_cannot_carry'
    ? "The partner's interface cannot express this event: a field that it requires is withheld."
    : REASONS[why]
}

const PRECEDENCE = new Map(Object.keys(REASONS).map((reason, index) => [reason, index]))

/** Negative where `a` binds before `b`. */
export function comparePrecedence(a: Reason, b: Reason): number {
  return (PRECEDENCE.get(a) ?? 0) - (PRECEDENCE.get(b) ?? 0)
}

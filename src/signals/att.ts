/**
 * Apple's App Tracking Transparency status: 0 not determined, 1 restricted, 2 denied, 3 authorized
 * (ATTrackingManager.AuthorizationStatus; OpenRTB `device.ext.atts`). Only 3 permits tracking.
 *
 * From iOS 14.5 tracking needs permission, so an absent status counts as not authorized. On 14.0 and 14.1 the limit switch
 * is unreliable: it may set a limit, never clear one.
 */
import { ABSENT, type Finding, invalid, type Signal, valid } from '../model/signal.ts'
import { blocked, eachText, limited, noStates, type SignalEntry } from './entry.ts'

const LIMITED = limited('att', 'att')
const MALFORMED: Finding = { ...blocked('att'), deviceLimit: true }

export const ATT: SignalEntry = {
  reason: 'att',
  does: 'All but “authorized” denies sale, sharing and targeted advertising, and withholds what names the device.',
  read: { att: { device: ['attTrackingStatus', 'trackingStatus', 'atts'] }, os: {}, os_version: { device: ['osv'] } },
  rule: ({ os, os_version, att, advertising_id }, { findings, lifting }) => {
    const [system, version] = [os?.[0], os_version?.[0]]
    const before = findings.length
    let wasSaid = false
    for (const text of att ?? []) {
      const status = parseAtt(text)
      if (status.state === 'absent') continue
      wasSaid = true
      if (status.state === 'invalid') findings.push(MALFORMED)
      else if (status.value !== 'authorized') findings.push(LIMITED)
    }
    if (system !== undefined) {
      if (!wasSaid && attIsRequired(system, version)) findings.push(LIMITED)
      const isUnclear = lmtIsUnreliable(system, version)
      if (isUnclear && (advertising_id ?? ['empty']).some((id) => id !== 'present')) findings.push(LIMITED)
    }
    if (wasSaid && findings.length === before) lifting.push('att')
  },
  describe: ({ att }) => eachText('att', att, parseAtt),
  states: noStates,
}

export type AttStatus = 'not_determined' | 'restricted' | 'denied' | 'authorized'
const STATUSES: readonly AttStatus[] = ['not_determined', 'restricted', 'denied', 'authorized']

export function parseAtt(text: string | undefined): Signal<AttStatus> {
  if (text === undefined || text === '') return ABSENT
  const byNumber = /^[0-3]$/.test(text) ? STATUSES[Number(text)] : undefined
  if (byNumber !== undefined) return valid(byNumber)
  const name = text.toLowerCase().replace(/[^a-z]/g, '')
  const byName = STATUSES.find((status) => status.replace('_', '') === name)
  return byName === undefined ? invalid('not one of 0, 1, 2, 3') : valid(byName)
}

/** True where the platform requires permission: iOS and iPadOS from 14.5; an unreadable version counts. */
export function attIsRequired(os: string | undefined, version: string | undefined): boolean {
  if (os === undefined || !/^(ios|ipados|iphone os)$/i.test(os)) return false
  const match = /^(\d{1,3})(?:\.(\d{1,3}))?/.exec(version ?? '')
  if (match === null) return true
  const [major, minor] = [Number(match[1]), Number(match[2] ?? 0)]
  return major > 14 || (major === 14 && minor >= 5)
}

/** iOS 14.0 and 14.1: the limit switch is unreliable; an empty or zero id means limited. */
export function lmtIsUnreliable(os: string | undefined, version: string | undefined): boolean {
  return os !== undefined && /^(ios|ipados)$/i.test(os) && /^14(\.[01](\..*)?)?$/.test(version ?? '')
}

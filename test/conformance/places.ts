/** Addresses and positions in coarser form. */
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { coarseCoordinates, finestLevelFor } from '../../src/transform/coarse-coordinates.ts'
import { maskIp } from '../../src/transform/mask-ip.ts'
import { at, type Field, type Judge, textAt } from './judgement.ts'

/** `ip_mask`: the same network, or one that says less. */
export const judgeMask: Judge = ({ input, expected }) => {
  const [ip, bits, family] = [textAt(input, 'ip'), Number(at(input, 'keepBits')), at(input, 'family')]
  const ours = maskIp(ip, family === 4 ? bits : MAPPED_V4_BITS, family === 6 ? bits : 0) ?? ''
  const wanted = String(expected)
  return [{ name: 'masked', relation: compared(ours, wanted), ours, expected: wanted }]
}
/** A mapped IPv4 address has no width of its own in these records: the width that contracts usually grant. */
const MAPPED_V4_BITS = 24

function compared(ours: string, wanted: string): Field['relation'] {
  if (ours === wanted) return 'same'
  if (ours === '') return 'stricter'
  if (isIP(ours) !== isIP(wanted) || isIP(wanted) === 0) return 'looser'
  const [a, b] = [ipaddr.parse(ours).toByteArray(), ipaddr.parse(wanted).toByteArray()]
  if (a.every((byte, index) => byte === b[index])) return 'same'
  return a.every((byte, index) => (byte & b[index]!) === byte) ? 'stricter' : 'looser'
}

/** True for an IPv6 text of an IPv4 address. */
export function isMapped(text: string): boolean {
  return isIP(text) === 6 && isIP(maskIp(text, 32, 128) ?? '') === 4
}

/** `ip_parse`: the family an address is treated as. */
export const judgeParse: Judge = ({ input, expected }) => {
  const kept = maskIp(String(input), 32, 128)
  const ours = kept === undefined ? null : isIP(kept)
  const wanted = at(expected, 'family')
  const relation = ours === wanted ? 'same' : ours === null ? 'stricter' : 'looser'
  return [{ name: 'family', relation, ours, expected: wanted }]
}

/** One degree of latitude, km. */
const DEGREE_KM = 111.32

/** `geo_round`: rounding to decimals leaves a cell of this size at most; ours has at least as many square kilometres. */
export const judgeRounding: Judge = ({ input, expected }) => {
  const theirs = (DEGREE_KM * 10 ** -Number(at(input, 'decimals'))) ** 2
  const level = finestLevelFor(theirs)
  const coordinate = Number(at(input, 'coordinate'))
  // Some coordinates are out of range as a latitude: the rule is the same for both.
  const ours = level === 0 ? undefined : coarseCoordinates({ latitude: 0, longitude: coordinate }, level)
  const kept = ours?.longitude ?? null
  const isExact = kept === coordinate
  return [{ name: 'coordinate', relation: isExact ? 'looser' : 'stricter', ours: kept, expected }]
}

/** A position among an object's members: two numbers, and those about their quality. */
import type { Json, JsonObject } from '../../model/brand.ts'
import { DROP, topOf } from '../../model/field-class.ts'
import type { ObjectNode } from '../../model/relay-map.ts'
import type { Reading, Writing } from './reading.ts'
import { type MemberName, type MemberSink, memberName } from './written.ts'

export function readPosition(value: Json | undefined, reading: Reading): void {
  reading.leaf('coordinates', value)
}

/** Exact with its quality, or a cell's centre without: the quality of the true position does not apply to the cell. */
export function positionWriter(position: NonNullable<ObjectNode['position']>) {
  const [latitude, longitude] = [memberName(position.latitude), memberName(position.longitude)]
  const quality = position.quality.map(memberName)
  return (given: JsonObject, writing: Writing, into: MemberSink): void => {
    const level = writing.levelOf('coordinates')
    const [lat, lon] = [given[position.latitude], given[position.longitude]]
    if (level === DROP || typeof lat !== 'number' || typeof lon !== 'number') return
    if (!(Math.abs(lat) <= 90 && Math.abs(lon) <= 180)) return
    const isExact = level === topOf('coordinates')
    const shown = isExact ? { latitude: lat, longitude: lon } : writing.coarse(lat, lon, level)
    if (shown === undefined) return
    writing.passes.coordinates = true
    const add = (as: MemberName, value: number): void => {
      into.add(as, value)
      writing.leaf('coordinates', value)
    }
    add(latitude, shown.latitude)
    add(longitude, shown.longitude)
    if (!isExact) return
    for (const as of quality) {
      const value = Object.hasOwn(given, as.name) ? given[as.name] : undefined
      if (typeof value === 'number' && Number.isFinite(value)) add(as, value)
    }
  }
}

/** Leaf places of a request: a value of a class, a signal, a flag, a word of the format. */
import { type Json, never } from '../../model/brand.ts'
import { DROP } from '../../model/field-class.ts'
import type { RelayNode, ValueNode } from '../../model/relay-map.ts'
import { isConsent, isFlagValue, PLAIN_FORMS } from './forms.ts'
import { isDigest, isPlaceholderId, NAMED, PLAIN, type Reading, SIGNAL, type Writing } from './reading.ts'
import { treatmentOf } from './treat.ts'
import { PLACEHOLDER, type Written } from './written.ts'

/** One compiled place. `write` returns undefined for what does not pass. */
export interface Place {
  readonly read: (value: Json | undefined, reading: Reading) => void
  readonly write: (value: Json | undefined, writing: Writing) => Written | undefined
  /** True if something may be written even if nothing was received. */
  readonly always: boolean
}

const MAX_TEXT = 2_048
const ZEROS = /^[0-]+$/
export type LeafNode = Exclude<RelayNode, { kind: 'object' | 'list' | 'tuple' | 'json_text' }>

export function leafPlace(node: LeafNode): Place {
  switch (node.kind) {
    case 'value':
      return valuePlace(node)
    case 'plain': {
      const writtenOf = PLAIN_FORMS[node.form]
      return {
        always: false,
        read: (value, reading) => (isScalar(value) ? reading.leaf(PLAIN, value) : reading.unknown(value)),
        write: (value, writing) => {
          const written = value === undefined ? undefined : writtenOf(value)
          if (written !== undefined) writing.leaf(PLAIN, written)
          return written
        },
      }
    }
    case 'consent': {
      const { signal, strictly } = node
      return {
        always: false,
        read: (value, reading) => {
          if (value === undefined) return
          reading.signals.push([signal, value])
          if (isScalar(value)) reading.leaf(SIGNAL, value)
          else reading.unknown(value)
        },
        write: (given, writing) => {
          const value = given === undefined || strictly === undefined ? given : strictly(given)
          if (value === undefined || !isConsent(value)) return undefined
          if (isScalar(value)) writing.leaf(SIGNAL, value)
          else for (const one of value as readonly Json[]) writing.leaf(SIGNAL, one)
          return value
        },
      }
    }
    case 'flag': {
      const { signal, read, write } = node
      return {
        always: true,
        read: (value, reading) => {
          if (value === undefined) return
          const said = read === undefined ? value : read(value)
          if (signal !== undefined && said !== undefined) reading.signals.push([signal, said])
          if (isScalar(value)) reading.leaf(SIGNAL, value)
          else reading.unknown(value)
        },
        write: (value, writing) => {
          const { flags } = writing.decision
          const given = isFlagValue(value) ? value : undefined
          const written = write({ flags, app: writing.app, given, passed: (name) => writing.passes[name] === true })
          if (written !== undefined) writing.constant(written)
          return written
        },
      }
    }
    case 'ours': {
      const { value: own } = node
      return {
        always: true,
        // Replaced by the contract's value: the received one is not the user's.
        read: () => {},
        write: (_, writing) => {
          writing.constant(own)
          return own
        },
      }
    }
    case 'named': {
      const { name } = node
      const isNamed = (writing: Writing): boolean =>
        writing.decision.fields.property.level !== DROP && Object.hasOwn(writing.decision.properties, name)
      return {
        always: false,
        read: (value, reading) => {
          if (isScalar(value)) reading.leaf(NAMED, value)
          else reading.unknown(value)
        },
        write: (value, writing) => {
          if (!isNamed(writing) || !isPassableText(value)) return undefined
          writing.passes.property = true
          writing.leaf(NAMED, value)
          return value
        },
      }
    }
    default:
      return never(node)
  }
}

function valuePlace(node: ValueNode): Place {
  const { of, signal, blank, hash, isPublic } = node
  const treat = treatmentOf(node)
  const isDeviceId = of === 'advertising_id' || of === 'vendor_id'
  return {
    always: blank !== undefined,
    read: (value, reading) => {
      if (value === undefined || value === null) return
      // A digest is unreadable: the signal is absent.
      if (signal !== undefined && !isDigest(value)) reading.signals.push([signal, value])
      if (of === 'advertising_id') reading.advertisingIds.push(value)
      if (typeof value !== 'string' && typeof value !== 'number') {
        reading.unknown(value)
        return
      }
      if (isPublic === true) return
      if (isPlaceholderId(of, value, reading.real)) {
        reading.leaf(PLAIN, value)
        return
      }
      reading.leaf(of, value)
      reading.identity(of, value)
    },
    write: (value, writing) => {
      const treated = treatScalar(value, writing)
      // A value of the wrong kind has no hash, so nothing passes.
      const written = treated === undefined || hash === undefined ? treated : hash(String(treated))
      if (treated !== undefined && written !== undefined) {
        writing.passes[of] = true
        writing.leaf(of, treated)
        if (hash !== undefined) writing.leaf(of, written)
        return written
      }
      if (blank !== undefined) writing.constant(blank)
      return blank
    },
  }

  function treatScalar(value: Json | undefined, writing: Writing): Json | undefined {
    if (typeof value === 'string') {
      if (value === '' || value.length > MAX_TEXT || value.includes(PLACEHOLDER)) return undefined
      // Zeros in place of a device id identify nobody and never leave.
      if (isDeviceId && ZEROS.test(value)) return undefined
    } else if (typeof value !== 'number' || !Number.isFinite(value)) return undefined
    if (isPlaceholderId(of, value, writing.app.userIds?.real)) return undefined
    const level = writing.levelOf(of)
    return level === DROP ? undefined : treat(value, level, writing.pseudonymise)
  }
}

/** A text, number or switch that may pass unchanged. */
function isPassableText(value: Json | undefined): value is string | number | boolean {
  if (typeof value === 'string') return value.length <= MAX_TEXT && !value.includes(PLACEHOLDER)
  return Number.isFinite(value) || typeof value === 'boolean'
}

function isScalar(value: Json | undefined): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}
